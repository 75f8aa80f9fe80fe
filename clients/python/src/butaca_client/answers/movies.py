"""Movies: whole, in part, in pages, counted."""

import datetime as dt

from msgspec import UNSET, UnsetType

from butaca_client.answers.base import Answer


class Named(Answer, frozen=True):
    """A genre, company, collection or keyword."""

    id: int | None
    name: str


class Coded(Answer, frozen=True):
    """A country (ISO 3166-1) or language (ISO 639-1)."""

    code: str
    name: str


class CastMember(Answer, frozen=True):
    """A person in a movie's cast, `order` as billed from 0."""

    person_id: int
    name: str
    character: str | None
    order: int | None


class Director(Answer, frozen=True):
    """A person who directed a movie."""

    person_id: int
    name: str


class Movie(Answer, frozen=True):
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


class MovieItem(Answer, frozen=True):
    """The fields of a movie that were asked for, each as in `Movie`; the others are `UNSET`."""

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


class MoviePage(Answer, frozen=True):
    """Some of the `total` movies that pass the filters; `next_cursor` is None on the last page."""

    items: list[MovieItem]
    total: int
    next_cursor: str | None


class LookupResponse(Answer, frozen=True):
    """The movies in the order asked, each once; `missing` are ids that no movie has."""

    items: list[MovieItem]
    missing: list[int]


class PeriodCount(Answer, frozen=True):
    """Movies of one period: a month from 1, a weekday from 1 (Monday), a year, or a decade."""

    value: int
    label: str
    count: int


class ReleaseCounts(Answer, frozen=True):
    """How many of the movies that pass the filters were released in each period, in order."""

    by: str
    total: int
    items: list[PeriodCount]
