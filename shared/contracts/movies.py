"""Movies as the typed API shows them: whole, in part, in pages, counted."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from shared.contracts.base import Inbound, Wire
from shared.contracts.filters import Id

MAX_PAGE: Final = 100
MAX_LOOKUP: Final = 200
MAX_CURSOR_LENGTH: Final = 1000
MovieField = Literal[
    "id",
    "title",
    "year",
    "release_date",
    "status",
    "tagline",
    "overview",
    "original_language",
    "runtime_minutes",
    "popularity",
    "vote_average",
    "vote_count",
    "budget",
    "revenue",
    "return_on_budget",
    "collection",
    "genres",
    "keywords",
    "companies",
    "countries",
    "languages",
    "cast",
    "directors",
]
DEFAULT_FIELDS: Final[tuple[MovieField, ...]] = (
    "id",
    "title",
    "year",
    "release_date",
    "original_language",
    "runtime_minutes",
    "popularity",
    "vote_average",
    "vote_count",
    "genres",
)
MovieSort = Literal[
    "average",
    "budget",
    "date",
    "id",
    "popularity",
    "return",
    "revenue",
    "runtime",
    "title",
    "votes",
    "year",
]
Order = Literal["asc", "desc"]
Period = Literal["month", "weekday", "year", "decade"]


class Named(Wire, frozen=True):
    """A genre, company, collection or keyword."""

    id: int | None
    name: str


class Coded(Wire, frozen=True):
    """A country (ISO 3166-1) or language (ISO 639-1)."""

    code: str
    name: str


class CastMember(Wire, frozen=True):
    """A person in a movie's cast, `order` as billed from 0."""

    person_id: int
    name: str
    character: str | None
    order: int | None


class Director(Wire, frozen=True):
    """A person who directed a movie."""

    person_id: int
    name: str


class Movie(Wire, frozen=True):
    """One movie with everything the catalogue knows of it; money in US dollars, 0 unknown."""

    id: int
    title: str
    year: int
    release_date: dt.date
    status: str | None
    tagline: str | None
    overview: str | None
    original_language: str | None
    runtime_minutes: float | None
    popularity: float
    vote_average: float
    vote_count: int
    budget: int
    revenue: int
    return_on_budget: float
    collection: Named | None
    genres: list[Named]
    keywords: list[Named]
    companies: list[Named]
    countries: list[Coded]
    languages: list[Coded]
    cast: list[CastMember]
    directors: list[Director]


class MovieItem(Wire, frozen=True):
    """The chosen fields of a movie, each as in `Movie`; the others are absent."""

    id: int | UnsetType = UNSET
    title: str | UnsetType = UNSET
    year: int | UnsetType = UNSET
    release_date: dt.date | UnsetType = UNSET
    status: str | UnsetType | None = UNSET
    tagline: str | UnsetType | None = UNSET
    overview: str | UnsetType | None = UNSET
    original_language: str | UnsetType | None = UNSET
    runtime_minutes: float | UnsetType | None = UNSET
    popularity: float | UnsetType = UNSET
    vote_average: float | UnsetType = UNSET
    vote_count: int | UnsetType = UNSET
    budget: int | UnsetType = UNSET
    revenue: int | UnsetType = UNSET
    return_on_budget: float | UnsetType = UNSET
    collection: Named | UnsetType | None = UNSET
    genres: list[Named] | UnsetType = UNSET
    keywords: list[Named] | UnsetType = UNSET
    companies: list[Named] | UnsetType = UNSET
    countries: list[Coded] | UnsetType = UNSET
    languages: list[Coded] | UnsetType = UNSET
    cast: list[CastMember] | UnsetType = UNSET
    directors: list[Director] | UnsetType = UNSET


class Listing(Inbound, frozen=True):
    """How a list is wanted: order, length, fields, and where the page before ended."""

    sort: MovieSort = "votes"
    order: Order = "desc"
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = 20
    cursor: Annotated[str, msgspec.Meta(max_length=MAX_CURSOR_LENGTH)] | None = None
    fields: Sequence[MovieField] = DEFAULT_FIELDS


class MoviePage(Wire, frozen=True):
    """Some of the `total` movies that pass the filters; `next_cursor` is null on the last page."""

    items: list[MovieItem]
    total: int
    next_cursor: str | None


class LookupRequest(Inbound, frozen=True):
    """Ask for movies by id; without `fields`, those of a list."""

    ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=MAX_LOOKUP)]
    fields: Annotated[list[MovieField], msgspec.Meta(max_length=50)] = msgspec.field(
        default_factory=list[MovieField]
    )


class LookupResponse(Wire, frozen=True):
    """The movies in the order asked, each once; `missing` are ids that no movie has."""

    items: list[MovieItem]
    missing: list[int]


class ReleaseCount(Wire, frozen=True):
    """Movies of one period: a month from 1, a weekday from 1 (Monday), a year, or a decade."""

    value: int
    label: str
    count: int


class ReleaseCounts(Wire, frozen=True):
    """How many of the movies that pass the filters were released in each period, in order.

    Months and weekdays are all there; years and decades from the first with a movie to the last.
    """

    by: Period
    total: int
    items: list[ReleaseCount]
