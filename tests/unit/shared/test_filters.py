"""Filters against plain Polars over the clean movies."""

import datetime as dt

import polars as pl
import pytest

from shared.contracts.filters import Filters
from shared.errors import InvalidRequestError
from shared.filters import FilterTable, filter_frame
from tests.factories import (
    cast_frame,
    directors_frame,
    movie,
    movies_frame,
    varied_catalogue,
)
from tests.unit.shared.ranking.releases import small_release

NAMES = pl.col("genres").list.eval(pl.element().struct.field("name"))
COUNTRIES = pl.col("production_countries").list.eval(pl.element().struct.field("iso_3166_1"))
FIRMS = pl.col("production_companies").list.eval(pl.element().struct.field("id"))
VOTED = pl.col("vote_count") > 0
SAGAS = pl.col("belongs_to_collection").list.eval(pl.element().struct.field("id"))


@pytest.mark.parametrize(
    ("filters", "condition"),
    [
        (Filters(), pl.lit(value=True)),
        (
            Filters(genres_any=["Drama", "HORROR"]),
            NAMES.list.contains("Drama") | NAMES.list.contains("Horror"),
        ),
        (
            Filters(genres_all=["dráma", "comedy"]),
            NAMES.list.contains("Drama") & NAMES.list.contains("Comedy"),
        ),
        (
            Filters(genres_none=["Drama", "Comedy"]),
            ~(NAMES.list.contains("Drama") | NAMES.list.contains("Comedy")),
        ),
        (Filters(year_min=1960), pl.col("release_year") >= 1960),
        (Filters(year_max=1960), pl.col("release_year") <= 1960),
        (Filters(languages=["ES", "fr"]), pl.col("original_language").is_in(["es", "fr"])),
        (
            Filters(countries=["es", " FR"]),
            COUNTRIES.list.contains("ES") | COUNTRIES.list.contains("FR"),
        ),
        (Filters(runtime_min=95), pl.col("runtime") >= 95),
        (Filters(runtime_max=95), pl.col("runtime") <= 95),
        (Filters(date_min=dt.date(1960, 1, 3)), pl.col("release_date") >= dt.date(1960, 1, 3)),
        (Filters(date_max=dt.date(1960, 1, 2)), pl.col("release_date") <= dt.date(1960, 1, 2)),
        (Filters(votes_min=2000), pl.col("vote_count") >= 2000),
        (Filters(votes_max=2000), pl.col("vote_count") <= 2000),
        (Filters(average_max=7.0), VOTED & (pl.col("vote_average") <= 7)),
        (Filters(budget_min=1), pl.col("budget") >= 1),
        (Filters(budget_max=3000), pl.col("budget").is_between(1, 3000)),
        (Filters(revenue_min=5000), pl.col("revenue") >= 5000),
        (Filters(revenue_max=5000), pl.col("revenue").is_between(1, 5000)),
        (Filters(return_min=2), pl.col("return") >= 2),
        (Filters(return_max=2), pl.col("return").is_between(1e-9, 2)),
        (Filters(companies=[3, 4]), FIRMS.list.contains(3) | FIRMS.list.contains(4)),
        (Filters(average_min=7.0), VOTED & (pl.col("vote_average") >= 7)),
        (Filters(collections=[1, 99]), SAGAS.list.contains(1)),
        (Filters(exclude=[1, 2, 999]), ~pl.col("id").is_in([1, 2])),
        (Filters(languages=["xx"]), pl.lit(value=False)),
        (
            Filters(genres_any=["Action"], languages=["en"], year_min=1950, votes_min=10),
            NAMES.list.contains("Action")
            & (pl.col("original_language") == "en")
            & (pl.col("release_year") >= 1950)
            & (pl.col("vote_count") >= 10),
        ),
    ],
)
def test_a_filter_allows_what_the_tables_say(filters: Filters, condition: pl.Expr) -> None:
    small = small_release()
    expected = small.movies.select(condition.fill_null(value=False).alias("is_in"))
    allowed = small.filters.allowed(filters)
    wanted = expected["is_in"]
    if len(wanted) == 1:
        wanted = pl.repeat(wanted[0], len(allowed), eager=True)
    assert allowed.to_list() == wanted.to_list()


