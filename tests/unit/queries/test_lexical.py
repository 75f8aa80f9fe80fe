"""Search by words."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.queries.lexical import LexicalIndex
from shared.contracts.search import SearchLeg
from shared.search_index import open_index
from shared.search_texts import search_texts
from tests.factories import cast_frame, directors_frame, movie, movies_frame
from worker.search.build import build_search_index


def named(*names: str) -> list[dict[str, object]]:
    return [{"id": place, "name": name} for place, name in enumerate(names, start=1)]


MOVIES = movies_frame(
    movie(1, "Batman", vote_count=2000, overview="A man in Gotham."),
    movie(2, "Batman Returns", vote_count=1900, overview="The penguin."),
    movie(3, "Batman", vote_count=3, overview="An old one."),
    movie(4, "Spider-Man", vote_count=5000, overview="Bitten by a spider."),
    movie(5, "Volver", vote_count=400, overview="Mothers and daughters in Spain."),
    movie(6, "Jurassic Park", vote_count=5000, keywords=named("dinosaur", "theme park")),
    movie(
        7,
        "Goldfinger",
        vote_count=1000,
        belongs_to_collection=named("James Bond Collection"),
        tagline="Everything he touches turns to excitement.",
        overview="A detective follows the time machine, then travel begins.",
    ),
    movie(8, "Primer", vote_count=600, overview="Engineers build time travel by accident."),
    movie(9, "The Who: Live", vote_count=5, overview=None),
)
CAST = cast_frame(
    (1, 20, "Michael Keaton"),
    (5, 21, "Penélope Cruz"),
    (6, 22, "Jeff Goldblum"),
    (7, 23, "Jon Doe"),
)
DIRECTORS = directors_frame(
    (1, 30, "Tim Burton"), (2, 30, "Tim Burton"), (5, 31, "Pedro Almodóvar")
)


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    data = build_search_index(MOVIES, CAST, DIRECTORS)
    return LexicalIndex(open_index(data), search_texts(MOVIES, CAST, DIRECTORS))


def ids(leg: SearchLeg) -> list[int]:
    return [hit.id for hit in leg.items]


def flags(*allowed: int) -> pl.Series:
    return MOVIES["id"].is_in(allowed)


def test_it_has_every_movie(index: LexicalIndex) -> None:
    assert len(index) == MOVIES.height


def test_of_equal_matches_the_well_known_comes_first(index: LexicalIndex) -> None:
    found = index.search("batman", 10)
    assert ids(found) == [1, 3, 2]
    assert found.total == 3
    assert found.items[0].score > found.items[1].score > found.items[2].score > 0


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("spiderman", 4),
        ("spider man", 4),
        ("batmn returns", 2),
        ("burton penguin", 2),
        ("almodovar", 5),
        ("penelope cruz", 5),
        ("dinosaurs", 6),
        ("james bond", 7),
        ("excitement", 7),
        ("detectve", 7),
        ("mother spain", 5),
        ('"time travel"', 8),
        ('"gotham"', 1),
        ('"tim burton" penguin', 2),
        ("the who", 9),
    ],
)
def test_a_film_is_found_by_anything_said_of_it(
    index: LexicalIndex, typed: str, first: int
) -> None:
    assert ids(index.search(typed, 10))[0] == first


def test_films_with_every_word_come_before_those_with_some(index: LexicalIndex) -> None:
    assert ids(index.search("tim burton penguin", 10)) == [2, 1]


def test_a_phrase_must_be_there_as_it_stands(index: LexicalIndex) -> None:
    assert ids(index.search('"time travel"', 10)) == [8]
    assert set(ids(index.search("time travel", 10))[:2]) == {7, 8}
    assert ids(index.search('"travel time"', 10)) == []


def test_no_more_than_asked_are_shown_and_all_are_counted(index: LexicalIndex) -> None:
    found = index.search("batman", 1)
    assert ids(found) == [1]
    assert found.total == 3


def test_filtered_the_list_is_full_while_films_match(index: LexicalIndex) -> None:
    found = index.search("batman", 1, flags(2, 4, 5))
    assert (ids(found), found.total) == ([2], 1)
    assert index.search("batman", 10, flags()).total == 0


@pytest.mark.parametrize(
    "typed",
    ['"', '""', "AND OR NOT", "title:heat", "*", "a^2 (b", "😀", "x" * 500, "w " * 250, "\\"],
)
def test_odd_texts_are_answered(index: LexicalIndex, typed: str) -> None:
    found = index.search(typed, 5)
    assert len(found.items) <= (found.total or 0)


@settings(deadline=None)
@given(st.text(max_size=500))
def test_any_text_is_answered(index: LexicalIndex, typed: str) -> None:
    found = index.search(typed, 100, flags(1, 2, 3, 4, 5))
    assert len(found.items) == found.total
    assert all(hit.highlights for hit in found.items)


def test_spanish_words_are_asked_for_by_their_english_too(index: LexicalIndex) -> None:
    leg = index.search("un viaje por el tiempo por accidente", 5)
    assert ids(leg)[0] == 8
    assert "<em>time</em> <em>travel</em>" in leg.items[0].highlights["overview"]
    assert ids(index.search("madres e hijas en España", 5))[0] == 5
    assert ids(index.search("los dinosaurios del parque", 5))[0] == 6


def test_spanish_names_and_titles_are_found_as_they_are(index: LexicalIndex) -> None:
    assert ids(index.search("una de Pedro Almodóvar con Penélope Cruz", 5))[0] == 5
    assert ids(index.search("volver", 5))[0] == 5


def test_a_match_longer_than_what_is_shown_is_cut() -> None:
    movies = movies_frame(movie(1, "Halves", overview="½" * 170))
    texts = (movies, cast_frame(), directors_frame())
    index = LexicalIndex(open_index(build_search_index(*texts)), search_texts(*texts))
    for typed in ("1", "½½½", "halves"):
        for hit in index.search(typed, 5).items:
            assert len(hit.highlights.get("overview", "")) <= 170
