import datetime as dt
import random

import polars as pl
import pytest
from rapidfuzz.distance import OSA

from services.queries.directory import Directory
from services.queries.names import NameIndex
from services.queries.plans.actors import actor_success
from shared.contracts.people import Collaborator, CreditListing, CreditSort, KnownFor, Role
from shared.errors import PersonNotFoundError
from shared.text import normalise
from tests.factories import cast_frame, directors_frame, movie, movies_frame, varied_catalogue

MOVIES = movies_frame(
    movie(1, "Zulu", release_date=dt.date(2001, 1, 1), vote_count=50, budget=100, revenue=250),
    movie(2, "Ámbar", release_date=dt.date(1999, 1, 2), vote_count=900),
    movie(3, "apex", release_date=dt.date(1999, 1, 2), vote_count=70, budget=300, revenue=100),
    movie(4, "Noon", release_date=dt.date(2010, 5, 5), vote_count=70, budget=100, revenue=50),
)
CAST = cast_frame(
    *((1, 7, "Penélope Cruz"), (2, 7, "Penélope Cruz"), (3, 7, "Penelope Cruz")),
    *((1, 8, "Robert De Niro"), (2, 8, "Robert De Niro"), (3, 9, "Robert Niro")),
    *((2, 11, "John Smith"), (3, 12, "John Smith"), (4, 13, "Kei Tom")),
)
DIRECTORS = directors_frame(
    (4, 7, "Penélope Cruz"), (1, 7, "Penélope Cruz"), (3, 8, "Bob De Niro")
)


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory(MOVIES, CAST, DIRECTORS)


def found(directory: Directory, text: str, limit: int = 10, role: Role | None = None) -> list[int]:
    return [item.id for item in directory.search(text, limit=limit, role=role).items]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("PENELOPE cruz", [7]),
        ("cruz penélope", [7]),
        ("Penelope Crux", [7]),
        ("penelpoe", [7]),
        ("peneloe c", [7]),
        ("pepelo", [7]),
        ("cruzpenelope", []),
        ("penelopecruz", [7]),
        ("deniro", [8]),
        ("robert deniro", [8]),
        ("de niro", [8]),
        ("rob niro", [8, 9]),
        ("robert niro", [9, 8]),
        ("bob", [8]),
        ("john smith", [11, 12]),
        ("smith, john", [11, 12]),
        ("jhon smtih", [11, 12]),
        ("jon smith", [11, 12]),
        ("...", []),
        ("nobody else", []),
    ],
)
def test_a_person_is_found_however_the_name_is_typed(
    directory: Directory, text: str, ids: list[int]
) -> None:
    assert found(directory, text) == ids


def test_words_of_three_letters_are_not_corrected(directory: Directory) -> None:
    assert found(directory, "tom") == [13]
    assert found(directory, "tim") == []


def test_from_seven_letters_on_two_errors_are_forgiven() -> None:
    people = cast_frame((1, 1, "Anna Spielberg"), (1, 2, "Bea Marlon"))
    directory = Directory(MOVIES, people, directors_frame())
    assert found(directory, "speilbreg") == [1]
    assert found(directory, "speilbrge") == []
    assert found(directory, "marlno") == [2]
    assert found(directory, "malrno") == []


def test_between_equal_matches_the_most_voted_films_decide(directory: Directory) -> None:
    items = directory.search("john smith", limit=10).items
    assert [(item.id, item.known_for[0].title) for item in items] == [(11, "Ámbar"), (12, "apex")]
    assert found(directory, "john smith", limit=1) == [11]


def test_a_whole_word_is_better_than_a_beginning_and_both_than_an_error() -> None:
    names = ["Lara Lind", "Marao Lind", "Mara Lind", "Karl"]
    cast = cast_frame(*((2, place, name) for place, name in enumerate(names, 1)))
    directory = Directory(MOVIES, cast, directors_frame())
    assert found(directory, "mara") == [3, 2, 1]
    assert found(directory, "mara", limit=2) == [3, 2]


def test_a_role_leaves_the_others_out(directory: Directory) -> None:
    assert found(directory, "robert", role="directing") == [8]
    assert found(directory, "robert", role="acting") == [8, 9]
    assert found(directory, "john", role="directing") == []


def test_an_item_names_the_best_known_films_once(directory: Directory) -> None:
    [item] = directory.search("penelope", limit=1).items
    assert (item.name, item.films_acted, item.films_directed) == ("Penélope Cruz", 3, 2)
    assert item.known_for == [
        KnownFor(id=2, title="Ámbar", year=1999),
        KnownFor(id=3, title="apex", year=1999),
        KnownFor(id=4, title="Noon", year=2010),
    ]


def test_a_person_has_figures_for_each_role(directory: Directory) -> None:
    person = directory.person(7)
    assert (person.name, person.other_names) == ("Penélope Cruz", ["Penelope Cruz"])
    assert (person.films_acted, person.films_directed) == (3, 2)
    assert (person.first_year, person.last_year) == (1999, 2010)
    acting, directing = person.success.acting, person.success.directing
    assert acting is not None
    assert directing is not None
    assert (acting.total_return, acting.mean_return) == (2.8333, 0.9444)
    assert (acting.mean_return_known, acting.films_with_known_money) == (1.4167, 2)
    assert (directing.total_return, directing.median_return_known) == (3.0, 1.5)
    assert directory.person(9).success.directing is None