def test_an_unknown_genre_names_the_nearest() -> None:
    with pytest.raises(
        InvalidRequestError, match=r"no genre 'Dramma'\. Did you mean Drama"
    ) as info:
        small_release().filters.allowed(Filters(genres_none=["Dramma"]))
    assert info.value.details["suggestions"] == ["Drama"]


@pytest.mark.parametrize(
    "filters", [Filters(year_min=2000, year_max=1999), Filters(runtime_min=90.5, runtime_max=90)]
)
def test_a_range_that_ends_before_it_begins_is_refused(filters: Filters) -> None:
    with pytest.raises(InvalidRequestError, match="is larger than"):
        small_release().filters.allowed(filters)


def test_a_range_of_one_year_is_a_range() -> None:
    allowed = small_release().filters.allowed(Filters(year_min=1990, year_max=1990))
    assert allowed.sum() == small_release().movies.filter(release_year=1990).height


@pytest.mark.parametrize("name", ["Western", "Bélica", "terror "])
def test_a_known_genre_goes_by_both_languages_and_may_be_missing(name: str) -> None:
    small = small_release()
    allowed = small.filters.allowed(Filters(genres_any=[name.strip()]))
    horror = small.movies.filter(NAMES.list.contains("Horror")).height
    assert allowed.sum() == (horror if "terror" in name else 0)
    assert small.filters.allowed(Filters(genres_none=["Western"])).all()


@pytest.mark.parametrize(
    "filters",
    [Filters(languages=["english"]), Filters(countries=["USA"]), Filters(languages=["ñu"])],
)
def test_what_is_no_code_is_refused(filters: Filters) -> None:
    with pytest.raises(InvalidRequestError, match="no code of two letters"):
        small_release().filters.allowed(filters)


def test_a_genre_like_none_names_all() -> None:
    with pytest.raises(InvalidRequestError, match="Known: Action, Comedy, Drama, Horror"):
        small_release().filters.allowed(Filters(genres_any=["zzzz"]))


def test_people_are_found_by_id_whether_they_act_or_direct() -> None:
    movies, cast, directors = varied_catalogue()
    table = FilterTable(filter_frame(movies, cast, directors))
    for person in (103, 205):
        credited = pl.concat(
            [each.filter(person_id=person)["movie_id"] for each in (cast, directors)]
        )
        allowed = movies["id"].filter(table.allowed(Filters(people=[person, 999])))
        assert allowed.to_list() == sorted(set(credited.to_list()))
        assert len(allowed) > 3


def test_two_spellings_of_a_genre_are_one() -> None:
    rows = [
        movie(1, "One", genres=[{"id": 1, "name": "Sci-Fi"}]),
        movie(2, "Two", genres=[{"id": 2, "name": "sci-fi"}]),
        movie(3, "Three", genres=[{"id": 3, "name": "Drama"}]),
    ]
    table = FilterTable(filter_frame(movies_frame(*rows), cast_frame(), directors_frame()))
    assert table.allowed(Filters(genres_any=["SCI-FI"])).to_list() == [True, True, False]
    assert table.allowed(Filters(genres_none=["sci-fi"])).to_list() == [False, False, True]
    assert len(table.genres) == 2


def test_an_average_of_no_votes_is_none() -> None:
    rows = [movie(1, "Unseen", vote_average=0.0, vote_count=0), movie(2, "Bad", vote_average=0.5)]
    table = FilterTable(filter_frame(movies_frame(*rows), cast_frame(), directors_frame()))
    assert table.allowed(Filters(average_max=1)).to_list() == [False, True]
    assert table.allowed(Filters(average_min=0)).to_list() == [False, True]
