"""Input files to tables of text, piece by piece, with the records at fault set aside.

The strict read of Polars comes first. It refuses long rows and invalid UTF-8, and what is not
well-formed is not given to it; then the slower reader of `worker.etl.records` takes the piece.
It pads short rows with nulls without a word, so records whose last cell is null are counted
again. Both agree on every piece that the first accepts, so how a file is cut changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from shared.contracts.reports import QuarantinedRow
from shared.errors import SourceError
from worker.etl.encodings import Encoding, utf8_chunks
from worker.etl.headers import check_columns, read_header
from worker.etl.pieces import PIECE_BYTES, Feed, Piece, Position
from worker.etl.quarantine import safe_excerpt
from worker.etl.records import MAX_CELL_CHARS, Place, count_fields, find_places, read_records
from worker.etl.schemas import KNOWN_COLUMNS, RECORD
from worker.etl.sources import MAX_SOURCE_BYTES, SourceFile, unpack
from worker.etl.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read the input files: their encoding, how large one may be, and in what pieces."""

    encoding: Encoding = "utf-8"
    max_source_bytes: int = MAX_SOURCE_BYTES
    piece_bytes: int = PIECE_BYTES


@dataclass(frozen=True, slots=True)
class _Columns:
    """All columns of a file in order, and those of use."""

    file: str
    names: Sequence[str]
    used: Sequence[str]


def read_tables(source: SourceFile, reading: Reading | None = None) -> Iterator[Table]:
    """Read one input file.

    Raises:
        SourceError: unreadable, too large, empty, header only, not in the declared encoding, a
            duplicate header, or a required column that is missing.
    """
    reading = reading or Reading()
    file = source.path.name
    chunks = utf8_chunks(file, unpack(source, reading.max_source_bytes), reading.encoding)
    feed = Feed(file, chunks, reading.piece_bytes)
    names, lines = read_header(file, feed)
    check_columns(file, source.name, names)
    columns = _Columns(file, names, [n for n in names if n in KNOWN_COLUMNS[source.name]])
    rows, start = 0, Position(1, 1 + lines)
    while piece := feed.take_piece():
        table = _read_strictly(piece, columns, start) or _read_slowly(piece, feed, columns, start)
        del piece
        rows, start = rows + table.rows, table.end
        yield table
    if not rows:
        raise SourceError(f"{file} holds a header and no rows", file=file)


def _read_strictly(piece: Piece, columns: _Columns, start: Position) -> Table | None:
    """Read with Polars; None where it refuses the piece or a cell is too large."""
    if not piece.is_well_formed():
        return None
    schema = {str(at): pl.String for at in range(len(columns.names))}
    try:
        frame = pl.read_csv(piece.data, has_header=False, schema=schema)
    except pl.exceptions.PolarsError:
        return None
    if len(piece.data) > MAX_CELL_CHARS and _has_large_cell(frame):
        return None
    frame.columns = list(columns.names)
    padded = frame[columns.names[-1]].is_null()
    known = frame.select(columns.used).with_row_index(RECORD, offset=start.record)
    end = Position(start.record + frame.height, start.line + piece.count_lines())
    table = Table(columns.file, known, known.height, piece.data, start, end)
    return _drop_short_rows(table, padded, width=len(columns.names))


def _has_large_cell(frame: pl.DataFrame) -> bool:
    """Whether any cell is over the cap."""
    text = pl.col(pl.String)
    large = frame.select(pl.any_horizontal((text.str.len_bytes() > MAX_CELL_CHARS).any()))
    return bool(large.item())


def _drop_short_rows(table: Table, suspect: pl.Series, *, width: int) -> Table | None:
    """Set aside the `suspect` rows that lack fields; drop blank lines.

    None where such a row has several lines: then the slow reader looks at each of them.
    """
    suspects = table.frame.filter(suspect)[RECORD].to_list()
    places = find_places(table.data, frozenset(suspects), table.start) if suspects else {}
    fields = {record: count_fields(place.text) for record, place in places.items()}
    blank = [record for record, count in fields.items() if count == 0]
    short = [record for record, count in fields.items() if 0 < count < width]
    if any(places[record].text.count(b"\n") > 1 for record in short):
        return None
    if blank or short:
        table.frame = table.frame.filter(~pl.col(RECORD).is_in([*blank, *short]))
        table.rows -= len(blank)
        table.faults = [_short_row(table.file, record, places[record]) for record in short]
    return table


def _short_row(file: str, record: int, place: Place) -> QuarantinedRow:
    """A row with too few fields."""
    return QuarantinedRow(
        file=file,
        record=record,
        line=place.line,
        column="",
        reason="too_few_fields",
        excerpt=safe_excerpt(place.text.decode().rstrip("\r\n")),
    )


def _read_slowly(piece: Piece, feed: Feed, columns: _Columns, start: Position) -> Table:
    """Read record by record; only the records at fault are lost."""
    found = read_records(piece, feed, columns.file, columns.names, start)
    schema = dict.fromkeys(columns.names, pl.String)
    cells = pl.DataFrame(found.rows, schema=schema, orient="row").select(columns.used)
    frame = cells.insert_column(0, pl.Series(RECORD, found.numbers, dtype=pl.UInt32))
    return Table(
        file=columns.file,
        frame=frame,
        rows=frame.height + len(found.faults),
        data=piece.data,
        start=start,
        end=found.end,
        faults=found.faults,
        lines=dict(zip(found.numbers, found.lines, strict=True)),
    )
