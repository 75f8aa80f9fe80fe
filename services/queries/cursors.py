"""Cursors: where a page ended, as text that a client hands back unread.

A cursor names the last movie by the figure it is sorted by and its id, so that paging goes on at
the right place in a later release too.
"""

import base64
import binascii
import datetime as dt
from typing import Final

import msgspec

from shared.contracts.movies import MovieSort, Order
from shared.errors import InvalidCursorError

SortValue = str | int | float | dt.date | None
_TEXTS: Final = frozenset({"title"})
_DATES: Final = frozenset({"date"})


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last movie of a page."""

    sort: MovieSort
    order: Order
    value: str | int | float | None
    movie_id: int


def write_cursor(sort: MovieSort, order: Order, value: SortValue, movie_id: int) -> str:
    """Name the last movie of a page."""
    plain = value.isoformat() if isinstance(value, dt.date) else value
    data = msgspec.json.encode(Place(sort, order, plain, movie_id))
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read_cursor(text: str, sort: MovieSort, order: Order) -> tuple[SortValue, int]:
    """Return value and id of the last movie of the page before.

    Raises:
        InvalidCursorError: it is none of ours, or one of a list in another order.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(data, type=Place)
        value = dt.date.fromisoformat(str(place.value)) if sort in _DATES else place.value
    except (binascii.Error, ValueError) as error:
        raise InvalidCursorError("The cursor is not one that a page ended with.") from error
    if (place.sort, place.order) != (sort, order):
        raise InvalidCursorError(
            f"The cursor is of a list sorted by {place.sort} {place.order}, "
            f"not by {sort} {order}: start without one.",
        )
    if value is not None and isinstance(value, str) != (sort in _TEXTS):
        raise InvalidCursorError("The cursor is not one that a page ended with.")
    return value, place.movie_id
