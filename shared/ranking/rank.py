"""Retrieve, then rank: the neighbours of a movie, the same live and precomputed.

FAISS only proposes: its inner products differ in the last bits between one query and many. The
candidates' similarities are computed again, pair by pair, and everything that decides is made of
those.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.ranking.features import Inputs, RankingTable, Rows
from shared.ranking.model import RankingModel, score
from shared.ranking.vectors import CLOSENESS_DIMS, TEXT_DIMS, FlatIndex, query_weights

# More than FAISS may get wrong near the last candidate; checked each time.
MARGIN: Final = 32
_SIMILARITY_DECIMALS: Final = 6
_UNSURE: Final = 1e-5


class Neighbours(NamedTuple):
    """Rows (k,) int32 and scores (k,) float32: score descending, then movie id ascending."""

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]


class Ranker:
    """Neighbours within one release. Immutable: threads may share it."""

    def __init__(self, index: FlatIndex, table: RankingTable, model: RankingModel) -> None:
        """Take the parts; row i of the index and of the table are the same movie.

        Raises:
            ValueError: the index and the table have different sizes.
        """
        if index.size != len(table):
            raise ValueError(f"{index.size} vectors for {len(table)} movies")
        self.index = index
        self.table = table
        self.model = model
        self._weights = query_weights(index.dims, model.retrieval)
        self._genre_weights = _genre_weights(table, model)

    def neighbours(self, row: int, limit: int) -> Neighbours:
        """Return the `limit` best neighbours of `row`, itself excluded, by a live search."""
        return self.rank(row, self.candidates(row), limit)

    def propose(self, rows: Rows) -> NDArray[np.int64]:
        """Nearest vectors of each of `rows` as FAISS finds them, (k, c), -1 where fewer."""
        return self.index.search(self._queries(rows), self._proposals)

    def candidates(self, row: int, proposed: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Rows worth ranking for `row`, ascending: the nearest vectors and the related movies.

        `proposed` is what `propose` has found, where that was done already.
        """
        count = self._proposals
        query = self._queries(np.array([row]))
        while True:
            found = self.index.search(query, count)[0] if proposed is None else proposed
            nearest = self._nearest(query[0], found[found >= 0])
            if nearest is not None:
                break
            count, proposed = min(2 * count, self.index.size), None
        union = np.union1d(nearest, self.table.related(row))
        others: NDArray[np.int64] = union[union != row]
        return others

    def rank(self, row: int, rows: Rows, limit: int) -> Neighbours:
        """Order `rows` as neighbours of `row` and keep the first `limit`."""
        scores = score(self.model.raw(self._contributions(row, rows)))
        best = np.lexsort((self.table.ids[rows], -scores))[:limit]
        return Neighbours(rows[best].astype(np.int32), scores[best].astype(np.float32))

    def explain(self, row: int, other: int) -> dict[str, float]:
        """Named contributions to the raw score of `other` as a neighbour of `row`.

        They add up to it, the intercept included.
        """
        parts = self._contributions(row, np.array([other]))
        named = {name: float(part[0]) for name, part in parts.items()}
        return {"intercept": self.model.intercept, **named}

    def inputs(self, row: int, rows: Rows) -> Inputs:
        """Everything the model's curves may read of these pairs."""
        vectors = self.index.rows[rows]
        own = self.index.rows[row]
        inputs = self.table.compare(row, rows)
        inputs["text.cosine"] = _dot(vectors[:, :TEXT_DIMS], own[:TEXT_DIMS])
        structured = slice(TEXT_DIMS, self.index.dims - CLOSENESS_DIMS)
        inputs["structured.cosine"] = _dot(vectors[:, structured], own[structured])
        return inputs

    @property
    def _proposals(self) -> int:
        """How many rows to ask of FAISS."""
        return min(self.model.candidates + MARGIN, self.index.size)

    def _queries(self, rows: Rows) -> NDArray[np.float32]:
        """Query vectors of these movies, (k, dims)."""
        return self.index.rows[rows] * self._weights

    def _contributions(self, row: int, rows: Rows) -> dict[str, NDArray[np.float64]]:
        genres = self.table.compare_genres(row, rows, self._genre_weights)
        return self.model.contributions(self.inputs(row, rows), genres)

    def _nearest(
        self, query: NDArray[np.float32], proposed: NDArray[np.int64]
    ) -> NDArray[np.int64] | None:
        """Cut proposals to the nearest by exact similarity, then row; None if they are too few.

        Too few: a row that FAISS left out might belong.
        """
        similarity = np.round(_dot(self.index.rows[proposed], query), _SIMILARITY_DECIMALS)
        order = np.lexsort((proposed, -similarity))
        kept = order[: self.model.candidates]
        is_all = len(proposed) == self.index.size
        if not is_all and similarity[kept[-1]] - similarity[order[-1]] < _UNSURE:
            return None
        return proposed[kept]


def _dot(rows: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Inner product of each row with `vector`; a row's does not depend on the others.

    Not `@`: BLAS picks a kernel by the shape, and kernels differ in the last bits.
    """
    products: NDArray[np.float32] = np.einsum("ij,j->i", rows, vector, optimize=False)
    return products


def _genre_weights(table: RankingTable, model: RankingModel) -> NDArray[np.float64]:
    """Weights of the table's genres, both and one, with a last row for no genre."""
    known = [model.genres.get(genre) for genre in table.genre_ids]
    pairs = [(weight.both, weight.one) if weight else (0.0, 0.0) for weight in known]
    return np.array([*pairs, (0.0, 0.0)])
