"""CSV records one by one: where each starts, and which of them are broken.

The slow half of the reader, used only where the strict read fails or leaves a doubt.
"""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from shared.contracts.reports import QuarantinedRow
from worker.etl.pieces import NEWLINE, QUOTE, Feed, Piece, Position, find_byte
from worker.etl.quarantine import safe_excerpt

MAX_CELL_CHARS: Final = 16 * 1024 * 1024
# What can be wrong with a record before anyone asks what it means.
READ_REASONS: Final = frozenset(
    {
        "too_few_fields",
        "too_many_fields",
        "unclosed_quote",
        "bad_csv",
        "cell_too_large",
        "invalid_utf8",
    }
)
# A quote is given up for one that nobody closed where its record goes on for so many bytes.
MAX_RECORD_BYTES: Final = 4 * MAX_CELL_CHARS
# A piece of which so much had to be read again has quotes that mean nothing: from there on each
# line is a record. Some seconds of work.
MAX_REREAD_BYTES: Final = 256 * 1024 * 1024
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
    """Usable records in file order, with their numbers and lines, and the faults of the rest.

    `end` is the first record that was not read.
    """

    end: Position
    rows: list[list[str]] = field(default_factory=list[list[str]])
    numbers: list[int] = field(default_factory=list[int])
    lines: list[int] = field(default_factory=list[int])
    faults: list[QuarantinedRow] = field(default_factory=list[QuarantinedRow])


class _EndlessRecordError(Exception):
    """A record goes on for so long that its quote was surely never closed."""


class _Lines:
    """Lines of a piece as text, then those that follow it.

    Can go back, so that an unclosed quote costs one record only.
    """

    def __init__(self, piece: Piece, feed: Feed) -> None:
        self.lines = io.BytesIO(piece.data).readlines()
        self.own = len(self.lines)
        self.position = 0
        self._feed = feed
        self._record_bytes = 0
        self._reread_bytes = 0

    def begin_record(self) -> int:
        """Where the record starts that is read next."""
        self._record_bytes = 0
        return self.position

    def go_back(self, begin: int) -> None:
        """Read the rest of a record again, from its second line."""
        self._reread_bytes += self._record_bytes
        self.position = begin + 1

    def finish(self) -> None:
        """Put back what was taken and not read."""
        self._feed.put_back(self.lines[self.position :])

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.position == len(self.lines):
            line = self._feed.take_line()
            if not line:
                raise StopIteration
            self.lines.append(line)
        line = self.lines[self.position]
        self._record_bytes += len(line)
        most = MAX_RECORD_BYTES if self._reread_bytes <= MAX_REREAD_BYTES else 0
        if self._record_bytes > most and self._record_bytes > len(line):
            raise _EndlessRecordError
        self.position += 1
        return line.decode("utf-8", "surrogateescape")


def find_places(data: bytes, records: Collection[int], start: Position) -> dict[int, Place]:
    """Locate records of a well-formed piece, whose first is at `start`, by counting quotes."""
    if not records:
        return {}
    newlines = find_byte(data, NEWLINE, 0, len(data))
    quotes = find_byte(data, QUOTE, 0, len(data))
    stops = newlines[np.searchsorted(quotes, newlines) % 2 == 0] + 1
    places: dict[int, Place] = {}
    for record in sorted(records):
        at = record - start.record
        begin = int(stops[at - 1]) if at else 0
        line = start.line + int(np.searchsorted(newlines, begin))
        places[record] = Place(line, data[begin : int(stops[at])])
    return places


def count_fields(text: bytes) -> int:
    """Count the fields of one record; 0 for a blank line."""
    _lift_cell_limit()
    return len(next(csv.reader(io.StringIO(text.decode(), newline="")), _NO_FIELDS))


def read_records(
    piece: Piece, feed: Feed, file: str, columns: Sequence[str], start: Position
) -> Records:
    """Read every record that has exactly `columns`, and say what is wrong with the others.

    Goes on to the end of the record that the piece ends in, with the lines that `feed` has next.
    After a record that runs over several lines and does not fit, reading goes on at its second
    line: a quote that nobody closed hides no row. Where too much would be read again
    (`MAX_REREAD_BYTES`), a record is one line.
    """
    lines, records = _Lines(piece, feed), Records(start)
    _lift_cell_limit()
    reader = csv.reader(lines, strict=True)
    number = start.record
    while lines.position < lines.own:
        begin = lines.begin_record()
        at = Position(number, start.line + begin)
        row, problem = _read_record(reader, columns)
        if problem is not None:
            records.faults.append(_fault(file, at, lines.lines[begin], problem))
            if len(row) != len(columns):
                lines.go_back(begin)
        elif row:
            records.rows.append(row)
            records.numbers.append(at.record)
            records.lines.append(at.line)
        number += 1
    records.end = Position(number, start.line + lines.position)
    lines.finish()
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
    except _EndlessRecordError:
        return [], ("", "unclosed_quote", "")
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


def _fault(file: str, at: Position, line: bytes, problem: Problem) -> QuarantinedRow:
    """A fault with the excerpt of its cell, or of its first line."""
    column, reason, cell = problem
    return QuarantinedRow(
        file=file,
        record=at.record,
        line=at.line,
        column=column,
        reason=reason,
        excerpt=safe_excerpt(cell or line.decode("utf-8", "surrogateescape").rstrip("\r\n")),
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
