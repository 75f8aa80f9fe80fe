"""Recommendations as the typed API shows them."""

from shared.contracts.base import Wire


class MovieSummary(Wire, frozen=True):
    """What names a movie."""

    id: int
    title: str
    year: int


class ScoredMovie(Wire, frozen=True):
    """A recommended movie; `score` is 0-1, higher is nearer."""

    id: int
    title: str
    year: int
    score: float


class SimilarResponse(Wire, frozen=True):
    """The movies nearest to one movie, best first."""

    movie: MovieSummary
    items: list[ScoredMovie]
