"""The vectors: how a row is laid out, and FAISS behind types.

The one module that imports faiss. A row is [text | structured | closeness], each block of unit
length by itself; how much each counts is said by the query alone, so the text vectors can be
taken out of an index again bit by bit.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import faiss  # type: ignore[import-untyped,unused-ignore]  # its stubs are partial
import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.errors import ReleaseCorruptError

TEXT_DIMS: Final = 384
METRIC: Final = "inner_product"

_faiss: Any = faiss


class Kernel(NamedTuple):
    """A smooth closeness of two numbers: a mix of Gaussians, exact on a grid."""

    grid: NDArray[np.float64]
    mix: tuple[tuple[float, float], ...]

    def closeness(
        self, left: NDArray[np.float64], right: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Closeness of every pair, 1 where equal."""
        squared = (left[:, None] - right[None, :]) ** 2
        parts = [share * np.exp(squared / (-2 * width**2)) for share, width in self.mix]
        total: NDArray[np.float64] = np.sum(parts, axis=0)
        return total

    def encode(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Vectors whose inner products are nearly the closeness; unit length."""
        eigenvalues, basis = np.linalg.eigh(self.closeness(self.grid, self.grid))
        root = basis / np.sqrt(np.maximum(eigenvalues, _SMALLEST_EIGENVALUE))
        return unit_rows(self.closeness(values, self.grid) @ root)


_SMALLEST_EIGENVALUE: Final = 1e-6
# Widths and shares: chosen by the recall of the candidates, tests/bench/bench_relevance.py.
KERNELS: Final[Mapping[str, Kernel]] = {
    "votes": Kernel(np.linspace(0, 11.25, 16), ((0.25, 1.0), (0.75, 2.0))),
    "year": Kernel(np.linspace(1866, 2034, 22), ((0.5, 8.0), (0.5, 20.0))),
    "average": Kernel(np.linspace(1, 10, 10), ((1.0, 1.0),)),
}
CLOSENESS_DIMS: Final = sum(len(kernel.grid) for kernel in KERNELS.values())


class FlatIndex:
    """An exact inner-product index; its rows can be read in place."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401  # faiss ships no types
        """Wrap a `faiss.IndexFlatIP`."""
        self.faiss_index = index
        self.size: int = index.ntotal
        self.dims: int = index.d
        if self.size:
            flat = _faiss.rev_swig_ptr(index.get_xb(), self.size * self.dims)
            self.rows: NDArray[np.float32] = flat.reshape(self.size, self.dims)
        else:
            self.rows = np.empty((0, self.dims), dtype=np.float32)

    @property
    def text(self) -> NDArray[np.float32]:
        """The text vectors, (n, 384), a view."""
        return self.rows[:, :TEXT_DIMS]

    def search(
        self,
        queries: NDArray[np.float32],
        count: int,
        *,
        threads: int = 1,
        allowed: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int64]:
        """Rows of the `count` largest inner products for each query, (q, count), -1 if fewer.

        `allowed`, one flag per row, restricts the search inside FAISS. Ties and the last bits
        depend on how many queries are asked at once: see `shared.ranking.rank`.
        """
        # Of the calling thread only: each OpenMP thread has its own setting.
        _faiss.omp_set_num_threads(threads)
        params = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            params = _faiss.SearchParameters(sel=_faiss.IDSelectorBitmap(bits))
        _, found = self.faiss_index.search(queries, count, params=params)
        rows: NDArray[np.int64] = found
        return rows


def closeness_block(movies: pl.DataFrame) -> NDArray[np.float32]:
    """Return (n, 48) float32, unit length: votes, year and average of the clean movies."""
    numbers = movies.select(
        votes=log_votes(), year=pl.col("release_year"), average=shrunk_average()
    ).cast(pl.Float64)
    blocks = [kernel.encode(numbers[name].to_numpy()) for name, kernel in KERNELS.items()]
    return unit_rows(np.hstack(blocks))


def log_votes() -> pl.Expr:
    """Logarithm of the number of votes plus one."""
    return pl.col("vote_count").clip(0).log1p()


def shrunk_average() -> pl.Expr:
    """Vote average as if three more voters had said 6: no votes, no opinion."""
    votes = pl.col("vote_count").clip(0)
    return (votes * pl.col("vote_average") + 18.0) / (votes + 3)


def query_weights(dims: int, weights: Mapping[str, float]) -> NDArray[np.float32]:
    """Weight of each dimension of a row of `dims`; `row * query_weights` is a movie's query.

    `weights` names text, structured and the kernels. The closeness blocks share one unit of
    length, which is undone here, so that the scores add up as the weights say.
    """
    spans = {"text": TEXT_DIMS, "structured": dims - TEXT_DIMS - CLOSENESS_DIMS}
    spans |= {name: len(kernel.grid) for name, kernel in KERNELS.items()}
    factors = [
        np.full(span, weights[name] * (len(KERNELS) if name in KERNELS else 1))
        for name, span in spans.items()
    ]
    return np.concatenate(factors).astype(np.float32)


def build_flat(rows: NDArray[np.float32]) -> FlatIndex:
    """Make an index of these rows, in their order."""
    index = _faiss.IndexFlatIP(rows.shape[1])
    index.add(np.ascontiguousarray(rows, dtype=np.float32))
    return FlatIndex(index)


def flat_bytes(index: FlatIndex) -> bytes:
    """Serialise."""
    return bytes(_faiss.serialize_index(index.faiss_index))


def read_flat(data: bytes | memoryview) -> FlatIndex:
    """Read an index whose digest has been checked: FAISS takes a flipped bit without a word.

    Raises:
        ReleaseCorruptError: not a flat inner-product index, or one of another layout.
    """
    try:
        index = _faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    except RuntimeError as error:
        raise ReleaseCorruptError("the index cannot be read") from error
    is_flat = isinstance(index, _faiss.IndexFlat)
    if not is_flat or index.metric_type != _faiss.METRIC_INNER_PRODUCT:
        raise ReleaseCorruptError("the index is not a flat inner-product index")
    if index.d < TEXT_DIMS + CLOSENESS_DIMS:
        raise ReleaseCorruptError(f"the index has {index.d} dimensions, too few for its blocks")
    return FlatIndex(index)


def unit_rows(matrix: NDArray[Any]) -> NDArray[np.float32]:
    """Scale each row to unit length; zero rows stay zero."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return (matrix / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def dot(rows: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Inner product of each row with `vector`; a row's does not depend on the others.

    Not `@`: BLAS picks a kernel by the shape, and kernels differ in the last bits.
    """
    products: NDArray[np.float32] = np.einsum("ij,j->i", rows, vector, optimize=False)
    return products
