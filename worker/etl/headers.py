"""The header of an input file, and whether it has the columns that it should have."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from shared.errors import SourceError
from worker.etl.pieces import Feed
from worker.etl.schemas import REQUIRED_COLUMNS

# Far more than any header has.
_MAX_HEADER_BYTES: Final = 1024 * 1024
_SEPARATORS: Final = {"semicolons": ";", "tabs": "\t", "bars": "|"}
_NO_FIELDS: Final[list[str]] = []


def read_header(file: str, feed: Feed) -> tuple[list[str], int]:
    """Take the column names, stripped, and how many lines they fill.

    Undecodable bytes become U+FFFD; a column without a name gets one of ours.

    Raises:
        SourceError: the file is empty or blank, or its first record is no CSV.
    """
    lines = _header_lines(file, feed)
    reader = csv.reader(lines)
    try:
        columns = [name.strip() for name in next(reader, _NO_FIELDS)]
        is_blank = not any(columns)
    except csv.Error as exc:
        raise SourceError(f"{file}: line 1 is no CSV header: {exc}", file=file) from exc
    if is_blank and not any(line.strip() for line in iter(feed.take_line, b"")):
        raise SourceError(f"{file} is empty", file=file)
    named = [name or f"unnamed {place}" for place, name in enumerate(columns, 1)]
    return named, reader.line_num


def check_columns(file: str, name: str, columns: Sequence[str]) -> None:
    """Refuse duplicate and missing columns; say so where another file's columns are found.

    Raises:
        SourceError: the columns are not those of the file `name`.
    """
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise SourceError(f"{file}: line 1 has columns twice: {', '.join(twice)}", file=file)
    missing = _missing_columns(name, columns)
    if not missing:
        return
    hint = _separator_hint(columns) or "".join(
        f"; it has the columns of the {other} file: are the files swapped?"
        for other in REQUIRED_COLUMNS
        if other != name
        and not _missing_columns(other, columns)
        # One column short, it is still the file it claims to be.
        and 2 * len(missing) > len(REQUIRED_COLUMNS[name])
    )
    raise SourceError(
        f"{file}: line 1 lacks required columns: {', '.join(missing)}{hint}",
        file=file,
        missing=missing,
    )


def _separator_hint(columns: Sequence[str]) -> str:
    """What to do where the whole header is one cell."""
    if len(columns) == 1:
        for name, separator in _SEPARATORS.items():
            if separator in columns[0]:
                return f"; it looks separated by {name}: save it with commas"
    return ""


def _header_lines(file: str, feed: Feed) -> Iterator[str]:
    """Lines of the header: a quote that nobody closes must not take the whole file."""
    size_bytes = 0
    while line := feed.take_line():
        size_bytes += len(line)
        if size_bytes > _MAX_HEADER_BYTES:
            raise SourceError(f"{file}: line 1 is no CSV header: it does not end", file=file)
        yield line.decode("utf-8", "replace")


def _missing_columns(name: str, columns: Iterable[str]) -> list[str]:
    """Required columns that are absent; alternatives are joined by `or`."""
    present = set(columns)
    return [" or ".join(names) for names in REQUIRED_COLUMNS[name] if present.isdisjoint(names)]
