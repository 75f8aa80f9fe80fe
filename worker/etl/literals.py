"""Columns of nested cells to long tables: fast where that is proven right, exact elsewhere."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from worker.etl.exact import parse_exactly, parse_pieces
from worker.etl.layouts import Layout, Shape, find_layout, match_cells
from worker.etl.scalars import clean_text

# Text decoded at once by a thread: bounds memory. Less than half of it is not worth a thread.
_CHUNK_BYTES: Final = 4 << 20
# A column written by one program has one layout; the rest of a stranger one is read exactly.
_MAX_LAYOUTS: Final = 4
_LAYOUT_SAMPLE: Final = 64


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a column's cells.

    `table` is (`cell`, then the shape's fields), by cell and place in it; `cell` counts the rows
    of the column from 0. `failed` lists the unreadable cells, `slow` counts the cells that the
    exact parser read, `dropped` the members left out for want of a required field.
    """

    table: pl.DataFrame
    failed: Sequence[int]
    slow: int
    dropped: int


def decode_cells(cells: pl.Series, shape: Shape, *, only: pl.Expr | None = None) -> Members:
    """Decode a String column; null and blank cells have no members.

    Text is NFC, stripped, and null where empty. `only` keeps the members for which it holds;
    it sees the texts before they are cleaned. Python may warn about unknown escapes, see
    `worker.etl.exact.unknown_escapes_allowed`.
    """
    rest = _filled_cells(cells)
    tables: list[pl.DataFrame] = []
    layouts: list[Layout] = []
    while len(layouts) < _MAX_LAYOUTS and (layout := _next_layout(rest, shape, layouts)):
        layouts.append(layout)
        done, rest = _decode_layout(rest, layout, shape, only)
        tables.append(done)
    exact, failed = parse_exactly(rest, shape)
    if only is not None:
        exact = exact.filter(only)
    table = pl.concat([*tables, exact])
    if len(tables) > 1 or not exact.is_empty():
        table = table.sort("cell", maintain_order=True)
    cleaned = table.with_columns(clean_text(pl.col(name)) for name in shape.texts)
    kept = cleaned.drop_nulls(shape.required)
    return Members(kept, failed, rest.height, cleaned.height - kept.height)


def _filled_cells(cells: pl.Series) -> pl.DataFrame:
    """Cells that may hold members, as (`cell`, `text`)."""
    text = pl.col("text")
    filled = (text != "[]") & (text.str.strip_chars().str.len_bytes() > 0)
    return pl.LazyFrame({"text": cells}).with_row_index("cell").filter(filled).collect()


def _next_layout(rest: pl.DataFrame, shape: Shape, known: Sequence[Layout]) -> Layout | None:
    """A layout that has not been tried, out of some of the cells still to be read."""
    sample = rest["text"].gather_every(max(1, rest.height // _LAYOUT_SAMPLE))
    found = (find_layout(text, shape) for text in sample)
    return next((layout for layout in found if layout and layout not in known), None)


def _decode_layout(
    cells: pl.DataFrame, layout: Layout, shape: Shape, only: pl.Expr | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members of the cells that are wholly in this layout, by cell, and the other cells."""
    decode = partial(_decode_chunk, layout=layout, shape=shape, only=only)
    size_bytes = int(cells["text"].str.len_bytes().sum())
    if size_bytes <= _CHUNK_BYTES // 2:
        return decode(cells)
    threads = pl.thread_pool_size()
    rounds = math.ceil(size_bytes / (_CHUNK_BYTES * threads))
    step = math.ceil(cells.height / (rounds * threads))
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(decode, cells.iter_slices(step)))
    return pl.concat([done for done, _ in parts]), pl.concat([rest for _, rest in parts])


def _decode_chunk(
    cells: pl.DataFrame, *, layout: Layout, shape: Shape, only: pl.Expr | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Like `_decode_layout`, for a few cells."""
    members = cells.lazy().pipe(match_cells, layout, shape).collect()
    unread = members["cell"].filter(~members["matched"])
    if members["escaped"].any():
        members, broken = _resolve_escapes(members, shape, is_json=layout.is_json)
        unread = pl.concat([unread, broken])
    rest = cells.clear()
    if not unread.is_empty():
        is_unread = pl.col("cell").is_in(unread.unique().implode())
        members = members.filter(~is_unread)
        rest = cells.filter(is_unread)
    if only is not None:
        members = members.filter(only)
    return members.select("cell", *shape.fields), rest


def _resolve_escapes(
    members: pl.DataFrame, shape: Shape, *, is_json: bool
) -> tuple[pl.DataFrame, pl.Series]:
    """Read the matching pieces that hold a backslash exactly; also the cells where that fails."""
    escaped = pl.col("matched") & pl.col("escaped")
    exact, broken = parse_pieces(members.filter(escaped), shape, is_json=is_json)
    others = members.filter(~escaped).select(exact.columns)
    return pl.concat([others, exact]).sort("place"), broken
