"""Recommendations, and why."""

import msgspec

from butaca_client.answers.base import Answer


class MovieSummary(Answer, frozen=True):
    """What names a movie."""

    id: int
    title: str
    year: int


class Recommendation(Answer, frozen=True):
    """A recommended movie and why.

    `contributions` add up to `raw_score`; `score` is its logistic function, 0-1, higher is
    nearer. `because_of` is the movie asked about that it owes most to.
    """

    id: int
    title: str
    year: int
    score: float
    raw_score: float = 0.0
    contributions: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    because_of: int | None = None
    reason: str = ""


class SimilarResponse(Answer, frozen=True):
    """The movies nearest to one movie, best first; `matching` is how many pass the filters."""

    movie: MovieSummary
    items: list[Recommendation]
    matching: int = 0


class RecommendationResponse(Answer, frozen=True):
    """The movies for a wish, best first; its titles are resolved to the movies they mean."""

    positive: list[MovieSummary]
    negative: list[MovieSummary]
    items: list[Recommendation]
    matching: int


class BatchProblem(Answer, frozen=True):
    """Why one wish of many has no answer."""

    status: int
    code: str
    title: str
    detail: str
    suggestions: list[str] = msgspec.field(default_factory=list[str])


class BatchAnswer(Answer, frozen=True):
    """One of the two: the answer to a wish, or its problem."""

    response: RecommendationResponse | None = None
    problem: BatchProblem | None = None


class BatchResponse(Answer, frozen=True):
    """Answers in the order of the wishes."""

    results: list[BatchAnswer]
