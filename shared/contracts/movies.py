"""A movie as the typed API shows it."""

import datetime as dt

from shared.contracts.base import Wire


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
