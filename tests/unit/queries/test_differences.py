"""What changed between two releases, on tables made by hand."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.queries.differences import (
    LISTED,
    Sides,
    compare_movies,
    compare_neighbours,
    unmoved,
)
from shared.contracts.differences import MovieChange, MovieName, NeighbourMovement
from tests.factories import cast_frame, movie, movies_frame

NAN = float("nan")
# Columns where both a value and nothing may stand, with values that all differ.
CELLS: dict[str, list[Any]] = {
    "title": ["Heat", "heat"],
    "release_date": [dt.date(2000, 1, 3), dt.date(2000, 1, 4)],
    "overview": [None, "", "A text."],
    "runtime": [None, NAN, 0.0, 95.0],
    "vote_count": [0, 7],
    "genres": [
        None,
        [],
        [{"id": 1, "name": "Drama"}],
        [{"id": 1, "name": None}],
        [{"id": 1, "name": "Drama"}, {"id": 2, "name": "Comedy"}],
        [{"id": 2, "name": "Comedy"}, {"id": 1, "name": "Drama"}],
    ],
}


def film(movie_id: int, title: str, **columns: object) -> dict[str, object]:
    """A movie whose other columns do not depend on its title."""
    return movie(movie_id, title, **({"overview": "About it."} | columns))


def one_film(column: str, value: object) -> dict[str, object]:
    return film(1, "Heat") | {column: value}


def sides(before: list[dict[str, object]], after: list[dict[str, object]]) -> Sides:
    return Sides(movies_frame(*before), movies_frame(*after))


def neighbours(table: dict[int, list[int]]) -> pl.DataFrame:
    return pl.DataFrame(
        {"movie_id": list(table), "neighbour_ids": list(table.values())},
        schema={"movie_id": pl.Int64, "neighbour_ids": pl.List(pl.Int64)},
    )


def test_movies_are_added_removed_and_changed() -> None:
    found = compare_movies(
        sides(
            [film(1, "Gone"), film(2, "Kept"), film(3, "Old name"), film(4, "Same")],
            [film(4, "Same"), film(3, "New name", budget=5), film(2, "Kept"), film(9, "New")],
        ),
        {},
    )
    assert (found.added, found.removed, found.changed) == (1, 1, 1)
    assert found.added_movies == [MovieName(id=9, title="New")]
    assert found.removed_movies == [MovieName(id=1, title="Gone")]
    assert found.changed_movies == [
        MovieChange(id=3, title="New name", columns=["title", "budget"])
    ]
    assert found.changed_columns == {"title": 1, "budget": 1}


@pytest.mark.parametrize("column", CELLS)
def test_each_value_of_a_column_equals_itself_and_no_other(column: str) -> None:
    values = CELLS[column]
    for one, before in enumerate(values):
        for other, after in enumerate(values):
            both = sides([one_film(column, before)], [one_film(column, after)])
            expected = {} if one == other else {column: 1}
            assert compare_movies(both, {}).changed_columns == expected, (before, after)


def test_a_table_is_the_same_in_another_order() -> None:
    rows = [film(place, f"Movie {place}", runtime=NAN) for place in range(1, 30)]
    found = compare_movies(sides(rows, rows[::-1]), {})
    assert found == (0, 0, 0, {}, [], [], [])


def test_lists_have_the_best_known_first_and_an_end() -> None:
    rows = [film(place, f"M{place}", vote_count=place % 60) for place in range(1, LISTED + 21)]
    found = compare_movies(sides([], rows), {})
    assert (found.added, len(found.added_movies)) == (LISTED + 20, LISTED)
    assert [each.id for each in found.added_movies[:4]] == [59, 119, 58, 118]


@pytest.mark.parametrize("rows", [LISTED - 1, LISTED, LISTED + 1])
def test_all_are_counted_however_many_are_listed(rows: int) -> None:
    before = [film(place, "Old", vote_count=place) for place in range(1, rows + 1)]
    after = [film(place, "New", vote_count=place) for place in range(1, rows + 1)]
    found = compare_movies(sides(before, after), {})
    assert (found.changed, found.changed_columns) == (rows, {"title": rows})
    assert [each.id for each in found.changed_movies] == list(range(rows, 0, -1))[:LISTED]


def test_credits_count_as_a_column_of_their_film() -> None:
    movies = movies_frame(*(film(place, f"M{place}") for place in range(1, 6)))
    before = cast_frame((1, 10, "A"), (2, 10, "A"), (3, 10, "A"), (4, 10, "A"), (4, 11, "B"))
    after = cast_frame((1, 10, "A"), (2, 12, "C"), (4, 11, "B"), (4, 10, "A"), (5, 10, "A"))
    found = compare_movies(Sides(movies, movies), {"cast": Sides(before, after)})
    # 2 another person, 3 lost and 5 got its only one, 4 has them in another order of billing.
    assert [each.id for each in found.changed_movies] == [2, 3, 4, 5]
    assert found.changed_columns == {"cast": 4}


def test_credits_are_the_same_in_another_order_of_rows_and_with_nothing_in_them() -> None:
    movies = movies_frame(film(1, "M"))
    before = cast_frame((1, 10, "A"), (1, 11, "B")).with_columns(character=pl.lit(None, pl.String))
    found = compare_movies(Sides(movies, movies), {"cast": Sides(before, before.reverse())})
    assert found.changed == 0


def test_a_credit_that_stands_twice_is_not_the_same_as_once() -> None:
    movies = movies_frame(film(1, "M"))
    once = cast_frame((1, 10, "A"))
    found = compare_movies(Sides(movies, movies), {"cast": Sides(once, pl.concat([once, once]))})
    assert found.changed_columns == {"cast": 1}


def test_credits_of_added_and_removed_movies_change_nothing() -> None:
    found = compare_movies(
        sides([film(1, "Gone"), film(2, "Same")], [film(2, "Same"), film(3, "New")]),
        {"cast": Sides(cast_frame((1, 10, "A")), cast_frame((3, 10, "A")))},
    )
    assert (found.added, found.removed, found.changed) == (1, 1, 0)


def test_columns_come_in_the_order_of_the_table_then_the_credits() -> None:
    both = sides([film(1, "A", revenue=1)], [film(1, "B", revenue=2)])
    credited = {
        "cast": Sides(cast_frame((1, 10, "A")), cast_frame()),
        "directors": Sides(cast_frame((1, 10, "A")), cast_frame()),
    }
    (change,) = compare_movies(both, credited).changed_movies
    assert change.columns == ["title", "revenue", "cast", "directors"]


def test_a_column_that_one_has_or_that_has_another_type_differs_everywhere() -> None:
    before = movies_frame(film(1, "A"), film(2, "B"))
    after = before.drop("keywords").with_columns(
        pl.col("release_year").cast(pl.Int64), extra=pl.lit(1)
    )
    found = compare_movies(Sides(before, after), {})
    assert found.changed_columns == {"release_year": 2, "extra": 2, "keywords": 2}
    narrow = cast_frame((1, 10, "A")).drop("order")
    credited = {"cast": Sides(narrow, cast_frame((1, 10, "A")))}
    assert compare_movies(Sides(before, before), credited).changed_columns == {"cast": 1}


def test_neighbours_kept_and_the_same() -> None:
    before = neighbours({1: [2, 3, 4, 5], 2: [1, 3], 3: [1], 4: []})
    after = neighbours({1: [2, 4, 3, 9], 2: [1, 3], 4: [1], 5: [1]})
    # 1 keeps three of four, 2 all, 4 had none; 3 and 5 are in one only.
    assert compare_neighbours(Sides(before, after)) == NeighbourMovement(
        movies=3, same=0.3333, kept=0.875
    )


def test_only_the_first_ten_neighbours_count() -> None:
    before = neighbours({1: list(range(2, 52))})
    after = neighbours({1: [*range(2, 12), *range(60, 100)]})
    assert compare_neighbours(Sides(before, after)) == NeighbourMovement(
        movies=1, same=1.0, kept=1.0
    )


def test_no_movie_in_common_has_no_share() -> None:
    found = compare_neighbours(Sides(neighbours({1: [2]}), neighbours({3: [4]})))
    assert found == NeighbourMovement(movies=0, same=None, kept=None)
    assert unmoved(0) == found
    assert unmoved(2) == NeighbourMovement(movies=2, same=1.0, kept=1.0)


IDS = st.lists(st.integers(1, 9), unique=True)
TABLES = st.dictionaries(st.integers(1, 9), IDS, max_size=6)


@given(TABLES, TABLES)
@settings(max_examples=50, deadline=None)
def test_neighbours_move_as_a_plain_loop_says(
    old: dict[int, list[int]], new: dict[int, list[int]]
) -> None:
    both = sorted(old.keys() & new.keys())
    shares = [len(set(old[each]) & set(new[each])) / len(old[each]) for each in both if old[each]]
    found = compare_neighbours(Sides(neighbours(old), neighbours(new)))
    assert found.movies == len(both)
    assert found.same == (
        round(sum(old[each] == new[each] for each in both) / len(both), 4) if both else None
    )
    assert found.kept == (pytest.approx(sum(shares) / len(shares), abs=1e-4) if shares else None)
