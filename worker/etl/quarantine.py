"""Rows that cannot be used: where they are, why, and how many are too many."""

from collections.abc import Sequence
from typing import Final

import msgspec

from shared.contracts.reports import QuarantinedRow
from shared.errors import SourceError
from worker.etl.encodings import SETTING

# What a user sets, for messages.
SHARE_SETTING: Final = "BUTACA_WORKER_MAX_QUARANTINE_SHARE"
EXCERPT_CHARS: Final = 80
_PLACES_SHOWN: Final = 5


def safe_excerpt(text: str | None) -> str:
    """Shorten `text` to one printable line of at most 80 characters."""
    if not text:
        return ""
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text[:EXCERPT_CHARS]
    )
    if len(text) <= EXCERPT_CHARS and len(shown) <= EXCERPT_CHARS:
        return shown
    return shown[: EXCERPT_CHARS - 1] + "…"


def check_share(
    file: str, rows: int, faults: Sequence[QuarantinedRow], *, max_share: float
) -> None:
    """Refuse a file of which more than `max_share` of the rows are quarantined.

    Raises:
        SourceError: too many; the message names the counts and the first places, `details`
            holds the same places.
    """
    if not faults or len(faults) <= max_share * rows:
        return
    shown = [
        f"record {fault.record} (line {fault.line}) {fault.column}: {fault.reason}"
        for fault in faults[:_PLACES_SHOWN]
    ]
    raise SourceError(
        f"{file}: {len(faults):,} of {rows:,} rows cannot be used, more than the allowed "
        f"{max_share:.2%} ({SHARE_SETTING}); first: {'; '.join(shown)}{_hint(faults)}",
        file=file,
        rows=rows,
        quarantined=len(faults),
        places=[msgspec.structs.asdict(fault) for fault in faults[:_PLACES_SHOWN]],
    )


def _hint(faults: Sequence[QuarantinedRow]) -> str:
    """What to do where most of the rows are at fault for their encoding."""
    undecodable = sum(fault.reason == "invalid_utf8" for fault in faults)
    if 2 * undecodable < len(faults):
        return ""
    return (
        "; the file looks like Latin-1 or Windows-1252: save it as UTF-8, "
        f"or set {SETTING} to latin-1 or cp1252"
    )