def test_collaborators_are_those_of_most_common_films(directory: Directory) -> None:
    assert directory.person(7).collaborators == [
        Collaborator(id=8, name="Robert De Niro", films=3, roles=["acting", "directing"]),
        Collaborator(id=11, name="John Smith", films=1, roles=["acting"]),
        Collaborator(id=9, name="Robert Niro", films=1, roles=["acting"]),
        Collaborator(id=12, name="John Smith", films=1, roles=["acting"]),
        Collaborator(id=13, name="Kei Tom", films=1, roles=["acting"]),
    ]


@pytest.mark.parametrize("person_id", [-1, 0, 10, 14, 2**53, 2**64])
def test_an_unknown_id_is_not_found(directory: Directory, person_id: int) -> None:
    with pytest.raises(PersonNotFoundError):
        directory.person(person_id)
    with pytest.raises(PersonNotFoundError):
        directory.movies(person_id, CreditListing())


@pytest.mark.parametrize(
    ("sort", "falling", "rising"),
    [
        ("date", [4, 1, 1, 2, 3], [2, 3, 1, 1, 4]),
        ("votes", [2, 3, 4, 1, 1], [1, 1, 3, 4, 2]),
        ("return", [1, 1, 4, 3, 2], [3, 4, 1, 1, 2]),
        ("title", [1, 1, 4, 3, 2], [2, 3, 4, 1, 1]),
    ],
)
def test_movies_are_sorted_with_unknown_figures_last(
    directory: Directory, sort: CreditSort, falling: list[int], rising: list[int]
) -> None:
    down = directory.movies(7, CreditListing(sort=sort))
    up = directory.movies(7, CreditListing(sort=sort, order="asc"))
    assert [item.id for item in down.items] == falling
    assert [item.id for item in up.items] == rising
    assert [item.role for item in up.items if item.id == 1] == ["acting", "directing"]


def test_movies_come_in_pages_that_know_the_total(directory: Directory) -> None:
    page = directory.movies(7, CreditListing(limit=2, offset=1))
    assert (page.id, page.name, page.total) == (7, "Penélope Cruz", 5)
    assert [(item.id, item.role) for item in page.items] == [(1, "acting"), (1, "directing")]
    assert directory.movies(7, CreditListing(offset=5)).items == []
    directed = directory.movies(7, CreditListing(role="directing"))
    assert (directed.total, [item.id for item in directed.items]) == (2, [4, 1])


def test_a_movie_of_a_person_says_what_was_played(directory: Directory) -> None:
    acted = directory.movies(9, CreditListing()).items[0]
    assert (acted.character, acted.billing_order, acted.return_on_budget) == ("Role 1", 1, 0.3333)
    directed = directory.movies(7, CreditListing(role="directing")).items[0]
    assert (directed.character, directed.billing_order, directed.vote_count) == (None, None, 70)
    assert directory.movies(11, CreditListing()).items[0].return_on_budget is None


def test_a_release_without_people_has_an_empty_directory() -> None:
    directory = Directory(MOVIES, cast_frame(), directors_frame())
    assert len(directory) == 0
    assert found(directory, "penelope") == []
    with pytest.raises(PersonNotFoundError):
        directory.person(7)


def test_success_agrees_with_the_answer_by_name_where_nobody_has_a_namesake() -> None:
    movies, cast, directors = varied_catalogue()
    directory = Directory(movies, cast, directors)
    rows = actor_success(cast.lazy(), movies.lazy()).collect().rows_by_key("name", named=True)
    assert len(directory) == cast["person_id"].n_unique() + directors["person_id"].n_unique()
    for person_id in cast["person_id"].unique():
        person = directory.person(person_id)
        acting, [row] = person.success.acting, rows[person.name]
        assert acting is not None
        assert (acting.films, acting.total_return, acting.mean_return) == (
            row["films"],
            row["success"],
            row["mean_return"],
        )


def test_the_letters_leave_out_no_word_that_a_comparison_would_take() -> None:
    chance = random.Random(5)  # noqa: S311  # made-up words, the same each time
    words = {"".join(chance.choices("abcdefgh", k=chance.randint(3, 9))) for _ in range(1500)}
    known = sorted(normalise(word) for word in words)
    index = NameIndex(
        pl.DataFrame(
            {"person": range(len(known)), "key": known}, {"person": pl.UInt32, "key": pl.String}
        )
    )
    for word in chance.sample(known, 60):
        typos, size = 1 if len(word) < 7 else 2, len(word)
        is_near = [
            OSA.distance(word, each) <= typos
            or (each[0] == word[0] and OSA.distance(word, each[:size]) <= typos)
            for each in known
        ]
        if size >= 4:
            assert sorted(index._near(word).explode("person")["person"].unique()) == [
                place for place, near in enumerate(is_near) if near
            ]


def test_odd_numbers_of_the_sources_stop_nothing() -> None:
    """Any 64-bit number passes the ETL as an order or an id."""
    cast = CAST.with_columns(order=pl.lit(2**40))
    strange = cast_frame(
        (2, 0, "Nobody Known"), (2, 2**60, "Nobody Known"), (2, -4, "Nobody Known")
    )
    directory = Directory(MOVIES, pl.concat([cast, strange]), DIRECTORS)
    assert found(directory, "nobody known") == []
    [*_, credit] = directory.movies(7, CreditListing(role="acting")).items
    assert credit.billing_order == 2**40
