"""Retrieve, then rank: the neighbours of a movie, the same live and precomputed.

FAISS only proposes: its inner products differ in the last bits between one query and many. The
candidates' similarities are computed again, pair by pair, and everything that decides is made of
those.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.ranking.features import Inputs, RankingTable, Rows
from shared.ranking.model import RankingModel, order, score
from shared.ranking.vectors import CLOSENESS_DIMS, TEXT_DIMS, FlatIndex, dot, query_weights

# More than FAISS may get wrong near the last candidate; checked each time.
MARGIN: Final = 32
# Raw score per cosine with a text that is asked for, and per logarithm of the votes from here on.
# Of 24 well-known films described in a sentence each, 0.71 are in the first five with the text
# alone and 0.92 with the votes (45,346 movies).
TEXT_SLOPE: Final = 8.0
VOTES_SLOPE: Final = 0.2
KNOWN_LOG_VOTES: Final = 3.0
_SIMILARITY_DECIMALS: Final = 6
_UNSURE: Final = 1e-5


class Neighbours(NamedTuple):
    """Rows (k,) int32 and scores (k,) float32: raw score descending, then movie id ascending."""

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
        return self.index.search(self.queries(rows), self._proposals)

    def candidates(
        self,
        row: int,
        proposed: NDArray[np.int64] | None = None,
        allowed: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int64]:
        """Rows worth ranking for `row`, ascending: the nearest vectors and the related movies.

        `proposed` is what `propose` has found, where that was done already. `allowed`, one flag
        per row, restricts them; where it allows no more than are wanted, they are all those.
        What does not suit `row` is never among them.
        """
        suits = self.table.suits(row)
        if allowed is not None:
            suits &= allowed
            allowed = suits
        near = self._near(row, proposed, allowed)
        suitable = near[suits[near]]
        if len(suitable) < min(self.model.candidates // 2, int(suits.sum())):
            suitable = self._near(row, None, suits)
        related = self.table.related(row)
        found: NDArray[np.int64] = np.union1d(suitable, related[suits[related]])
        return found

    def rank(self, row: int, rows: Rows, limit: int) -> Neighbours:
        """Order `rows` as neighbours of `row` and keep the first `limit`."""
        raw = self.model.raw(self.contributions(row, rows))
        best = order(raw, self.table.ids[rows])[:limit]
        return Neighbours(rows[best].astype(np.int32), score(raw[best]).astype(np.float32))

    def explain(self, row: int, other: int) -> dict[str, float]:
        """Named contributions to the raw score of `other` as a neighbour of `row`.

        They add up to it, the intercept included.
        """
        parts = self.contributions(row, np.array([other]))
        named = {name: float(part[0]) for name, part in parts.items()}
        return {"intercept": self.model.intercept, **named}

    def inputs(self, row: int, rows: Rows) -> Inputs:
        """Everything the model's curves may read of these pairs."""
        vectors = self.index.rows[rows]
        own = self.index.rows[row]
        inputs = self.table.compare(row, rows)
        inputs["text.cosine"] = dot(vectors[:, :TEXT_DIMS], own[:TEXT_DIMS])
        structured = slice(TEXT_DIMS, self.index.dims - CLOSENESS_DIMS)
        inputs["structured.cosine"] = dot(vectors[:, structured], own[structured])
        return inputs

    def contributions(self, row: int, rows: Rows) -> dict[str, NDArray[np.float64]]:
        """Named parts of the raw scores of `rows` as neighbours of `row`, (k,) each."""
        genres = self.table.compare_genres(row, rows, self._genre_weights)
        return self.model.contributions(self.inputs(row, rows), genres)

    def contributions_of_text(
        self, vector: NDArray[np.float32], rows: Rows
    ) -> dict[str, NDArray[np.float64]]:
        """Named parts of the raw scores of `rows` for a text, by its vector (384,): (k,) each.

        Nothing else is known of what is asked for, so the text counts for more than between two
        movies, and of movies that are about as near, the one that more people know is meant.
        """
        cosine = dot(self.index.rows[rows][:, :TEXT_DIMS], vector).astype(np.float64)
        votes = np.nan_to_num(self.table.log_votes(rows) - KNOWN_LOG_VOTES)
        return {"text": TEXT_SLOPE * cosine, "votes": VOTES_SLOPE * votes}

    def queries(self, rows: Rows) -> NDArray[np.float32]:
        """Query vectors of these movies, (k, dims)."""
        return self.index.rows[rows] * self._weights

    @property
    def _proposals(self) -> int:
        """How many rows to ask of FAISS."""
        return min(self.model.candidates + MARGIN, self.index.size)

    def _near(
        self, row: int, proposed: NDArray[np.int64] | None, allowed: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        """The nearest vectors to `row`."""
        size = self.index.size if allowed is None else int(allowed.sum())
        if allowed is not None and size <= self.model.candidates:
            return np.flatnonzero(allowed)
        count = min(self._proposals, size)
        query = self.queries(np.array([row]))
        while True:
            rows = proposed
            if rows is None:
                rows = self.index.search(query, count, allowed=allowed)[0]
            found = rows[rows >= 0]
            is_all = count == size or len(found) == size
            nearest = self._nearest(query[0], found, is_all=is_all)
            if nearest is not None:
                return nearest
            count, proposed = min(2 * count, size), None

    def _nearest(
        self, query: NDArray[np.float32], proposed: NDArray[np.int64], *, is_all: bool
    ) -> NDArray[np.int64] | None:
        """Cut proposals to the nearest by exact similarity, then row; None if they are too few.

        Too few: a row that FAISS left out might belong.
        """
        similarity = np.round(dot(self.index.rows[proposed], query), _SIMILARITY_DECIMALS)
        order = np.lexsort((proposed, -similarity))
        kept = order[: self.model.candidates]
        if not is_all and similarity[kept[-1]] - similarity[order[-1]] < _UNSURE:
            return None
        return proposed[kept]


def _genre_weights(table: RankingTable, model: RankingModel) -> NDArray[np.float64]:
    """Weights of the table's genres, both and one, with a last row for no genre."""
    known = [model.genres.get(genre) for genre in table.genre_ids]
    pairs = [(weight.both, weight.one) if weight else (0.0, 0.0) for weight in known]
    return np.array([*pairs, (0.0, 0.0)])
