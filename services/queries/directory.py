"""The people of a release: found by name, one by id, and the movies of one.

Namesakes are separate people here. Nothing is an object until it is asked for: people and credits
are sorted tables, and an answer is made of their slices.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec
import polars as pl

from services.queries.careers import frequent_people, return_success
from services.queries.names import NameIndex
from services.queries.plans.credited import DECIMALS
from services.queries.plans.people import (
    film_credits,
    ranked_films,
    ranked_people,
    spellings_by_id,
)
from shared.contracts.filters import LARGEST
from shared.contracts.people import (
    Collaborator,
    CreditListing,
    CreditSort,
    KnownFor,
    PeopleFound,
    PersonDetail,
    PersonItem,
    PersonMovie,
    PersonMovies,
    Role,
    RoleSuccess,
)
from shared.errors import PersonNotFoundError
from shared.text import normalise

MOST_KNOWN_FOR: Final = 3
MOST_COLLABORATORS: Final = 10
_COUNTS: Final[dict[Role, str]] = {"acting": "films_acted", "directing": "films_directed"}
_SORTS: Final[dict[CreditSort, str]] = {
    "date": "release_date",
    "votes": "vote_count",
    "return": "return_on_budget",
    "title": "key",
}


class Directory:
    """Immutable; made at load from the tables of a release."""

    def __init__(self, movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame) -> None:
        """Rank the people, sort their credits, and index their names."""
        films = ranked_films(movies.lazy()).collect()
        credited = film_credits(cast.lazy(), directors.lazy(), films.lazy()).collect()
        names = spellings_by_id(cast.lazy(), directors.lazy()).collect()
        people = ranked_people(credited.lazy(), names.lazy()).collect()
        places = people.select(person_id="id").with_row_index("person")
        self._people = people.with_columns(start=_starts(people))
        self._credits = _sorted_credits(credited, places)
        self._films = films.with_columns(credits=_rows_by_film(self._credits, films))
        self._places = places.sort("person_id")
        self._other_names = _other_names(names, people)
        self._names = NameIndex(names.join(places, on="person_id").select("person", "key"))

    def __len__(self) -> int:
        """Return the number of people."""
        return self._people.height

    def search(self, text: str, *, limit: int, role: Role | None = None) -> PeopleFound:
        """Find people by name, best match first, then the most famous."""
        allowed = None if role is None else self._people[_COUNTS[role]] > 0
        found = self._names.find(text, limit, allowed)
        return PeopleFound(items=self._items(found))

    def person(self, person_id: int) -> PersonDetail:
        """Tell all of one person.

        Raises:
            PersonNotFoundError: nobody has this id.
        """
        place = self._place(person_id)
        [item], credited = self._items([place]), self._credits_of(place)
        films = self._films[list(dict.fromkeys(credited["film"].to_list()))]
        return PersonDetail(
            id=item.id,
            name=item.name,
            other_names=self._other_names.get(person_id, []),
            films_acted=item.films_acted,
            films_directed=item.films_directed,
            first_year=films["year"].min(),  # type: ignore[arg-type]  # there is one
            last_year=films["year"].max(),  # type: ignore[arg-type]  # there is one
            known_for=item.known_for,
            success=self._success(credited),
            collaborators=self._collaborators(place, films),
        )

    def movies(self, person_id: int, listing: CreditListing) -> PersonMovies:
        """List the movies of one person; unknown figures come last, and ties go by movie id.

        Raises:
            PersonNotFoundError: nobody has this id.
        """
        place = self._place(person_id)
        credited = self._credits_of(place)
        if listing.role is not None:
            credited = credited.filter(pl.col("role") == listing.role)
        page = _in_order(self._with_films(credited), listing).slice(listing.offset, listing.limit)
        return PersonMovies(
            id=person_id,
            name=self._people["name"][place],
            total=credited.height,
            items=msgspec.convert(page.to_dicts(), list[PersonMovie]),
        )

    def _place(self, person_id: int) -> int:
        ids = self._places["person_id"]
        found = ids.search_sorted(person_id) if 0 < person_id <= LARGEST else len(ids)
        if found == len(ids) or ids[found] != person_id:
            raise PersonNotFoundError(f"There is no person with id {person_id}.")
        return int(self._places["person"][found])

    def _credits_of(self, place: int) -> pl.DataFrame:
        """The credits of one person, those of the most voted films first."""
        start, *films = self._people.select("start", *_COUNTS.values()).row(place)
        return self._credits.slice(start, sum(films))

    def _items(self, places: Sequence[int]) -> list[PersonItem]:
        """Some people as a list shows them."""
        best = [self._best_films(place) for place in places]
        shown = self._films.select("id", "title", "year")[[film for each in best for film in each]]
        known_for = iter(msgspec.convert(shown.to_dicts(), list[KnownFor]))
        people = self._people[places].drop("start").to_dicts()
        return [
            PersonItem(**person, known_for=list(islice(known_for, len(films))))
            for person, films in zip(people, best, strict=True)
        ]

    def _best_films(self, place: int) -> list[int]:
        """The most voted films of one person; a film with both roles is there twice."""
        films = self._credits_of(place)["film"].head(2 * MOST_KNOWN_FOR).to_list()
        return list(dict.fromkeys(films))[:MOST_KNOWN_FOR]

    def _success(self, credited: pl.DataFrame) -> RoleSuccess:
        """The success in each role."""
        returns = self._films["return_on_budget"]
        acting, directing = (
            return_success(returns[credited["film"].filter(credited["role"] == role)])
            for role in _COUNTS
        )
        return RoleSuccess(acting=acting, directing=directing)

    def _collaborators(self, place: int, films: pl.DataFrame) -> list[Collaborator]:
        """The people most often credited in these films, besides the person of this place."""
        shared = self._credits.select("person", "film", "role")[films["credits"].explode()]
        shared = shared.filter(shared["person"] != place)
        rows = zip(
            self._people["id"][shared["person"]].to_list(),
            shared["film"].to_list(),
            self._films["vote_count"][shared["film"]].to_list(),
            shared["role"].to_list(),
            strict=True,
        )
        found = frequent_people(list(rows), MOST_COLLABORATORS)
        names = self._names_of([each.person_id for each in found])
        return [
            Collaborator(id=each.person_id, name=name, films=each.films, roles=each.roles)
            for each, name in zip(found, names, strict=True)
        ]

    def _names_of(self, ids: Sequence[int]) -> list[str]:
        """The names of people who are known to be there."""
        known = self._places["person_id"].search_sorted(pl.Series(ids, dtype=pl.Int64))
        return self._people["name"][self._places["person"][known]].to_list()

    def _with_films(self, credited: pl.DataFrame) -> pl.DataFrame:
        """Credits in the form of `PersonMovie`."""
        films = self._films[credited["film"]].drop("film", "credits")
        return films.with_columns(
            credited["role"],
            credited["character"],
            credited["order"].alias("billing_order"),
            pl.col("return_on_budget").round(DECIMALS),
        )


def _in_order(movies: pl.DataFrame, listing: CreditListing) -> pl.DataFrame:
    """Sort the movies of one person."""
    if listing.sort == "title":
        keys = [normalise(title) for title in movies["title"]]
        movies = movies.with_columns(pl.Series("key", keys, dtype=pl.String))
    return movies.sort(
        _SORTS[listing.sort],
        "id",
        "role",
        descending=[listing.order == "desc", False, False],
        nulls_last=True,
    )


def _starts(people: pl.DataFrame) -> pl.Series:
    """Where the credits of each person begin."""
    counts = people["films_acted"] + people["films_directed"]
    return counts.cum_sum() - counts


def _sorted_credits(credited: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Credits by person, in the order of the people, then by film and role."""
    return (
        credited.lazy()
        .join(places.lazy(), on="person_id", how="inner")
        .sort("person", "film", "role")
        .select("person", "film", "role", "character", "order")
        .collect()
    )


def _rows_by_film(credited: pl.DataFrame, films: pl.DataFrame) -> pl.Series:
    """The rows of the credits of each film."""
    rows = credited.lazy().select("film").with_row_index("credits").group_by("film").agg("credits")
    return (
        films.lazy()
        .select("film")
        .join(rows, on="film", how="left", maintain_order="left")
        .collect()["credits"]
        .fill_null([])
    )


def _other_names(names: pl.DataFrame, people: pl.DataFrame) -> dict[int, list[str]]:
    """Spellings besides the one shown; few have any."""
    others = (
        names.join(
            people.select("name", person_id="id"),
            on=["person_id", "name"],
            how="anti",
            maintain_order="left",
        )
        .group_by("person_id", maintain_order=True)
        .agg("name")
    )
    return dict(others.iter_rows())
