"""Title resolution."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queries.resolve import MOST_CANDIDATES, TitleResolver
from services.queries.title_words import TitleWords
from shared.contracts.titles import TitleResolution
from shared.errors import TitleAmbiguousError, TitleNotFoundError
from shared.text import normalise
from shared.titles import TitleTable

FILMS = [
    (1, "The Godfather", 1972, 6000),
    (2, "Cinderella", 2015, 2400),
    (3, "CINDERELLA", 1950, 1760),
    (4, "Cinderèlla", 1899, 19),
    (5, "Léon: The Professional", 1994, 4000),
    (6, "Interstellar", 2014, 11000),
    (7, "Rocky", 1976, 1800),
    (8, "Rocky II", 1979, 900),
    (9, "Star Wars: Episode IV - A New Hope", 1977, 6700),
    (10, "Star Wars: Episode V - The Empire Strikes Back", 1980, 5900),
    (11, "Indiana Jones and the Temple of Doom", 1984, 2800),
    (12, "Gone Girl", 2014, 6000),
    (13, "Some Girl", 1998, 10),
    (14, "Some Girls", 1988, 10),
    (15, "Cars 2", 2011, 2000),
    (16, "Whiplash", 2014, 4200),
    (17, "Whiplast", 1948, 6),
    (18, "Beyond Darkness", 1990, 10),
    (19, "Heat", 1995, 1800),
    (20, "The Heat", 2013, 1900),
    (21, "Nine", 2009, 300),
    (22, "The Brick", 1990, 3),
    (23, "Brick: The Film", 1991, 60),
    (26, "The Stone", 1990, 3),
    (27, "Stone: The Film", 1991, 59),
    (24, "Zathura", 2005, 100),
    (25, "Zathurb", 2006, 99),
    *((100 + copy, "Hamlet", 1900 + copy, copy) for copy in range(MOST_CANDIDATES + 2)),
]


@pytest.fixture(scope="module")
def resolver() -> TitleResolver:
    return resolver_of(*FILMS)


def resolver_of(*films: tuple[int, str, int, int]) -> TitleResolver:
    ordered = sorted(films, key=lambda film: (normalise(film[1]), -film[3]))
    table = TitleTable((normalise(film[1]), *film) for film in ordered)
    movies = table.by_votes()
    return TitleResolver(table, movies, TitleWords([movie.title for movie in movies]))


def resolve(resolver: TitleResolver, title: str, year: int | None = None) -> TitleResolution:
    return resolver.find(title, year) or resolver.search(title, year)


def candidates(resolver: TitleResolver, title: str, year: int | None = None) -> list[int]:
    with pytest.raises(TitleAmbiguousError) as raised:
        resolve(resolver, title, year)
    found: Any = raised.value.details["candidates"]
    return [each["id"] for each in found]


def suggestions(resolver: TitleResolver, title: str, year: int | None = None) -> list[str]:
    with pytest.raises(TitleNotFoundError) as raised:
        resolve(resolver, title, year)
    found: Any = raised.value.details["suggestions"]
    return list(found)


@pytest.mark.parametrize(
    ("title", "movie_id", "match"),
    [
        ("the  GODFATHER", 1, "exact"),
        ("Godfather", 1, "normalised"),
        ("Godfather, The", 1, "normalised"),
        ("heat", 19, "exact"),
        ("rocky 2", 8, "normalised"),
        ("Rocky 1", 7, "normalised"),
        ("Leon", 5, "normalised"),
        ("a new hope", 9, "normalised"),
        ("Empire Strikes Back", 10, "normalised"),
        ("Beyond the Darkness", 18, "normalised"),
        ("9", 21, "normalised"),
        ("Intersteller", 6, "fuzzy"),
        ("Wiplash", 16, "fuzzy"),
        ("Godfahter", 1, "fuzzy"),
    ],
)
def test_a_title_means_its_film(
    resolver: TitleResolver, title: str, movie_id: int, match: str
) -> None:
    found = resolve(resolver, title)
    assert (found.movie.id, found.match) == (movie_id, match)
    assert (found.similarity == 1.0) == (match == "exact")
    assert 0 < found.similarity <= 1


def test_look_ups_alone_find_what_is_known_and_nothing_else(resolver: TitleResolver) -> None:
    assert resolver.find("godfather", None) is not None
    assert resolver.find("Intersteller", None) is None


def test_films_of_one_title_are_candidates_most_voted_first(resolver: TitleResolver) -> None:
    assert candidates(resolver, "cinderella") == [2, 3, 4]


def test_no_more_than_ten_candidates_are_named(resolver: TitleResolver) -> None:
    assert len(candidates(resolver, "hamlet")) == MOST_CANDIDATES


def test_a_year_chooses_and_its_neighbours_do_where_it_has_none(resolver: TitleResolver) -> None:
    assert resolve(resolver, "cinderella", 1950).movie.id == 3
    assert resolve(resolver, "cinderella", 1951).movie.id == 3
    assert resolve(resolver, "cinderella", 1949).movie.id == 3
    assert suggestions(resolver, "cinderella", 1952)[:1] == ["Cinderella"]


def test_the_exact_year_comes_before_its_neighbours(resolver: TitleResolver) -> None:
    assert resolve(resolver, "hamlet", 1905).movie.id == 105


def test_a_year_counts_for_near_titles_too(resolver: TitleResolver) -> None:
    assert resolve(resolver, "Intersteller", 2015).movie.id == 6
    assert suggestions(resolver, "Intersteller", 1990)[0] == "Interstellar"


def test_a_main_title_of_several_films_is_not_one_of_them(resolver: TitleResolver) -> None:
    assert candidates(resolver, "star wars") == [9, 10]


def test_a_part_of_a_title_is_no_certainty(resolver: TitleResolver) -> None:
    assert candidates(resolver, "temple of doom") == [11]


def test_a_far_better_known_film_makes_a_looser_match_plausible(resolver: TitleResolver) -> None:
    assert candidates(resolver, "Brick") == [23, 22]
    assert resolve(resolver, "Stone").movie.id == 26


def test_an_exact_title_does_not_hide_a_film_that_everybody_knows() -> None:
    resolver = resolver_of(
        (1, "Godfather", 1991, 4),
        (2, "The Godfather", 1972, 6000),
        (3, "Seven", 1979, 8),
        (4, "Se7en", 1995, 5900),
        (5, "The Heat", 2013, 1900),
        (6, "Heat", 1995, 1800),
    )
    assert candidates(resolver, "Godfather") == [2, 1]
    assert candidates(resolver, "seven") == [4, 3]
    assert resolve(resolver, "Godfather", 1991).movie.id == 1
    assert resolve(resolver, "Heat").movie.id == 6


def test_a_lone_part_does_not_hide_a_film_that_everybody_knows() -> None:
    resolver = resolver_of((1, "Street Fighter: Fight", 1999, 4), (2, "Fight Club", 1999, 9000))
    assert candidates(resolver, "Fight") == [2, 1]


def test_an_error_in_a_part_of_a_title_is_no_certainty(resolver: TitleResolver) -> None:
    assert candidates(resolver, "The Profesional") == [5]


def test_five_letters_are_too_few_for_certainty(resolver: TitleResolver) -> None:
    assert candidates(resolver, "Rokcy") == [7]


def test_words_that_there_are_may_be_meant(resolver: TitleResolver) -> None:
    assert candidates(resolver, "Gone Girls")[0] == 12


def test_two_films_as_near_are_both_candidates(resolver: TitleResolver) -> None:
    assert candidates(resolver, "Zathurc") == [24, 25]


def test_another_number_is_another_film(resolver: TitleResolver) -> None:
    assert "Cars 2" in suggestions(resolver, "Cars 3")


def test_a_title_inside_what_was_typed_is_suggested_first(resolver: TitleResolver) -> None:
    typed = "Oscar winner Indiana Jones and the Temple of Doom in colour"
    assert suggestions(resolver, typed)[0] == "Indiana Jones and the Temple of Doom"


def test_nothing_like_it_has_no_suggestions(resolver: TitleResolver) -> None:
    with pytest.raises(TitleNotFoundError) as raised:
        resolve(resolver, "qqqqqqqqqq", 1950)
    assert raised.value.details["suggestions"] == []
    assert raised.value.message == "There is no movie titled 'qqqqqqqqqq' of 1950."


@given(st.text(min_size=1, max_size=500), st.none() | st.integers(1800, 2200))
def test_any_text_is_answered(text: str, year: int | None) -> None:
    table = TitleTable((normalise(film[1]), *film) for film in FILMS[:3])
    movies = table.by_votes()
    resolver = TitleResolver(table, movies, TitleWords([movie.title for movie in movies]))
    try:
        assert resolve(resolver, text, year).similarity > 0
    except (TitleAmbiguousError, TitleNotFoundError) as error:
        assert error.message  # noqa: PT017  # either is an answer
