"""The movies of a release in every order: one, some by id, pages of those that pass filters."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, get_args

import msgspec
import polars as pl

from services.queries.cursors import SortValue, read_cursor, write_cursor
from services.queries.plans.sort_values import sort_values
from shared.contracts.filters import NO_FILTERS, Filters
from shared.contracts.movies import (
    DEFAULT_FIELDS,
    Listing,
    LookupResponse,
    Movie,
    MovieField,
    MovieItem,
    MoviePage,
    MovieSort,
    Order,
)
from shared.errors import MovieNotFoundError
from shared.filters import FilterTable

SORTS: Final[tuple[MovieSort, ...]] = get_args(MovieSort)
ORDERS: Final[tuple[Order, ...]] = get_args(Order)


class Shelf:
    """Immutable; the orders are prepared, so that a page costs a filter and a slice."""

    def __init__(self, details: pl.DataFrame, titles: pl.DataFrame, filters: FilterTable) -> None:
        """Take the movies in the form of `Movie`, the title table and the filters.

        Details and filters have the same order.
        """
        self._details = details
        self._filters = filters
        self._rows = {movie_id: row for row, movie_id in enumerate(details["id"])}
        self._values = sort_values(details.lazy(), titles.lazy()).collect()
        self._orders = {
            (sort, order): self._order(sort, order) for sort in SORTS for order in ORDERS
        }

    def __len__(self) -> int:
        """Return the number of movies."""
        return len(self._rows)

    def movie(self, movie_id: int) -> Movie:
        """Look one movie up.

        Raises:
            MovieNotFoundError: no movie has this id.
        """
        row = self._rows.get(movie_id)
        if row is None:
            raise MovieNotFoundError(f"There is no movie with id {movie_id}.")
        return msgspec.convert(self._details.row(row, named=True), Movie)

    def lookup(self, ids: Sequence[int], fields: Sequence[MovieField]) -> LookupResponse:
        """The movies of some ids, each once and in their order."""
        asked = list(dict.fromkeys(ids))
        rows = [self._rows[each] for each in asked if each in self._rows]
        missing = [each for each in asked if each not in self._rows]
        return LookupResponse(
            items=self._items(rows, list(dict.fromkeys(fields or DEFAULT_FIELDS))), missing=missing
        )

    def page(self, filters: Filters, listing: Listing) -> MoviePage:
        """A page of the movies that pass the filters, in the order asked for; ties by id.

        Movies without the figure come last in either order.

        Raises:
            InvalidRequestError: a filter names what does not exist.
            InvalidCursorError: the cursor is none of a list in this order.
        """
        rows = self._orders[listing.sort, listing.order]
        if filters != NO_FILTERS:
            rows = rows.filter(self._filters.allowed(filters).gather(rows))
        start = self._start(rows, filters, listing)
        shown = rows[start : start + listing.limit].to_list()
        is_last = start + listing.limit >= len(rows)
        return MoviePage(
            items=self._items(shown, listing.fields),
            total=len(rows),
            next_cursor=None if is_last else self._cursor(filters, listing, shown[-1]),
        )

    def dates(self, filters: Filters) -> pl.Series:
        """Release dates of the movies that pass the filters.

        Raises:
            InvalidRequestError: a filter names what does not exist.
        """
        return self._details["release_date"].filter(self._filters.allowed(filters))

    def _start(self, rows: pl.Series, filters: Filters, listing: Listing) -> int:
        """Place of the first row past the cursor."""
        if listing.cursor is None:
            return 0
        value, movie_id = read_cursor(listing.cursor, listing, filters)
        values, ids = self._values[listing.sort], self._values["id"]

        def is_past(place: int) -> bool:
            row = rows[place]
            found = (values[row], ids[row])
            return _comes_after(found, (value, movie_id), is_rising=listing.order == "asc")

        return bisect_left(range(len(rows)), True, key=is_past)  # noqa: FBT003  # what is sought

    def _cursor(self, filters: Filters, listing: Listing, row: int) -> str:
        value = self._values[listing.sort][row]
        return write_cursor(listing, filters, value, self._values["id"][row])

    def _items(self, rows: Sequence[int], fields: Sequence[MovieField]) -> list[MovieItem]:
        """Some movies with the chosen fields."""
        chosen = self._details.select(fields)[list(rows)]
        return msgspec.convert(chosen.to_dicts(), list[MovieItem])

    def _order(self, sort: MovieSort, order: Order) -> pl.Series:
        """Rows in one order."""
        keys = self._values.with_row_index("row")
        is_falling = [order == "desc", False]
        return keys.sort(pl.col(sort), "id", descending=is_falling, nulls_last=True)["row"]


def _comes_after(
    found: tuple[SortValue, int], last: tuple[SortValue, int], *, is_rising: bool
) -> bool:
    """Whether a movie comes after the last one of a page: by figure, none last, then by id."""
    (value, movie_id), (last_value, last_id) = found, last
    if value == last_value:
        return movie_id > last_id
    if value is None or last_value is None:
        return value is None
    # Of one column, so of one type.
    return bool(value > last_value) == is_rising  # type: ignore[operator]
