"""Recommendations: what is asked, and what the typed API shows."""

from typing import Annotated, Final, Literal

import msgspec

from shared.contracts.base import Inbound, Wire
from shared.contracts.filters import Filters, Id

Lang = Literal["es", "en"]
DEFAULT_LANG: Final[Lang] = "en"
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seeds = Annotated[list[Id | Title], msgspec.Meta(max_length=50)]
Weight = Annotated[float, msgspec.Meta(ge=0, le=5)]
Contribution = Literal[
    "average",
    "cast",
    "collection",
    "companies",
    "countries",
    "directors",
    "genres",
    "keywords",
    "language",
    "quality",
    "revenue",
    "runtime",
    "spoken",
    "structured",
    "text",
    "title",
    "votes",
    "year",
]
MAX_LIMIT: Final = 100
MAX_STORED: Final = 50
MAX_BATCH: Final = 100


class RecommendationRequest(Inbound, frozen=True):
    """Ask for movies like some, unlike others, or like a description.

    `positive` and `negative` are ids or titles. `weights` multiply the named contributions to
    the score. `diversity` 0 is the plain order, 1 the most varied one. Without `lang` the reasons
    are in the language of `Accept-Language`.
    """

    positive: Seeds = msgspec.field(default_factory=list[Id | Title])
    negative: Seeds = msgspec.field(default_factory=list[Id | Title])
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)] | None = None
    filters: Filters = msgspec.field(default_factory=Filters)
    weights: dict[Contribution, Weight] = msgspec.field(default_factory=dict[Contribution, Weight])
    diversity: Share = 0.0
    max_per_collection: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] | None = None
    min_score: Share = 0.0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = 10
    lang: Lang | None = None


class BatchRequest(Inbound, frozen=True):
    """Several requests at once; each is answered by itself."""

    requests: Annotated[
        list[RecommendationRequest], msgspec.Meta(min_length=1, max_length=MAX_BATCH)
    ]


class MovieSummary(Wire, frozen=True):
    """What names a movie."""

    id: int
    title: str
    year: int


class Recommendation(Wire, frozen=True):
    """A recommended movie and why.

    `contributions`, the intercept among them, add up to `raw_score`; `score` is its logistic
    function, 0-1, higher is nearer. `because_of` is the movie asked about that it owes most to,
    none where that is the text. `reason` is empty where nothing can be named.
    """

    id: int
    title: str
    year: int
    score: float
    raw_score: float = 0.0
    contributions: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    because_of: int | None = None
    reason: str = ""


class SimilarResponse(Wire, frozen=True):
    """The movies nearest to one movie, best first; `matching` is how many pass the filters."""

    movie: MovieSummary
    items: list[Recommendation]
    matching: int = 0


class RecommendationResponse(Wire, frozen=True):
    """The answer to a request, best first; titles are resolved to the movies they mean."""

    positive: list[MovieSummary]
    negative: list[MovieSummary]
    items: list[Recommendation]
    matching: int


class BatchProblem(Wire, frozen=True):
    """Why one request of a batch has no answer; as the problem document it would have got."""

    status: int
    code: str
    title: str
    detail: str
    suggestions: list[str] = msgspec.field(default_factory=list[str])


class BatchAnswer(Wire, frozen=True):
    """One of the two: the answer to a request of a batch, or its problem."""

    response: RecommendationResponse | None = None
    problem: BatchProblem | None = None


class BatchResponse(Wire, frozen=True):
    """Answers in the order of the requests."""

    results: list[BatchAnswer]
