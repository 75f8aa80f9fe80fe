"""What changed from one release to another."""

from shared.contracts.base import Wire


class MovieChange(Wire, frozen=True):
    """A movie that both have, and the columns in which they differ."""

    id: int
    title: str
    columns: list[str]


class MovieName(Wire, frozen=True):
    """A movie that only one of them has."""

    id: int
    title: str


class NeighbourMovement(Wire, frozen=True):
    """How much the ten first neighbours of the movies moved, over those that both have.

    `same` is the share of movies whose ten are the same in the same order, `kept` the mean share
    of the old ten that are among the new ten; both null where there is no such movie or one of the
    releases has no neighbours that can be read.
    """

    movies: int
    same: float | None
    kept: float | None


class ReleaseDifference(Wire, frozen=True):
    """From `base` to `release`, each a label. Lists have the best known first, at most 100."""

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
