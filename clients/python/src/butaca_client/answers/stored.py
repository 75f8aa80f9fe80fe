"""The stored releases, and what changed between two of them."""

import datetime as dt

from butaca_client.answers.base import Answer
from butaca_client.answers.releases import Source


class ReleaseView(Answer, frozen=True):
    """A stored release.

    `status`: `live` is served, `kept` was or can be, `candidate` was refused, for `reasons`.
    `own_bytes` would be freed without it. Both sizes are None, and `sources` and `counts` empty,
    where its manifest cannot be read; `reasons` says why.
    """

    number: int
    label: str
    status: str
    pinned: bool
    created_at: dt.datetime | None
    job_id: str | None
    source: str | None
    sources: list[Source]
    counts: dict[str, int]
    size_bytes: int | None
    own_bytes: int | None
    reasons: list[str]


class ReleaseList(Answer, frozen=True):
    """The stored releases, newest first."""

    items: list[ReleaseView]


class MovieChange(Answer, frozen=True):
    """A movie that both have, and the columns in which they differ."""

    id: int
    title: str
    columns: list[str]


class MovieName(Answer, frozen=True):
    """A movie that only one of them has."""

    id: int
    title: str


class NeighbourMovement(Answer, frozen=True):
    """How much the ten first neighbours of the movies moved, over those that both have.

    `same` is the share of movies whose ten are the same in the same order, `kept` the mean share
    of the old ten that are among the new ten.
    """

    movies: int
    same: float | None
    kept: float | None


class ReleaseDifference(Answer, frozen=True):
    """From `base` to `release`; lists have the best known first, at most 100."""

    base: str
    release: str
    added: int
    removed: int
    changed: int
    changed_columns: dict[str, int]
    added_movies: list[MovieName]
    removed_movies: list[MovieName]
    changed_movies: list[MovieChange]
    neighbours: NeighbourMovement
