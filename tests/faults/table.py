"""The table that `make test-faults` ends with: fault, what must happen, what was seen."""

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Record = Callable[[str, str, str], None]
WIDTHS = (38, 52, 66)


@dataclass(frozen=True)
class Row:
    """One fault that was made, what was wanted, and the figures that were measured."""

    fault: str
    expected: str
    seen: str


def table_lines(rows: list[Row]) -> Iterator[str]:
    """Lay the rows out in three columns, long cells over several lines."""
    ruler = "-+-".join("-" * width for width in WIDTHS)
    yield from _cells("fault", "expected", "seen")
    for row in rows:
        yield ruler
        yield from _cells(row.fault, row.expected, row.seen)


def _cells(*texts: str) -> Iterator[str]:
    columns = [
        textwrap.wrap(text, width) or [""] for text, width in zip(texts, WIDTHS, strict=True)
    ]
    for line in range(max(map(len, columns))):
        cells = [
            (column[line] if line < len(column) else "").ljust(width)
            for column, width in zip(columns, WIDTHS, strict=True)
        ]
        yield " | ".join(cells).rstrip()
