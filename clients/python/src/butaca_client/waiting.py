"""How long to wait before trying again."""

import datetime as dt
import random
from email.utils import parsedate_to_datetime
from typing import Final

# A service that asks for more than this is left to the caller.
LONGEST_WAIT_S: Final = 30.0
_FIRST_WAIT_S: Final = 0.25


def backoff_s(attempt: int) -> float:
    """Seconds before attempt `attempt` + 1: doubled each time, and spread by up to a half."""
    longest = min(_FIRST_WAIT_S * 2.0**attempt, LONGEST_WAIT_S)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  # no secret


def retry_after_s(header: str | None, now: dt.datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, a number or a date; None where it does not."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - now).total_seconds())
