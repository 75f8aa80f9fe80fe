"""CSV records one by one: where each starts, and which of them are broken.

The slow half of the reader, used only where the strict read fails or leaves a doubt.
"""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from worker.etl.quarantine import Fault, safe_excerpt

MAX_CELL_CHARS: Final = 16 * 1024 * 1024
_NO_FIELD_LIMIT: Final = 2**31 - 1
_NO_FIELDS: Final[list[str]] = []

# Column, reason and text of what is wrong with a record; the first and last may be empty.
Problem = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies: its first physical line, from 1, and its bytes."""

    line: int
    text: bytes


@dataclass(slots=True)
class Records:
    """Usable records in file order, with their numbers and lines, and the faults of the rest."""

    rows: list[list[str]] = field(default_factory=list[list[str]])
    numbers: list[int] = field(default_factory=list[int])
    lines: list[int] = field(default_factory=list[int])
    faults: list[Fault] = field(default_factory=list[Fault])


class _Lines:
    """Physical lines as text; can go back, so that an unclosed quote costs one record only."""

    def __init__(self, data: bytes) -> None:
        self.lines = io.BytesIO(data).readlines()
        self.position = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.position >= len(self.lines):
            raise StopIteration
        line = self.lines[self.position]
        self.position += 1
        return line.decode("utf-8", "surrogateescape")


def parse_header(data: bytes) -> list[str]:
    """Column names of the first record, stripped; undecodable bytes become U+FFFD."""
    lines = (line.decode("utf-8", "replace") for line in io.BytesIO(data))
    _lift_cell_limit()
    return [name.strip() for name in next(csv.reader(lines), _NO_FIELDS)]


def find_places(data: bytes, records: Collection[int]) -> dict[int, Place]:
    """Locate records of a well-formed file by counting quotes; record 0 is the header."""
    places: dict[int, Place] = {}
    last = max(records, default=-1)
    record, start_line, start, offset, inside = 0, 1, 0, 0, False
    for number, line in enumerate(io.BytesIO(data), 1):
        offset += len(line)
        inside ^= bool(line.count(b'"') & 1)
        if inside:
            continue
        if record in records:
            places[record] = Place(start_line, data[start:offset])
        if record == last:
            break
        record, start_line, start = record + 1, number + 1, offset
    return places


def count_fields(text: bytes) -> int:
    """Count the fields of one record; 0 for a blank line."""
    _lift_cell_limit()
    return len(next(csv.reader(io.StringIO(text.decode(), newline="")), _NO_FIELDS))


def read_records(data: bytes, file: str, columns: Sequence[str]) -> Records:
    """Read every record that has exactly `columns`, and say what is wrong with the others.

    After a record that runs over several lines and does not fit, reading goes on at its second
    line: a quote that nobody closed hides no row.
    """
    feed, records = _Lines(data), Records()
    _lift_cell_limit()
    reader = csv.reader(feed, strict=True)
    _read_record(reader, columns)  # the header, which the caller has judged
    number = 0
    while feed.position < len(feed.lines):
        start, number = feed.position, number + 1
        row, problem = _read_record(reader, columns)
        if problem is not None:
            records.faults.append(_fault(file, number, start, feed, problem))
            if len(row) != len(columns):
                feed.position = start + 1
        elif row:
            records.rows.append(row)
            records.numbers.append(number)
            records.lines.append(start + 1)
    return records


def _read_record(
    reader: Iterator[list[str]], columns: Sequence[str]
) -> tuple[list[str], Problem | None]:
    """The next record, no fields for a blank line, and what is wrong with it."""
    try:
        row = next(reader)
    except csv.Error as exc:
        # Not strict, the reader would join two rows where a quote is missing, without a word.
        is_unclosed = "unexpected end" in str(exc)
        return [], ("", "unclosed_quote" if is_unclosed else "bad_csv", "")
    return row, _find_problem(row, columns) if row else None


def _find_problem(row: Sequence[str], columns: Sequence[str]) -> Problem | None:
    """What is wrong with a record; None where nothing is."""
    if len(row) != len(columns):
        return "", "too_few_fields" if len(row) < len(columns) else "too_many_fields", ""
    for column, cell in zip(columns, row, strict=True):
        if len(cell) > MAX_CELL_CHARS:
            return column, "cell_too_large", cell
        if not _is_unicode(cell):
            return column, "invalid_utf8", cell
    return None


def _fault(file: str, number: int, start: int, feed: _Lines, problem: Problem) -> Fault:
    """A fault with the excerpt of its cell, or of its first line."""
    column, reason, cell = problem
    text = cell or feed.lines[start].decode("utf-8", "surrogateescape")
    return Fault(
        file=file,
        record=number,
        line=start + 1,
        column=column,
        reason=reason,
        excerpt=safe_excerpt(text),
    )


def _is_unicode(text: str) -> bool:
    """Whether every byte of this text was valid UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _lift_cell_limit() -> None:
    """Raise the csv module's limit, which is the process's; our own cap comes after.

    It is never lowered again: another thread may be reading.
    """
    csv.field_size_limit(_NO_FIELD_LIMIT)
