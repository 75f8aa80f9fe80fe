"""Which of many ranked movies to show: varied, and not too many of one collection."""

from collections import Counter
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.ranking.vectors import CLOSENESS_DIMS, FlatIndex

# The most varied list is chosen from this many movies, or so many times its length.
POOL: Final = 200
POOL_FACTOR: Final = 10


class Choice(NamedTuple):
    """How to choose: `diversity` 0 keeps the order, 1 looks at variety alone."""

    limit: int
    diversity: float = 0.0
    max_per_collection: int | None = None
    min_score: float = 0.0

    @property
    def pool(self) -> int:
        """How many of the best a varied list is chosen from."""
        return max(POOL, POOL_FACTOR * self.limit)


def choose(
    choice: Choice,
    scores: NDArray[np.float32],
    collections: list[int | None],
    vectors: NDArray[np.float32],
) -> list[int]:
    """Places of the chosen movies in a ranked list, in the order to show them.

    With diversity this is maximal marginal relevance (Carbonell and Goldstein, 1998): each pick
    has the largest `(1 - diversity) worth - diversity likeness` to what was picked before it,
    where worth is the score as a share of the best one. `vectors` are those of the ranked
    movies, (k, d).
    """
    is_left = scores >= choice.min_score
    worths = scores / max(float(scores.max(initial=0.0)), 1e-9)
    shown: Counter[int | None] = Counter()
    likeness = np.zeros(len(scores))
    chosen: list[int] = []
    while len(chosen) < choice.limit:
        left = np.flatnonzero(is_left)
        if not len(left):
            break
        worth = (1 - choice.diversity) * worths[left] - choice.diversity * likeness[left]
        pick = int(left[worth.argmax()]) if choice.diversity else int(left[0])
        is_left[pick] = False
        collection = collections[pick]
        if collection is not None and shown[collection] == choice.max_per_collection:
            continue
        shown[collection] += 1
        chosen.append(pick)
        if choice.diversity:
            np.maximum(likeness, vectors @ vectors[pick], out=likeness)
    return chosen


def likeness_vectors(index: FlatIndex, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Text and structured blocks of some movies, (k, d): their products are 1 where equal."""
    found: NDArray[np.float32] = index.rows[rows][:, : index.dims - CLOSENESS_DIMS]
    return found / np.float32(np.sqrt(2))
