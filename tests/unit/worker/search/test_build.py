"""Building the lexical index."""

import polars as pl
import pytest

from shared.search_index import ROW_FIELD, open_index
from shared.search_texts import BILLED, search_texts
from tests.factories import cast_frame, directors_frame, movie, movies_frame, small_catalogue
from worker.search.build import build_search_index


def test_the_same_tables_give_the_same_bytes() -> None:
    assert build_search_index(*small_catalogue()) == build_search_index(*small_catalogue())


def test_other_tables_give_other_bytes() -> None:
    other = small_catalogue(["Heat"])
    assert build_search_index(*small_catalogue()) != build_search_index(*other)


def test_it_is_one_segment_with_the_rows_of_the_movies() -> None:
    index = open_index(build_search_index(*small_catalogue()))
    searcher = index.searcher()
    assert searcher.num_segments == 1
    found = searcher.search(index.parse_query("*"), 100)
    rows = searcher.fast_field_values(ROW_FIELD, [place for _, place in found.hits])
    assert sorted(int(row) for row in rows if row is not None) == list(range(12))


def test_overviews_are_indexed_but_not_kept() -> None:
    word = "incomprehensibilities"
    movies = movies_frame(*(movie(each, "Film", overview=f"{word} " * 200) for each in range(9)))
    data = build_search_index(movies, cast_frame(), directors_frame())
    assert open_index(data).searcher().doc_freq("overview", "incomprehens") == 9
    assert len(data) < 9 * 200 * len(word) / 4


def test_texts_are_those_of_the_movie_in_order() -> None:
    movies = movies_frame(
        movie(5, "B", keywords=[{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]),
        movie(3, "A", belongs_to_collection=[{"id": 9, "name": "As"}]),
    )
    cast = cast_frame((5, 1, "Ann"), (5, 2, "Bob"))
    texts = search_texts(movies, cast, directors_frame((5, 2, "Bob")))
    assert texts["id"].to_list() == [5, 3]
    assert texts["people"].to_list() == [["Bob", "Ann"], None]
    assert texts["keywords"].to_list() == [["one", "two"], []]
    assert texts["collection"].to_list() == [[], ["As"]]


@pytest.mark.parametrize(("place", "is_searched"), [(BILLED - 1, True), (BILLED, False)])
def test_people_are_searched_down_to_the_tenth(place: int, is_searched: bool) -> None:  # noqa: FBT001  # a case
    cast = cast_frame(*((1, each, f"Actor {each}") for each in range(BILLED + 1)))
    texts = search_texts(movies_frame(movie(1, "A")), cast, directors_frame())
    assert (f"Actor {place}" in texts["people"][0]) == is_searched


def test_a_catalogue_without_credits_is_indexed() -> None:
    movies = movies_frame(movie(1, "A", overview=None))
    empty = pl.DataFrame(schema=cast_frame().schema)
    data = build_search_index(movies, empty, directors_frame())
    assert open_index(data).searcher().num_docs == 1
