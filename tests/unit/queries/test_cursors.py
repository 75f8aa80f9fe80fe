"""Cursors: what comes back is what was written, and nothing else is taken."""

import base64
import datetime as dt

import msgspec
import pytest

from services.queries.cursors import read_cursor, write_cursor
from shared.contracts.filters import Filters
from shared.contracts.movies import Listing
from shared.errors import InvalidCursorError

BY_DATE = Listing(sort="date", order="desc")
BY_VOTES = Listing(sort="votes", order="desc")
BY_TITLE = Listing(sort="title", order="asc")
NO_FILTERS = Filters()


def altered(cursor: str, place: int, value: object) -> str:
    """A cursor of which one part is another."""
    parts = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    parts[place] = value
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("listing", "value"),
    [
        (BY_DATE, dt.date(1999, 12, 31)),
        (BY_DATE, None),
        (BY_VOTES, 12),
        (BY_VOTES, None),
        (BY_TITLE, "¿Qué? 8½"),
    ],
)
def test_a_cursor_leads_back_to_the_last_movie(listing: Listing, value: object) -> None:
    cursor = write_cursor(listing, NO_FILTERS, value, 862)  # type: ignore[arg-type]  # of either
    assert read_cursor(cursor, listing, NO_FILTERS) == (value, 862)
    assert "=" not in cursor


@pytest.mark.parametrize("text", ["", "!", "Zm9v", "ñ", "W10", "bnVsbA", "a" * 5])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursorError):
        read_cursor(text, BY_DATE, NO_FILTERS)


def test_a_cursor_of_another_list_is_refused_and_says_which() -> None:
    cursor = write_cursor(BY_DATE, NO_FILTERS, dt.date(1999, 12, 31), 862)
    with pytest.raises(InvalidCursorError, match="sorted by date desc, not by votes desc"):
        read_cursor(cursor, BY_VOTES, NO_FILTERS)
    with pytest.raises(InvalidCursorError, match="other filters"):
        read_cursor(cursor, BY_DATE, Filters(year_min=1990))


@pytest.mark.parametrize(
    ("listing", "written", "value"),
    [
        (BY_DATE, dt.date(1999, 12, 31), "1999-13-31"),
        (BY_DATE, dt.date(1999, 12, 31), 7),
        (BY_VOTES, 12, "12"),
        (BY_TITLE, "Heat", 12),
    ],
)
def test_a_value_that_its_column_cannot_have_is_refused(
    listing: Listing, written: object, value: object
) -> None:
    cursor = write_cursor(listing, NO_FILTERS, written, 862)  # type: ignore[arg-type]  # of either
    with pytest.raises(InvalidCursorError):
        read_cursor(altered(cursor, 3, value), listing, NO_FILTERS)
