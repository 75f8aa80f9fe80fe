"""Cursors: where a page ended, as text that a client hands back unread.

A cursor names the last movie by the figure it is sorted by and its id, so that paging goes on at
the right place in a later release too.
"""

import base64
import binascii
import datetime as dt
import zlib
from typing import Final

import msgspec

from shared.contracts.filters import Filters
from shared.contracts.movies import Listing, MovieSort, Order
from shared.errors import InvalidCursorError

SortValue = str | int | float | dt.date | None
_TEXTS: Final = frozenset({"title"})
_DATES: Final = frozenset({"date"})
_NOT_OURS: Final = "The cursor is not one that a page ended with."


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last movie of a page."""

    sort: MovieSort
    order: Order
    question: int
    value: str | int | float | None
    movie_id: int


def question_of(filters: Filters) -> int:
    """A number for the filters of a list: another one for other filters, but by rare chance."""
    return zlib.crc32(msgspec.json.encode(filters, order="deterministic"))


def write_cursor(listing: Listing, filters: Filters, value: SortValue, movie_id: int) -> str:
    """Name the last movie of a page."""
    plain = value.isoformat() if isinstance(value, dt.date) else value
    place = Place(listing.sort, listing.order, question_of(filters), plain, movie_id)
    data = msgspec.json.encode(place)
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read_cursor(text: str, listing: Listing, filters: Filters) -> tuple[SortValue, int]:
    """Return value and id of the last movie of the page before.

    Raises:
        InvalidCursorError: it is none of ours, or one of another list.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(data, type=Place)
    except (binascii.Error, ValueError) as error:
        raise InvalidCursorError(_NOT_OURS) from error
    if (place.sort, place.order) != (listing.sort, listing.order):
        raise InvalidCursorError(
            f"The cursor is of a list sorted by {place.sort} {place.order}, "
            f"not by {listing.sort} {listing.order}: start without one.",
        )
    if place.question != question_of(filters):
        raise InvalidCursorError("The cursor is of a list with other filters: start without one.")
    return _sort_value(place), place.movie_id


def _sort_value(place: Place) -> SortValue:
    """The figure of a place in the type of its column."""
    if place.value is None:
        return None
    if isinstance(place.value, str) != (place.sort in _TEXTS | _DATES):
        raise InvalidCursorError(_NOT_OURS)
    try:
        return dt.date.fromisoformat(str(place.value)) if place.sort in _DATES else place.value
    except ValueError as error:
        raise InvalidCursorError(_NOT_OURS) from error
