"""Protocols: what is asked, what counts as a good answer, and who sets the ceiling.

T asks with one film for what TMDB recommends beside it. A asks with most of what a user likes
for the rest. B asks with one film for what the same people like, corrected for popularity.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.evaluation.coliked import CoLikes, halves
from worker.evaluation.likes import Likes
from worker.evaluation.metrics import DEPTH, POOL, Lists
from worker.evaluation.truth import Truth
from worker.evaluation.ways import ITEM_KNN, OTHER_HALF, Similarity, by_likes

MOST_SEEDS: Final = 2000
MOST_USERS: Final = 300
LEAST_LIKES: Final = 10
HELD_OUT: Final = 0.2
LONGEST_PROFILE: Final = 50
# In the half of the users that makes the graph.
LEAST_SEED_LIKERS: Final = 10
LEAST_LIKERS: Final = 5
CO_LIKED: Final = 10
_SEED: Final = 0
# Films whose likes are compared at once: bounds the memory.
_BLOCK: Final = 64


class Ceiling(NamedTuple):
    """The way that is no competitor but a bound."""

    name: str
    similarity: Similarity


@dataclass(frozen=True, slots=True)
class Protocol:
    """A truth set ready to be asked for lists of `depth`."""

    name: str
    description: str
    truth: Truth
    ceiling: Ceiling | None = None
    depth: int = DEPTH


def known_recommendations(truth: Truth) -> Protocol:
    """Protocol T, of at most 2,000 films."""
    return Protocol(
        "T: TMDB recommendations",
        "One film asked about, at least five films recommended beside it; every movie of the "
        "catalogue is a candidate.",
        truth.sample(MOST_SEEDS),
        depth=POOL,
    )


def held_out_likes(likes: Likes) -> Protocol:
    """Protocol A: a fifth of each user's likes is held out; the rest, at most 50, asks for it.

    Of at most 300 users with ten likes and more. Item-kNN learns from the likes of all users
    less those held out.
    """
    users = likes.by_user()
    able = np.flatnonzero(np.array([len(rows) for rows in users]) >= LEAST_LIKES)
    chosen = _draw(able, MOST_USERS)
    random = np.random.default_rng(_SEED)
    splits = [_split(users[int(user)], random) for user in chosen]
    truth = Truth([kept for kept, _ in splits], [out for _, out in splits], likes.rated)
    return Protocol(
        "A: held-out likes",
        f"The latest {LONGEST_PROFILE} of the likes that are left ask for the "
        f"{HELD_OUT:.0%} of a user's likes that were held out; candidates are the movies that "
        "somebody rated.",
        truth,
        Ceiling(ITEM_KNN, by_likes(CoLikes(_without(likes, chosen, truth.wanted)))),
    )


def co_likes(likes: Likes) -> Protocol:
    """Protocol B: the ten films most liked together with each, by one half of the users.

    Of at most 2,000 films with ten likers and more; the other half of the users makes the same
    lists, which is as far as likes can be foretold at all.
    """
    first, second = halves(likes, _SEED)
    seeds = _draw(np.flatnonzero(first.likers >= LEAST_SEED_LIKERS), MOST_SEEDS)
    allowed = first.likers >= LEAST_LIKERS
    columns = np.flatnonzero(allowed)
    wanted = list(_most_liked(first, seeds, columns))
    kept = [place for place, rows in enumerate(wanted) if len(rows)]
    return Protocol(
        "B: co-likes",
        f"The {CO_LIKED} movies most liked together with one film by half of the users: the "
        "correlation of likes, which popularity alone does not raise, times co / (co + 5) for co "
        f"users who like both. Films with {LEAST_SEED_LIKERS} likers ask, those with "
        f"{LEAST_LIKERS} are candidates.",
        Truth([seeds[[place]] for place in kept], [wanted[place] for place in kept], allowed),
        Ceiling(OTHER_HALF, by_likes(second)),
    )


def _split(
    rows: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Profile and held-out likes of a user; `rows` are oldest first."""
    is_out = np.zeros(len(rows), dtype=bool)
    is_out[random.permutation(len(rows))[: round(HELD_OUT * len(rows))]] = True
    return rows[~is_out][-LONGEST_PROFILE:], rows[is_out]


def _without(likes: Likes, users: NDArray[np.int64], held_out: Lists) -> object:
    """All likes but those held out, (users, movies) CSR."""
    matrix = likes.matrix()
    counts = [len(rows) for rows in held_out]
    if counts:
        matrix[np.repeat(users, counts), np.concatenate(held_out)] = 0
        matrix.eliminate_zeros()
    return matrix


def _most_liked(
    graph: CoLikes, seeds: NDArray[np.int64], columns: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Rows with the highest positive scores for each seed, best first, ties by row."""
    for start in range(0, len(seeds), _BLOCK):
        block = seeds[start : start + _BLOCK]
        for seed, scores in zip(block, graph.score(block, columns), strict=True):
            scores[columns == seed] = 0
            best = np.argsort(-scores, kind="stable")[:CO_LIKED]
            yield columns[best[scores[best] > 0]]


def _draw(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most `most` of these rows, ascending."""
    return np.sort(np.random.default_rng(_SEED).permutation(rows)[:most])
