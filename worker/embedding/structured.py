"""The structured block: what a movie's fields say, as a short vector.

TF-IDF over genres, keywords, cast, directors, collection, companies, countries and languages,
each field of unit length times its weight, reduced by a truncated SVD.
"""

from typing import Any, Final

import numpy as np
import polars as pl
import scipy.sparse
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD

from shared.ranking.facets import FACETS, Facet, decayed, dense_codes, facet_frame, idf
from shared.ranking.vectors import unit_rows

# Chosen by the recall of the candidates: tests/bench/bench_relevance.py.
DIMS: Final = 128
FIELD_WEIGHTS: Final = {
    "genres": 1.0,
    "keywords": 0.8,
    "cast": 0.8,
    "directors": 0.8,
    "collection": 1.0,
    "companies": 0.5,
    "countries": 0.5,
    "spoken": 0.3,
    "language": 0.5,
}
_ITERATIONS: Final = 4
_SEED: Final = 0


def structured_block(
    movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame, dims: int = DIMS
) -> NDArray[np.float32]:
    """Return (n, dims) float32, rows unit length or zero, in the order of `movies`.

    The same tables give the same block. Where the fields hold fewer values than `dims`, the
    remaining columns are zero.
    """
    frame = facet_frame(movies, cast, directors)
    fields = [
        _field(frame[facet.name], facet) * FIELD_WEIGHTS[facet.name]
        for facet in FACETS
        if facet.name in FIELD_WEIGHTS
    ]
    return _reduce(_unit_sparse(scipy.sparse.hstack(fields, format="csr")), dims)


def _field(lists: pl.Series, facet: Facet) -> Any:  # noqa: ANN401  # scipy ships no types
    """One field as a sparse matrix, rows unit length or zero."""
    codes, counts = dense_codes(lists)
    is_value = codes >= 0
    row = np.repeat(np.arange(len(counts)), counts)[is_value]
    column = codes[is_value]
    weights = idf(codes, len(counts))[column] * decayed(counts, facet.decay)[is_value]
    shape = (len(counts), int(codes.max(initial=-1)) + 1)
    return _unit_sparse(scipy.sparse.csr_matrix((weights, (row, column)), shape=shape))


def _unit_sparse(matrix: Any) -> Any:  # noqa: ANN401  # scipy ships no types
    """Scale each row to unit length."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = 1 / np.where(lengths > 0, lengths, 1)
    return scipy.sparse.diags_array(scale) @ matrix


def _reduce(matrix: Any, dims: int) -> NDArray[np.float32]:  # noqa: ANN401  # scipy ships no types
    """Project onto the first singular directions."""
    block = np.zeros((matrix.shape[0], dims), dtype=np.float32)
    kept = min(dims, min(matrix.shape) - 1)
    if kept > 0 and matrix.nnz:
        svd: Any = TruncatedSVD(kept, n_iter=_ITERATIONS, random_state=_SEED)
        block[:, :kept] = unit_rows(svd.fit_transform(matrix))
    return block
