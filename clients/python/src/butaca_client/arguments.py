"""What can be asked: filters, wishes and choices as typed arguments, and how they are sent."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal, TypedDict, cast
from urllib.parse import quote

import msgspec

from butaca_client.errors import InvalidRequestError, no_answer

Lang = Literal["es", "en"]
Order = Literal["asc", "desc"]
Period = Literal["month", "weekday", "year", "decade"]
SearchMode = Literal["hybrid", "lexical", "semantic"]
Role = Literal["acting", "directing"]
CreditSort = Literal["date", "votes", "return", "title"]
KeyRole = Literal["read", "operator", "admin"]
JobName = Literal["build", "evaluate"]
Table = Literal["movies", "cast", "directors"]
TableFormat = Literal["parquet", "csv"]
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


class FilterArgs(TypedDict, total=False):
    """Which movies are meant: those that meet every condition given.

    Genres go by their name in English or Spanish, languages by ISO 639-1, countries by ISO
    3166-1, `companies`, `collections` and `people` by id: one of each list is enough. Runtime in
    minutes, money in US dollars, `return` in revenue per budget.
    """

    genres_any: Collection[str]
    genres_all: Collection[str]
    genres_none: Collection[str]
    year_min: int | None
    year_max: int | None
    date_min: dt.date | None
    date_max: dt.date | None
    languages: Collection[str]
    countries: Collection[str]
    companies: Collection[int]
    collections: Collection[int]
    people: Collection[int]
    runtime_min: float | None
    runtime_max: float | None
    votes_min: int | None
    votes_max: int | None
    average_min: float | None
    average_max: float | None
    budget_min: int | None
    budget_max: int | None
    revenue_min: int | None
    revenue_max: int | None
    return_min: float | None
    return_max: float | None
    exclude: Collection[int]


class Wish(TypedDict, total=False):
    """What `recommend` takes, as one of many: films (ids or titles) to be like or unlike, a text.

    `weights` multiply the named contributions, `diversity` 0 is the plain order and 1 the most
    varied one.
    """

    positive: Collection[int | str]
    negative: Collection[int | str]
    text: str | None
    filters: FilterArgs
    weights: Mapping[Contribution, float]
    diversity: float
    max_per_collection: int | None
    min_score: float
    limit: int
    lang: Lang | None


_LISTS: Final = frozenset(
    {
        *("positive", "negative", "ids", "fields", "exclude"),
        *("genres_any", "genres_all", "genres_none", "languages", "countries"),
        *("companies", "collections", "people"),
    }
)


def query_string(arguments: Mapping[str, object]) -> str:
    """Return arguments as a query, encoded; lists repeat their name, None is left out."""
    pairs = [
        (name, each)
        for name, value in arguments.items()
        if value is not None
        for each in _members(value)
    ]
    return "&".join(f"{name}={quote(_text(value), safe='')}" for name, value in pairs)


def path_part(value: object) -> str:
    """Return a value as one segment of a path.

    Raises:
        InvalidRequestError: it is empty, and the path would be that of another route.
    """
    text = _text(value)
    if not text:
        detail = "An id must not be empty."
        raise no_answer(InvalidRequestError, "invalid_request", detail)
    # A part of dots alone would be taken out of the path, and what stands before it too.
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def encode_body(arguments: Mapping[str, object]) -> bytes:
    """Return arguments as JSON; None is left out, and a lone value is a list where one is due."""
    return msgspec.json.encode(_plain(arguments), enc_hook=_from_array)


def _plain(arguments: Mapping[str, object]) -> dict[str, object]:
    given = {name: value for name, value in arguments.items() if value is not None}
    return {name: _plain_value(name, value) for name, value in given.items()}


def _plain_value(name: str, value: object) -> object:
    if name in _LISTS:
        return list(_members(value))
    if name == "filters":
        return _plain(cast("Mapping[str, object]", value))
    if name == "requests":
        return [_plain(each) for each in cast("Iterable[Mapping[str, object]]", value)]
    return value


def _members(value: object) -> Iterable[object]:
    """The members of a list, array or column; a text or a figure is one by itself."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return cast("Iterable[object]", value)
    return (value,)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _from_array(value: object) -> object:
    """Figures of numpy and its like, which stand in arrays and data frames."""
    to_list = getattr(value, "tolist", None)
    if to_list is None:
        raise NotImplementedError(f"{type(value).__name__} cannot be sent as JSON")
    return to_list()
