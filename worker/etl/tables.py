"""A piece of an input file as a frame of text columns, with its faulty records beside it."""

from collections.abc import Collection
from dataclasses import dataclass, field

import polars as pl

from shared.contracts.reports import QuarantinedRow
from worker.etl.pieces import Position
from worker.etl.quarantine import safe_excerpt
from worker.etl.records import find_places
from worker.etl.schemas import RECORD


@dataclass(slots=True)
class Table:
    """One piece of an input file as text.

    `frame` has the column `record` (1-based in the file, blank lines counted) and, as String,
    every column of the file that is of use; `rows` counts all records, faulty ones included,
    blank lines not. `start` and `end` are the first record of this piece and of the next.
    `lines` is known where the records were read one by one.
    """

    file: str
    frame: pl.DataFrame
    rows: int
    data: bytes
    start: Position
    end: Position
    faults: list[QuarantinedRow] = field(default_factory=list[QuarantinedRow])
    lines: dict[int, int] | None = None

    def add_faults(self, found: pl.DataFrame) -> None:
        """Quarantine rows; `found` has record, column, reason and excerpt (a cell's text)."""
        if found.is_empty():
            return
        lines = self._find_lines(found[RECORD].to_list())
        for record, column, reason, cell in found.iter_rows():
            self.faults.append(
                QuarantinedRow(
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
        places = find_places(self.data, frozenset(records), self.start)
        return {record: place.line for record, place in places.items()}


def literal_faults(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The fault that each row has where its nested cell `column` cannot be read."""
    return rows.select(
        RECORD,
        column=pl.lit(column),
        reason=pl.lit("bad_literal"),
        excerpt=pl.col(column),
    )
