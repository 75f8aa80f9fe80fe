"""Title resolution."""

import polars as pl
import pytest

from shared.errors import TitleNotFoundError
from shared.titles import SCHEMA, TitleTable, title_frame


def frame() -> pl.DataFrame:
    movies = pl.DataFrame(
        [
            (1, "Toy Story", 1995, 5415),
            (2, "Cinderella", 1950, 1760),
            (3, "CINDERELLA", 2015, 2374),
            (4, "Cinderèlla", 1899, 1760),
            (5, "Toy Story 2", 1999, 3914),
        ],
        schema=["id", "title", "release_year", "vote_count"],
        orient="row",
    )
    return title_frame(movies)


def test_the_table_is_by_key_then_most_voted_then_id() -> None:
    table = frame()
    assert table.schema == SCHEMA
    assert table["movie_id"].to_list() == [3, 2, 4, 1, 5]


def test_of_several_movies_the_most_voted_answers_and_the_others_are_named() -> None:
    found = TitleTable.from_frame(frame()).resolve(" cinderélla ")
    assert found.movie.movie_id == 3
    assert [movie.movie_id for movie in found.others] == [2, 4]


def test_an_unknown_title_comes_with_suggestions() -> None:
    with pytest.raises(TitleNotFoundError) as raised:
        TitleTable.from_frame(frame()).resolve("Toy Storry")
    assert raised.value.details["suggestions"] == ["Toy Story", "Toy Story 2"]
    assert "«Toy Storry»" in raised.value.message


def test_nothing_near_means_no_suggestion() -> None:
    assert TitleTable.from_frame(frame()).suggest("zzzzqqqq") == []


def test_a_movie_is_found_by_id() -> None:
    table = TitleTable.from_frame(frame())
    assert len(table) == 5
    assert table.movie(5) is not None
    assert table.movie(99) is None


def test_titles_that_hold_what_was_typed_are_suggested_first() -> None:
    rows = [
        (
            "the lord of the rings: the two towers",
            2,
            "The Lord of the Rings: The Two Towers",
            2002,
            9,
        ),
        ("lord of the kings", 3, "Lord of the Kings", 2001, 99),
        ("the lord of the rings: the return", 1, "The Lord of the Rings: The Return", 2003, 10),
    ]
    assert TitleTable(rows).suggest("Lord of the Rings") == [
        "The Lord of the Rings: The Return",
        "The Lord of the Rings: The Two Towers",
        "Lord of the Kings",
    ]


def test_movies_are_listed_most_voted_first_then_by_id() -> None:
    movies = TitleTable.from_frame(frame()).by_votes()
    assert [movie.movie_id for movie in movies] == [1, 5, 3, 2, 4]
