"""How answers look in a notebook: lists as small tables, in text and in HTML.

Everything that is shown as HTML is escaped: titles come from anywhere.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, SupportsIndex, TypeVar, cast, overload

from msgspec import UNSET, Struct

T = TypeVar("T")
MOST_ROWS: Final = 20
MOST_COLUMNS: Final = 12
MOST_NAMES: Final = 4
CELL_LENGTH: Final = 48
_SCALARS: Final = (str, int, float, dt.date)


class Rows(list[T]):
    """A list of answers that shows itself as a table."""

    @overload
    def __getitem__(self, place: SupportsIndex, /) -> T: ...
    @overload
    def __getitem__(self, place: slice, /) -> "Rows[T]": ...
    def __getitem__(self, place: SupportsIndex | slice, /) -> "T | Rows[T]":
        """Return one, or some as a table again."""
        if isinstance(place, slice):
            return Rows(super().__getitem__(place))
        return super().__getitem__(place)

    def __repr__(self) -> str:
        """Show the first rows in columns."""
        if not self:
            return "[]"
        return "\n".join([*_aligned(_table(self)), *_rest(self)])

    def _repr_html_(self) -> str:
        """Show the first rows as an HTML table."""
        return rows_html(self)


def describe(answer: Struct) -> str:
    """Show an answer in one line, long parts by their number."""
    parts = [
        f"{name}={_short(value)}"
        for name, value in ((name, getattr(answer, name)) for name in answer.__struct_fields__)
        if value is not UNSET
    ]
    return f"{type(answer).__name__}({', '.join(parts)})"


def describe_html(answer: Struct) -> str:
    """Show an answer as HTML: its rows where it has `items`, else field by field."""
    values = {name: getattr(answer, name) for name in answer.__struct_fields__}
    items = values.get("items")
    if isinstance(items, Rows):
        rest = [f"{name}: {cell(value)}" for name, value in values.items() if name != "items"]
        return f"<p>{escape(' · '.join(rest))}</p>{rows_html(cast('Rows[object]', items))}"
    shown = [[name, cell(value)] for name, value in values.items() if value is not UNSET]
    return html_table([["field", "value"], *shown])


def rows_html(rows: Sequence[object]) -> str:
    """Return the first of some answers as an HTML table."""
    if not rows:
        return "<p>none</p>"
    return html_table(_table(rows)) + "".join(f"<p>{line}</p>" for line in _rest(rows))


def html_table(table: Sequence[Sequence[str]]) -> str:
    """Return a table as HTML, its first row as the head."""
    head, *body = table
    lines = ["<tr>" + "".join(f"<th>{escape(text)}</th>" for text in head) + "</tr>"]
    lines += [
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in body
    ]
    return f"<table>{''.join(lines)}</table>"


def cell(value: object) -> str:
    """Return a value as the text of a cell, nothing where there is none."""
    if value is None or value is UNSET:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"  # noqa: PLR2004  # digits
    if isinstance(value, Struct):
        return _clipped(_name(value))
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value)
        return _clipped(_joined(f"{key}: {cell(each)}" for key, each in pairs.items()))
    if isinstance(value, list):
        return _clipped(_joined(cell(each) for each in cast("list[object]", value)))
    return _clipped(str(value))


def _table(rows: Sequence[object]) -> list[list[str]]:
    """Head and first rows as texts; columns that are empty in all of them are left out."""
    shown = rows[:MOST_ROWS]
    names = getattr(shown[0], "__struct_fields__", ())
    columns = [
        [name, *(cell(getattr(row, name)) for row in shown)]
        for name in names
        if not isinstance(getattr(shown[0], name), dict)
    ]
    filled = [column for column in columns if any(column[1:])] or columns
    return [list(row) for row in zip(*filled[:MOST_COLUMNS], strict=True)]


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines; figures to the right."""
    columns = [list(column) for column in zip(*table, strict=True)]
    padded: list[list[str]] = []
    for column in columns:
        width = max(map(len, column))
        is_figure = all(text.replace(".", "").lstrip("-").isdigit() for text in column[1:] if text)
        padded.append([text.rjust(width) if is_figure else text.ljust(width) for text in column])
    return ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]


def _rest(rows: Sequence[object]) -> list[str]:
    more = len(rows) - MOST_ROWS
    return [f"… and {more} more"] if more > 0 else []


def _short(value: object) -> str:
    """A value within one line: lists and dictionaries by their number."""
    if isinstance(value, list):
        members = cast("list[object]", value)
        return f"<{len(members)} {type(members[0]).__name__}>" if members else "[]"
    if isinstance(value, dict):
        size = len(cast("dict[object, object]", value))
        return f"<{size} entries>" if size else "{}"
    if isinstance(value, Struct):
        return f"<{type(value).__name__} {_name(value)}>".replace(" >", ">")
    return _clipped(repr(value))


def _name(value: Struct) -> str:
    """What a struct is called, where it says so."""
    for field in ("name", "title", "titulo"):
        name = getattr(value, field, None)
        if isinstance(name, str):
            return name
    scalars = [getattr(value, field) for field in value.__struct_fields__]
    return _joined(cell(each) for each in scalars if isinstance(each, _SCALARS))


def _joined(texts: Iterable[str]) -> str:
    """The first of some texts, and how many more there are."""
    every = list(texts)
    more = len(every) - MOST_NAMES
    return ", ".join(every[:MOST_NAMES]) + (f", +{more}" if more > 0 else "")


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CELL_LENGTH else line[: CELL_LENGTH - 1] + "…"
