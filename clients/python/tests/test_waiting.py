import datetime as dt

import pytest

from butaca_client.waiting import LONGEST_WAIT_S, backoff_s, retry_after_s

NOW = dt.datetime(2026, 1, 1, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 5 ", 5.0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:59:30 GMT", 0.0),
        ("Thu, 01 Jan 2026 12:00:30 -0000", 30.0),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@pytest.mark.parametrize(
    ("attempt", "longest"), [(0, 0.25), (1, 0.5), (3, 2.0), (60, LONGEST_WAIT_S)]
)
def test_waits_double_up_to_a_bound_and_are_spread(attempt: int, longest: float) -> None:
    waits = [backoff_s(attempt) for _ in range(200)]
    assert all(longest / 2 <= wait <= longest for wait in waits)
    assert max(waits) - min(waits) > longest / 5
