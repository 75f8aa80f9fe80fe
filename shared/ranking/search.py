"""Live search: movies like some, unlike others or like a text, among those that are allowed.

With one movie to be like, and nothing else, it gives what `Ranker` gives.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.ranking.features import Rows
from shared.ranking.model import order, score
from shared.ranking.rank import Neighbours, Ranker
from shared.ranking.vectors import TEXT_DIMS

# How much more the nearest of several movies counts: 0 is their mean, large the best of them.
# Chosen by the held-out likes of `butaca evaluate`: 1 fills lists with sequels of one film, at 0.3
# fewer different films are shown.
SHARPNESS: Final = 0.5
# What a movie as good as equal to an unwanted one loses of its raw score.
PENALTY: Final = 4.0
NEGATIVE: Final = "negative"
# Nearest vectors of each of several movies, at least.
LEAST_PER_SOURCE: Final = 100
# Rows weighed at once, which bounds the memory of many movies against a whole catalogue.
BLOCK: Final = 4096
Flags = NDArray[np.bool_]


class Wish(NamedTuple):
    """Rows to be like and unlike, a text vector (384,) to be like, weights of contributions."""

    positive: Sequence[int] = ()
    negative: Sequence[int] = ()
    text: NDArray[np.float32] | None = None
    weights: Mapping[str, float] = {}


class Ranked(NamedTuple):
    """Movies best first, (k,) each: raw score descending, then movie id ascending.

    `parts` are the named contributions, which with the intercept add up to `raw`; `sources` is
    the place in `positive` of the movie each owes most to, the number of those for the text.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    raw: NDArray[np.float64]
    parts: dict[str, NDArray[np.float64]]
    sources: NDArray[np.int64]

    def take(self, places: Sequence[int]) -> "Ranked":
        """Some of the movies, in the order of `places`; those past the end are left out."""
        chosen = [place for place in places if place < len(self.rows)]
        return Ranked(
            self.rows[chosen],
            self.scores[chosen],
            self.raw[chosen],
            {name: part[chosen] for name, part in self.parts.items()},
            self.sources[chosen],
        )


class Search:
    """Answers any wish within one release. Immutable: threads may share it."""

    def __init__(self, ranker: Ranker) -> None:
        """Search with the ranking that also makes the stored neighbours."""
        self.ranker = ranker

    def similar(self, row: int, limit: int, allowed: Flags | None = None) -> Neighbours:
        """Return the best neighbours of `row`; never fewer than `limit` while more are allowed."""
        return self.ranker.rank(row, self.ranker.candidates(row, allowed=allowed), limit)

    def blend(
        self,
        positive: Sequence[int],
        negative: Sequence[int] = (),
        limit: int = 10,
        allowed: Flags | None = None,
    ) -> Neighbours:
        """Return the best movies for several at once."""
        ranked = self.rank(Wish(positive, negative), allowed)
        rows = ranked.rows[:limit].astype(np.int32)
        return Neighbours(rows, ranked.scores[:limit])

    def rank(self, wish: Wish, allowed: Flags | None = None, least: int = 0) -> Ranked:
        """Order the candidates; where they are fewer than `least`, all that is allowed.

        The movies of the wish are not among them.
        """
        mask = self.others(wish, allowed)
        rows = self._candidates(wish, mask)
        if len(rows) < min(least, int(mask.sum())):
            rows = np.flatnonzero(mask)
        return self.order(wish, rows)

    def order(self, wish: Wish, rows: Rows) -> Ranked:
        """Order `rows` by the wish."""
        blocks = [rows[start : start + BLOCK] for start in range(0, max(len(rows), 1), BLOCK)]
        blended = [self._blend_parts(wish, block) for block in blocks]
        parts = {
            name: np.concatenate([block[name] for block, _ in blended]) for name in blended[0][0]
        }
        sources = np.concatenate([block for _, block in blended])
        raw = self.ranker.model.raw(parts)
        best = order(raw, self.ranker.table.ids[rows])
        return Ranked(
            rows[best].astype(np.int64),
            score(raw[best]).astype(np.float32),
            raw[best],
            {name: part[best] for name, part in parts.items()},
            sources[best],
        )

    def others(self, wish: Wish, allowed: Flags | None = None) -> Flags:
        """Flags of what is allowed and suits each movie to be like, less those of the wish."""
        size = self.ranker.index.size
        mask = np.ones(size, dtype=bool) if allowed is None else allowed.copy()
        for row in wish.positive:
            mask &= self.ranker.table.suits(row)
        mask[list(wish.negative)] = False
        return mask

    def _candidates(self, wish: Wish, mask: Flags) -> NDArray[np.int64]:
        """Rows worth ranking."""
        wanted = self.ranker.model.candidates
        total = int(mask.sum())
        if total <= wanted:
            return np.flatnonzero(mask)
        if len(wish.positive) == 1 and wish.text is None:
            own = wish.positive[0]
            is_all = total == int(self.ranker.table.suits(own).sum())
            return self.ranker.candidates(own, allowed=None if is_all else mask)
        queries = np.stack(list(self._queries(wish)))
        count = min(max(LEAST_PER_SOURCE, 2 * wanted // len(queries)), total)
        found = self.ranker.index.search(queries, count, allowed=mask)
        near = [found[found >= 0], *(self.ranker.table.related(row) for row in wish.positive)]
        rows: NDArray[np.int64] = np.unique(np.concatenate(near))
        return rows[mask[rows]]

    def _queries(self, wish: Wish) -> Iterator[NDArray[np.float32]]:
        """Query vectors of the movies and the text to be like."""
        yield from self.ranker.queries(np.array(wish.positive, dtype=np.int64))
        if wish.text is not None:
            query = np.zeros(self.ranker.index.dims, dtype=np.float32)
            query[:TEXT_DIMS] = wish.text
            yield query

    def _blend_parts(
        self, wish: Wish, rows: Rows
    ) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.int64]]:
        """Contributions of all that the wish names, and which of it counts most.

        Each movie's own contributions are averaged with weights that favour the best of them.
        """
        sources = [self.ranker.contributions(row, rows) for row in wish.positive]
        if wish.text is not None:
            sources.append(self.ranker.contributions_of_text(wish.text, rows))
        names = list(dict.fromkeys(name for parts in sources for name in parts))
        nothing = np.zeros(len(rows))
        stacked = np.array([[parts.get(name, nothing) for name in names] for parts in sources])
        stacked *= np.array([wish.weights.get(name, 1.0) for name in names])[:, None]
        raw = stacked.sum(axis=1)
        powers = np.exp(SHARPNESS * (raw - raw.max(axis=0)))
        shares = powers / powers.sum(axis=0)
        blended = (shares[:, None, :] * stacked).sum(axis=0)
        parts = dict(zip(names, blended, strict=True))
        if wish.negative:
            parts[NEGATIVE] = self._penalty(wish, rows)
        return parts, shares.argmax(axis=0)

    def _penalty(self, wish: Wish, rows: Rows) -> NDArray[np.float64]:
        """What each row loses by its score as a neighbour of the unwanted movies."""
        model = self.ranker.model
        parts = (self.ranker.contributions(row, rows) for row in wish.negative)
        worst: NDArray[np.float64] = np.max([score(model.raw(each)) for each in parts], axis=0)
        return -PENALTY * worst
