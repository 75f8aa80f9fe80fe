"""People: found by name, one by id, and their movies. Namesakes are separate people."""

import datetime as dt

from butaca_client.answers.base import Answer


class KnownFor(Answer, frozen=True):
    """One of a person's most voted movies."""

    id: int
    title: str
    year: int


class PersonItem(Answer, frozen=True):
    """A person in a list, known for up to three movies, most voted first."""

    id: int
    name: str
    known_for: list[KnownFor]
    films_acted: int
    films_directed: int


class PeopleFound(Answer, frozen=True):
    """People whose name is like what was asked, best match first."""

    items: list[PersonItem]


class ReturnSuccess(Answer, frozen=True):
    """Success in one role by `return` (revenue per budget).

    A film without known money adds 0 to `total_return` and counts in `mean_return`; the figures
    that end in `known` leave it out, and are None where no film has known money.
    """

    films: int
    films_with_known_money: int
    total_return: float
    mean_return: float
    mean_return_known: float | None
    median_return_known: float | None


class RoleSuccess(Answer, frozen=True):
    """Success by role, None where the person has no film in it."""

    acting: ReturnSuccess | None
    directing: ReturnSuccess | None


class Collaborator(Answer, frozen=True):
    """Somebody with `films` in common with a person; `roles` are theirs in these."""

    id: int
    name: str
    films: int
    roles: list[str]


class PersonDetail(Answer, frozen=True):
    """One person with everything the catalogue knows of them."""

    id: int
    name: str
    other_names: list[str]
    films_acted: int
    films_directed: int
    first_year: int
    last_year: int
    known_for: list[KnownFor]
    success: RoleSuccess
    collaborators: list[Collaborator]


class PersonMovie(Answer, frozen=True):
    """A movie a person acted in or directed; one with both roles is there twice."""

    id: int
    title: str
    year: int
    release_date: dt.date
    role: str
    character: str | None
    billing_order: int | None
    vote_count: int
    vote_average: float
    return_on_budget: float | None


class PersonMovies(Answer, frozen=True):
    """Some of the `total` movies of a person in the role asked for."""

    id: int
    name: str
    total: int
    items: list[PersonMovie]
