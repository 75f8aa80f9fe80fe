"""What a column's profile says of it."""

from datetime import date

import polars as pl

from shared.contracts.eda import ColumnProfile, ValueCount
from tests.unit.worker.eda.frames import cast, directors, genres, movie, movies
from worker.eda.profiles import profile_columns
from worker.etl.schemas import MOVIES


def profile(table: pl.DataFrame, column: str, people: pl.DataFrame | None = None) -> ColumnProfile:
    """The profile of one column."""
    found = profile_columns(table, cast() if people is None else people, directors())
    return next(one for one in found if one.column == column)


def test_every_clean_column_and_the_people_have_a_profile() -> None:
    names = [one.column for one in profile_columns(movies(movie()), cast(), directors())]
    assert names == [*MOVIES, "cast", "directors"]


def test_zero_money_and_blank_text_count_as_missing() -> None:
    table = movies(
        movie(1, budget=5, overview="  "), movie(2, overview="Yes"), movie(3, runtime=0.0)
    )
    budget, overview = profile(table, "budget"), profile(table, "overview")
    assert (budget.filled, budget.missing, budget.completeness) == (1, 2, 1 / 3)
    assert (overview.filled, overview.distinct) == (1, 1)
    assert profile(table, "runtime").filled == 0


def test_an_average_without_votes_is_unknown() -> None:
    table = movies(
        movie(1, vote_average=8.0, vote_count=0), movie(2, vote_average=6.0, vote_count=1)
    )
    assert profile(table, "vote_average").quantiles["max"] == 6
    assert profile(table, "vote_count").filled == 2


def test_quantiles_lie_on_the_line_between_values() -> None:
    found = profile(movies(*(movie(n, runtime=float(n)) for n in (10, 20, 30, 40))), "runtime")
    assert found.quantiles["p25"] == 17.5
    assert found.quantiles["p50"] == 25
    assert found.mean == 25


def test_dates_have_quantiles_in_years() -> None:
    table = movies(
        movie(1, release_date=date(2001, 1, 1)), movie(2, release_date=date(2004, 7, 1))
    )
    found = profile(table, "release_date")
    assert found.kind == "date"
    assert found.quantiles["min"] == 2001
    assert found.quantiles["max"] == 2004 + 182 / 366


def test_the_members_of_lists_are_counted_once_a_movie() -> None:
    table = movies(
        movie(1, genres=genres("Drama", "Drama", "War")), movie(2, genres=genres("War"))
    )
    found = profile(table, "genres")
    assert found.top == [ValueCount(value="War", count=2), ValueCount(value="Drama", count=1)]
    assert (found.kind, found.filled, found.distinct) == ("list", 2, 2)


def test_namesakes_in_a_cast_are_apart() -> None:
    people = cast((1, 7), (1, 8), (2, 7), (99, 7)).with_columns(name=pl.lit("Same"))
    found = profile(movies(movie(1), movie(2), movie(3)), "cast", people)
    assert (found.filled, found.distinct) == (2, 2)
    assert [one.count for one in found.top] == [2, 1]


def test_values_that_all_differ_have_no_top() -> None:
    table = movies(*(movie(n) for n in range(1, 13)))
    assert profile(table, "id").top == []
    assert profile(table, "release_year").top == [ValueCount(value="1995", count=12)]


def test_whole_numbers_have_no_decimals_and_long_texts_are_cut() -> None:
    table = movies(movie(1, runtime=90.0, overview="x" * 200))
    assert profile(table, "runtime").top[0].value == "90"
    assert profile(table, "overview").top[0].value == "x" * 79 + "…"


def test_a_text_keeps_its_decimals_and_a_whole_number_has_none() -> None:
    table = movies(*(movie(n, tagline="Web 2.0", runtime=90.0) for n in (1, 2)))
    found = {one.column: one for one in profile_columns(table, cast(), directors())}
    assert found["tagline"].top[0].value == "Web 2.0"
    assert found["runtime"].top[0].value == "90"


def test_a_rating_or_popularity_of_0_is_unknown() -> None:
    rows = [movie(n, vote_count=500, vote_average=8.0 * (n % 2)) for n in range(1, 11)]
    found = {one.column: one for one in profile_columns(movies(*rows), cast(), directors())}
    assert (found["vote_average"].filled, found["vote_average"].mean) == (5, 8.0)
    assert found["popularity"].filled == 0
