"""Filters: which movies a list, a search or a recommendation may hold."""

import datetime as dt
from typing import Annotated, Final

import msgspec

from shared.contracts.base import Inbound

LARGEST: Final = 2**53 - 1
MOST_VALUES: Final = 50
MOST_EXCLUDED: Final = 1000
Id = Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Year = Annotated[int, msgspec.Meta(ge=1800, le=2200)]
Minutes = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
Average = Annotated[float, msgspec.Meta(ge=0, le=10)]
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
Names = Annotated[list[Name], msgspec.Meta(max_length=MOST_VALUES)]
Ids = Annotated[list[Id], msgspec.Meta(max_length=MOST_VALUES)]
ManyIds = Annotated[list[Id], msgspec.Meta(max_length=MOST_EXCLUDED)]


class Filters(Inbound, frozen=True):
    """Which movies are meant: those that meet every condition given.

    Genres go by their name in English or Spanish, whatever their case and accents; `languages`
    are original languages (ISO 639-1), `countries` those of production (ISO 3166-1), `companies`,
    `collections` and `people` (cast or direction) ids: one of each list is enough, and one that
    no movie has matches none. Runtime in minutes, money in US dollars, `return` in revenue per
    budget; a movie whose figure is not known meets no condition on it.
    """

    genres_any: Names = msgspec.field(default_factory=list[Name])
    genres_all: Names = msgspec.field(default_factory=list[Name])
    genres_none: Names = msgspec.field(default_factory=list[Name])
    year_min: Year | None = None
    year_max: Year | None = None
    date_min: dt.date | None = None
    date_max: dt.date | None = None
    languages: Names = msgspec.field(default_factory=list[Name])
    countries: Names = msgspec.field(default_factory=list[Name])
    companies: Ids = msgspec.field(default_factory=list[Id])
    collections: Ids = msgspec.field(default_factory=list[Id])
    people: Ids = msgspec.field(default_factory=list[Id])
    runtime_min: Minutes | None = None
    runtime_max: Minutes | None = None
    votes_min: Count | None = None
    votes_max: Count | None = None
    average_min: Average | None = None
    average_max: Average | None = None
    budget_min: Count | None = None
    budget_max: Count | None = None
    revenue_min: Count | None = None
    revenue_max: Count | None = None
    return_min: Ratio | None = None
    return_max: Ratio | None = None
    exclude: ManyIds = msgspec.field(default_factory=list[Id])


NO_FILTERS: Final = Filters()
