"""Rows that cannot be used: where they are, why, and how many are too many."""

from collections.abc import Sequence
from typing import Final

import msgspec
import polars as pl

from shared.errors import SourceError
from worker.etl.schemas import QUARANTINE

EXCERPT_CHARS: Final = 80
_PLACES_SHOWN: Final = 5


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One quarantined row; a row has one fault, the first one found.

    `record` counts data records from 1, blank lines included; `line` is the physical line of
    the unpacked file, from 1, on which the record starts.
    """

    file: str
    record: int
    line: int
    column: str
    reason: str
    excerpt: str


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


def frame_from_faults(faults: Sequence[Fault]) -> pl.DataFrame:
    """Faults as the quarantine table, in the order given."""
    return pl.DataFrame([msgspec.structs.asdict(fault) for fault in faults], schema=QUARANTINE)


def check_share(file: str, rows: int, faults: Sequence[Fault], *, max_share: float) -> None:
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
        f"{max_share:.2%}; first: {'; '.join(shown)}",
        file=file,
        rows=rows,
        quarantined=len(faults),
        places=[msgspec.structs.asdict(fault) for fault in faults[:_PLACES_SHOWN]],
    )
