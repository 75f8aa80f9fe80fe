"""People as the typed API shows them: found by name, one by id, and their movies.

Namesakes are separate people, and the spellings of one id are one person.
"""

import datetime as dt
from typing import Final, Literal

from shared.contracts.base import Wire
from shared.contracts.movies import Order

MAX_QUERY: Final = 100
MAX_FOUND: Final = 50
MAX_PAGE: Final = 100
MAX_OFFSET: Final = 10_000
Role = Literal["acting", "directing"]
CreditSort = Literal["date", "votes", "return", "title"]


class CreditListing(Wire, frozen=True):
    """Which of a person's movies are asked for, in what order, and how many after `offset`."""

    role: Role | None = None
    sort: CreditSort = "date"
    order: Order = "desc"
    limit: int = 50
    offset: int = 0


class KnownFor(Wire, frozen=True):
    """One of a person's most voted movies."""

    id: int
    title: str
    year: int


class PersonItem(Wire, frozen=True):
    """A person in a list, known for up to three movies, most voted first."""

    id: int
    name: str
    known_for: list[KnownFor]
    films_acted: int
    films_directed: int


class PeopleFound(Wire, frozen=True):
    """People whose name is like what was asked, best match first; none is an empty list."""

    items: list[PersonItem]


class ReturnSuccess(Wire, frozen=True):
    """Success in one role by `return` (revenue per budget), in 4 decimals.

    A film without known money adds 0 to `total_return` and counts in `mean_return`; the figures
    that end in `known` leave it out, and are null where no film has known money.
    """

    films: int
    films_with_known_money: int
    total_return: float
    mean_return: float
    mean_return_known: float | None
    median_return_known: float | None


class RoleSuccess(Wire, frozen=True):
    """Success by role, null where the person has no film in it."""

    acting: ReturnSuccess | None
    directing: ReturnSuccess | None


class Collaborator(Wire, frozen=True):
    """Somebody with `films` in common with a person; `roles` are theirs in these."""

    id: int
    name: str
    films: int
    roles: list[Role]


class PersonDetail(Wire, frozen=True):
    """One person with everything the catalogue knows of them.

    `name` is the most frequent spelling and `other_names` are the others. Collaborators, ten at
    most, come by films in common, then by the votes of these, then by id.
    """

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


class PersonMovie(Wire, frozen=True):
    """A movie a person acted in or directed; one with both roles is there twice.

    Several characters are joined by ` / `. `billing_order` counts from 0; `return_on_budget`, in
    4 decimals, is null where budget or revenue is not known.
    """

    id: int
    title: str
    year: int
    release_date: dt.date
    role: Role
    character: str | None
    billing_order: int | None
    vote_count: int
    vote_average: float
    return_on_budget: float | None


class PersonMovies(Wire, frozen=True):
    """Some of the `total` movies of a person in the role asked for."""

    id: int
    name: str
    total: int
    items: list[PersonMovie]
