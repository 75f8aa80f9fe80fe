"""CSV bytes to a frame of text columns, with the records at fault set aside.

The strict read of Polars comes first. It refuses long rows, stray quotes and invalid UTF-8, and
then the slower reader of `worker.etl.records` finds the records at fault. It pads short rows
with nulls without a word, so records whose last cell is null are counted again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from shared.errors import SourceError
from worker.etl.quarantine import Fault, safe_excerpt
from worker.etl.records import (
    MAX_CELL_CHARS,
    Place,
    count_fields,
    find_places,
    parse_header,
    read_records,
)
from worker.etl.schemas import KNOWN_COLUMNS, RECORD, REQUIRED_COLUMNS
from worker.etl.sources import SourceFile, read_source

_UTF8_BOM: Final = b"\xef\xbb\xbf"
_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_SNIFFED_BYTES: Final = 4096


@dataclass(slots=True)
class Table:
    """One input file as text.

    `frame` has the column `record` (1-based, blank lines counted) and, as String, every column
    of the file that is of use; `rows` counts all records, faulty ones included, blank lines not.
    """

    file: str
    frame: pl.DataFrame
    rows: int
    data: bytes
    faults: list[Fault] = field(default_factory=list[Fault])
    lines: dict[int, int] | None = None

    def add_faults(self, found: pl.DataFrame) -> None:
        """Quarantine rows; `found` has record, column, reason and excerpt (a cell's text)."""
        if found.is_empty():
            return
        lines = self._find_lines(found["record"].to_list())
        for record, column, reason, cell in found.iter_rows():
            self.faults.append(
                Fault(
                    file=self.file,
                    record=record,
                    line=lines.get(record, 0),
                    column=column,
                    reason=reason,
                    excerpt=safe_excerpt(cell),
                )
            )
        self.faults.sort(key=lambda fault: fault.record)

    def _find_lines(self, records: Collection[int]) -> dict[int, int]:
        """First physical line of each record."""
        if self.lines is not None:
            return self.lines
        places = find_places(self.data, frozenset(records))
        return {record: place.line for record, place in places.items()}


def read_table(source: SourceFile) -> Table:
    """Read one input file.

    Raises:
        SourceError: empty, header only, not UTF-8, a duplicate header, or a required column
            that is missing.
    """
    file = source.path.name
    data = _check_encoding(file, read_source(source))
    columns = parse_header(data)
    _check_columns(source, columns)
    used = [name for name in columns if name in KNOWN_COLUMNS[source.name]]
    table = _read_strict(file, data, columns, used) or _read_slowly(file, data, columns, used)
    if not table.rows:
        raise SourceError(f"{file} holds a header and no rows", file=file)
    return table


def literal_faults(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The fault that each row has where its nested cell `column` cannot be read."""
    return rows.select(
        RECORD,
        column=pl.lit(column),
        reason=pl.lit("bad_literal"),
        excerpt=pl.col(column),
    )


def _check_encoding(file: str, data: bytes) -> bytes:
    """Drop a UTF-8 byte order mark; refuse what is empty or not UTF-8 at all."""
    if data.startswith(_WIDE_BOMS) or b"\x00" in data[:_SNIFFED_BYTES].split(b"\n", 1)[0]:
        raise SourceError(f"{file}: line 1 is UTF-16 or binary; save it as UTF-8", file=file)
    text = data.removeprefix(_UTF8_BOM)
    if not text[:_SNIFFED_BYTES].strip() and not text.strip():
        raise SourceError(f"{file} is empty", file=file)
    # Polars takes a last record without its line end for complete even inside a quote.
    return text if text.endswith(b"\n") else text + b"\n"


def _check_columns(source: SourceFile, columns: Sequence[str]) -> None:
    """Refuse duplicate and missing columns; say so where another file's columns are found."""
    file = source.path.name
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise SourceError(f"{file}: line 1 has columns twice: {', '.join(twice)}", file=file)
    missing = _missing_columns(source.name, columns)
    if not missing:
        return
    hint = "".join(
        f"; it has the columns of the {other} file: are the files swapped?"
        for other in REQUIRED_COLUMNS
        if other != source.name
        and not _missing_columns(other, columns)
        # One column short, it is still the file it claims to be.
        and 2 * len(missing) > len(REQUIRED_COLUMNS[source.name])
    )
    raise SourceError(
        f"{file}: line 1 lacks required columns: {', '.join(missing)}{hint}",
        file=file,
        missing=missing,
    )


def _missing_columns(name: str, columns: Iterable[str]) -> list[str]:
    """Required columns that are absent; alternatives are joined by `or`."""
    present = set(columns)
    return [" or ".join(names) for names in REQUIRED_COLUMNS[name] if present.isdisjoint(names)]


def _read_strict(
    file: str, data: bytes, columns: Sequence[str], used: Sequence[str]
) -> Table | None:
    """Read with Polars; None where it refuses the file or a cell is too large."""
    try:
        frame = pl.read_csv(data, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None
    if frame.width != len(columns) or (len(data) > MAX_CELL_CHARS and _has_large_cell(frame)):
        return None
    frame.columns = list(columns)
    padded = frame[columns[-1]].is_null()
    known = frame.select(used).with_row_index(RECORD, offset=1)
    return _drop_short_rows(file, data, known, padded, width=len(columns))


def _has_large_cell(frame: pl.DataFrame) -> bool:
    """Whether any cell is over the cap."""
    text = pl.col(pl.String)
    large = frame.select(pl.any_horizontal((text.str.len_bytes() > MAX_CELL_CHARS).any()))
    return bool(large.item())


def _drop_short_rows(
    file: str, data: bytes, frame: pl.DataFrame, suspect: pl.Series, *, width: int
) -> Table:
    """Set aside the `suspect` rows that lack fields; drop blank lines."""
    suspects = frame.filter(suspect)[RECORD].to_list()
    places = find_places(data, frozenset(suspects)) if suspects else {}
    fields = {record: count_fields(place.text) for record, place in places.items()}
    blank = [record for record, count in fields.items() if count == 0]
    short = [record for record, count in fields.items() if 0 < count < width]
    if blank or short:
        frame = frame.filter(~pl.col(RECORD).is_in([*blank, *short]))
    faults = [_short_row(file, record, places[record]) for record in short]
    return Table(file, frame, frame.height + len(short), data, faults)


def _short_row(file: str, record: int, place: Place) -> Fault:
    """A row with too few fields."""
    return Fault(
        file=file,
        record=record,
        line=place.line,
        column="",
        reason="too_few_fields",
        excerpt=safe_excerpt(place.text.decode().rstrip("\r\n")),
    )


def _read_slowly(file: str, data: bytes, columns: Sequence[str], used: Sequence[str]) -> Table:
    """Read record by record; only the records at fault are lost."""
    found = read_records(data, file, columns)
    schema = dict.fromkeys(columns, pl.String)
    cells = pl.DataFrame(found.rows, schema=schema, orient="row").select(used)
    records = pl.Series(RECORD, found.numbers, dtype=pl.UInt32)
    frame = cells.insert_column(0, records)
    rows = frame.height + len(found.faults)
    lines = dict(zip(found.numbers, found.lines, strict=True))
    return Table(file, frame, rows, data, found.faults, lines)
