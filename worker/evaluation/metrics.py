"""What is said of ranked lists: do they find what people want, and what else do they show.

Everywhere `lists` are the answers, rows of the catalogue, best first, one list a question;
`wanted` are the rows that each should hold and `asked` the rows that it was asked with. Knows
neither where lists come from nor where the wanted films do.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.contracts.evaluation import Interval

Rows = NDArray[np.integer[Any]]
Lists = Sequence[Rows]
Floats = NDArray[np.float64]

# Of each list only so many count, except for recall of the candidates.
DEPTH: Final = 10
HIT_DEPTH: Final = 5
POOL: Final = 600
RESAMPLES: Final = 2000
_SEED: Final = 0
# Resamples drawn at once: bounds the memory.
_BLOCK: Final = 100
_GAINS: Final[Floats] = 1 / np.log2(np.arange(DEPTH) + 2)


def hit_at_5(lists: Lists, wanted: Lists) -> Floats:
    """Return 1 for each list with a wanted film among its first five, else 0; (q,)."""
    hits: Floats = _found(lists, wanted, HIT_DEPTH).max(axis=1).astype(np.float64)
    return hits


def ndcg_at_10(lists: Lists, wanted: Lists) -> Floats:
    """Return the nDCG of each list's first ten, every wanted film worth the same; (q,)."""
    counts = np.array([len(rows) for rows in wanted], dtype=np.int64)
    sums: Floats = np.append(0.0, np.cumsum(_GAINS))
    best = np.take(sums, np.minimum(counts, DEPTH))
    gains = np.where(_found(lists, wanted, DEPTH), _GAINS, 0.0)
    return _shares(gains.sum(axis=1), best)


def recall_at_10(lists: Lists, wanted: Lists) -> Floats:
    """Return the share of the wanted films among each list's first ten; (q,)."""
    return recall_at(lists, wanted, DEPTH)


def recall_at(lists: Lists, wanted: Lists, depth: int) -> Floats:
    """Return the share of the wanted films among each list's first `depth`; (q,)."""
    pairs = zip(lists, wanted, strict=True)
    found = [np.isin(ranked[:depth], rows).sum() for ranked, rows in pairs]
    return _shares(np.array(found, dtype=np.float64), np.array([len(rows) for rows in wanted]))


def interval(values: Floats) -> Interval:
    """Mean and its 95 % bootstrap interval over the questions; zeros where there are none.

    The draws are the same for every array of one length, so ways are compared on the same
    resamples.
    """
    if not len(values):
        return Interval(mean=0.0, low=0.0, high=0.0)
    random = np.random.default_rng(_SEED)
    means = [
        values[random.integers(0, len(values), (_BLOCK, len(values)))].mean(axis=1)
        for _ in range(RESAMPLES // _BLOCK)
    ]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return Interval(mean=float(values.mean()), low=float(low), high=float(high))


def distinct(lists: Lists) -> int:
    """Count the different films in all first tens."""
    return len(np.unique(_first(lists)))


def coverage(lists: Lists, movies: int) -> float:
    """Share of `movies` films that appear in any first ten."""
    return distinct(lists) / movies if movies else 0.0


def vote_percentiles(votes: NDArray[np.int64]) -> Floats:
    """Share of the catalogue with fewer votes, equals counting half, for each film; (n,)."""
    ordered = np.sort(votes)
    below = np.searchsorted(ordered, votes, side="left")
    up_to = np.searchsorted(ordered, votes, side="right")
    percentiles: Floats = (below + up_to) / (2 * max(len(votes), 1))
    return percentiles


def vote_percentile(lists: Lists, percentiles: Floats) -> float:
    """Mean percentile of the films in all first tens: 1 for nothing but the most voted."""
    shown = _first(lists)
    return float(percentiles[shown].mean()) if len(shown) else 0.0


def intra_list(lists: Lists, vectors: NDArray[np.float32]) -> float:
    """Mean cosine of the pairs within each first ten, averaged over lists of two and more.

    `vectors` are rows of unit length, or zero.
    """
    means: list[float] = []
    for ranked in lists:
        own = vectors[ranked[:DEPTH]]
        count = len(own)
        if count > 1:
            # All pairs at once: the squared length of the sum, less each film with itself.
            total = float((own.sum(axis=0) ** 2).sum() - (own**2).sum())
            means.append(total / (count * (count - 1)))
    return float(np.mean(means)) if means else 0.0


def same_collection(lists: Lists, asked: Lists, collections: NDArray[np.int64]) -> float:
    """Share of all first tens that is from a collection of a film asked about.

    `collections` is a code for each film, -1 where it belongs to none.
    """
    shares = [
        np.isin(collections[ranked[:DEPTH]], _known(collections[rows]))
        for ranked, rows in zip(lists, asked, strict=True)
    ]
    return _mean(shares)


def self_leaks(lists: Lists, asked: Lists) -> int:
    """Count the lists that hold a film they were asked with, at any place."""
    return sum(bool(np.isin(a, b).any()) for a, b in zip(lists, asked, strict=True))


def _found(lists: Lists, wanted: Lists, depth: int) -> NDArray[np.bool_]:
    """Whether each of the first `depth` places holds a wanted film, (q, depth)."""
    found = np.zeros((len(lists), depth), dtype=bool)
    for place, (ranked, rows) in enumerate(zip(lists, wanted, strict=True)):
        hits = np.isin(ranked[:depth], rows)
        found[place, : len(hits)] = hits
    return found


def _first(lists: Lists) -> NDArray[np.int64]:
    """All first tens, one after the other."""
    tens = [ranked[:DEPTH].astype(np.int64) for ranked in lists]
    return np.concatenate([np.zeros(0, dtype=np.int64), *tens])


def _known(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    return codes[codes >= 0]


def _shares(parts: Floats, wholes: NDArray[Any]) -> Floats:
    """Divide; 0 where the whole is 0."""
    shares: Floats = np.where(wholes > 0, parts / np.where(wholes > 0, wholes, 1), 0.0)
    return shares


def _mean(flags: Sequence[NDArray[np.bool_]]) -> float:
    """Share of flags that are set; 0 where there are none."""
    joined = np.concatenate([np.zeros(0, dtype=bool), *flags])
    return float(joined.mean()) if len(joined) else 0.0
