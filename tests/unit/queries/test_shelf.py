"""Pages against plain Python over the clean tables."""

import datetime as dt
from functools import cache

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.queries.plans.movie_details import movie_details
from services.queries.shelf import ORDERS, SORTS, Shelf
from shared.contracts.filters import Filters
from shared.contracts.movies import (
    DEFAULT_FIELDS,
    Listing,
    Movie,
    MovieItem,
    MovieSort,
    Order,
)
from shared.errors import InvalidCursorError, MovieNotFoundError
from shared.filters import FilterTable, filter_frame
from shared.titles import title_frame
from tests.factories import cast_frame, directors_frame, movie, movies_frame, varied_catalogue

COLUMNS: dict[MovieSort, str] = {
    "average": "vote_average",
    "budget": "budget",
    "date": "release_date",
    "id": "id",
    "popularity": "popularity",
    "return": "return",
    "revenue": "revenue",
    "runtime": "runtime",
    "title": "title",
    "votes": "vote_count",
    "year": "release_year",
}
UNKNOWN_AT_ZERO = {"budget", "revenue", "return", "runtime"}


def shelf_of(movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame) -> Shelf:
    details = movie_details(movies.lazy(), cast.lazy(), directors.lazy()).collect()
    return Shelf(details, title_frame(movies), FilterTable(filter_frame(movies, cast, directors)))


@cache
def varied() -> tuple[pl.DataFrame, Shelf]:
    tables = varied_catalogue()
    return tables[0], shelf_of(*tables)


def expected_ids(movies: pl.DataFrame, sort: MovieSort, order: Order) -> list[int]:
    figure = pl.col(COLUMNS[sort])
    if sort == "average":
        figure = pl.when(pl.col("vote_count") > 0).then(figure)
    rows = movies.select(figure.alias("figure"), pl.col("id")).rows()
    if sort in UNKNOWN_AT_ZERO:
        rows = [(figure or None, movie_id) for figure, movie_id in rows]
    if sort == "title":
        rows = [(figure.lower(), movie_id) for figure, movie_id in rows]
    known = sorted((row for row in rows if row[0] is not None), key=lambda row: row[1])
    known.sort(key=lambda row: row[0], reverse=order == "desc")
    unknown = sorted(movie_id for figure, movie_id in rows if figure is None)
    return [movie_id for _, movie_id in known] + unknown


def walk(shelf: Shelf, filters: Filters, listing: Listing) -> list[int]:
    """The ids of every page."""
    ids: list[int] = []
    while True:
        page = shelf.page(filters, listing)
        ids += [item.id for item in page.items if isinstance(item.id, int)]
        if page.next_cursor is None:
            return ids
        assert len(page.items) == listing.limit
        listing = msgspec.structs.replace(listing, cursor=page.next_cursor)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("sort", SORTS)
def test_pages_in_every_order_hold_every_movie_once(sort: MovieSort, order: Order) -> None:
    movies, shelf = varied()
    listing = Listing(sort=sort, order=order, limit=7, fields=("id",))
    assert walk(shelf, Filters(), listing) == expected_ids(movies, sort, order)


@settings(max_examples=30, deadline=None)
@given(
    sort=st.sampled_from(SORTS),
    order=st.sampled_from(ORDERS),
    limit=st.integers(1, 40),
    year=st.integers(1915, 2018),
    genre=st.sampled_from(["Drama", "Horror"]),
)
def test_filtered_pages_are_the_filtered_order(
    sort: MovieSort, order: Order, limit: int, year: int, genre: str
) -> None:
    movies, shelf = varied()
    names = pl.col("genres").list.eval(pl.element().struct.field("name"))
    passing = movies.filter(pl.col("release_year") >= year, names.list.contains(genre))
    filters = Filters(year_min=year, genres_any=[genre])
    listing = Listing(sort=sort, order=order, limit=limit, fields=("id",))
    assert walk(shelf, filters, listing) == expected_ids(passing, sort, order)
    assert shelf.page(filters, listing).total == passing.height


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("sort", SORTS)
def test_paging_goes_on_where_it_was_after_the_last_movie_is_gone(
    sort: MovieSort, order: Order
) -> None:
    movies, cast, directors = varied_catalogue()
    listing = Listing(sort=sort, order=order, limit=10, fields=("id",))
    page = varied()[1].page(Filters(), listing)
    last = page.items[-1].id
    later = shelf_of(movies.filter(pl.col("id") != last), cast, directors)
    rest = walk(later, Filters(), msgspec.structs.replace(listing, cursor=page.next_cursor))
    assert rest == expected_ids(movies, sort, order)[10:]


def test_only_the_chosen_fields_are_there() -> None:
    _, shelf = varied()
    page = shelf.page(Filters(), Listing(limit=1, fields=("title", "cast")))
    [item] = msgspec.to_builtins(page.items)
    assert item.keys() == {"title", "cast"}
    [item] = msgspec.to_builtins(shelf.page(Filters(), Listing(limit=1)).items)
    assert item.keys() == set(DEFAULT_FIELDS)


def test_a_movie_in_part_has_the_fields_of_a_whole_one() -> None:
    whole = [field.name for field in msgspec.structs.fields(Movie)]
    assert [field.name for field in msgspec.structs.fields(MovieItem)] == whole


def test_movies_by_id_come_in_the_order_asked_each_once() -> None:
    _, shelf = varied()
    found = shelf.lookup([5, 999, 3, 5, 998], ["id"])
    assert [item.id for item in found.items] == [5, 3]
    assert found.missing == [999, 998]
    assert shelf.lookup([999], []).items == []


def test_a_movie_is_found_by_id() -> None:
    movies, shelf = varied()
    assert shelf.movie(7).title == movies.filter(id=7)["title"].item()
    with pytest.raises(MovieNotFoundError, match="no movie with id 999"):
        shelf.movie(999)


def test_titles_are_sorted_without_case_and_accents() -> None:
    rows = [movie(n, title) for n, title in enumerate(["Zulu", "élan", "Alien", "ELAN"], start=1)]
    shelf = shelf_of(movies_frame(*rows), cast_frame(), directors_frame())
    page = shelf.page(Filters(), Listing(sort="title", order="asc"))
    assert [item.title for item in page.items] == ["Alien", "élan", "ELAN", "Zulu"]


@pytest.mark.parametrize("text", ["x", "%%%", "bm9wZQ", "e30", "W10", "é", ""])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursorError, match="not one that a page ended with"):
        varied()[1].page(Filters(), Listing(cursor=text))


def test_a_cursor_of_another_order_is_refused() -> None:
    _, shelf = varied()
    cursor = shelf.page(Filters(), Listing(sort="date")).next_cursor
    with pytest.raises(InvalidCursorError, match="sorted by date desc, not by votes desc"):
        shelf.page(Filters(), Listing(cursor=cursor))
    with pytest.raises(InvalidCursorError, match="not by date asc"):
        shelf.page(Filters(), Listing(sort="date", order="asc", cursor=cursor))


def test_a_cursor_of_other_filters_is_refused() -> None:
    _, shelf = varied()
    cursor = shelf.page(Filters(year_min=1950), Listing()).next_cursor
    with pytest.raises(InvalidCursorError, match="other filters"):
        shelf.page(Filters(year_min=1951), Listing(cursor=cursor))
    assert shelf.page(Filters(year_min=1950), Listing(cursor=cursor)).items


def test_a_list_that_nothing_passes_is_empty() -> None:
    page = varied()[1].page(Filters(year_max=1850), Listing())
    assert (page.items, page.total, page.next_cursor) == ([], 0, None)


def test_dates_are_those_of_the_movies_that_pass() -> None:
    movies, shelf = varied()
    expected = movies.filter(pl.col("release_date") >= dt.date(1990, 1, 1))["release_date"]
    assert shelf.dates(Filters(year_min=1990)).to_list() == expected.to_list()
