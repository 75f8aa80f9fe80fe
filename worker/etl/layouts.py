"""The nested cells that vectorised work reads, and the proof that it reads them right.

A cell is a flat list of flat dicts, and most cells of a column list the same keys in the same
order. Such a cell is cut at `}, {`, and every piece must match, whole, one regular expression
of that layout in which no string holds a brace. Then the cell was the list of these dicts, and
the captured groups are their fields: a match is the proof. Keys can neither be missing nor
repeated, types are part of the expression. What does not match is left to `worker.etl.exact`.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

# At most 18 digits: such an integer fits 64 bits and means the same to every parser.
_INTEGER: Final = r"-?(?:0|[1-9][0-9]{0,17})"
_NUMBER: Final = _INTEGER + r"(?:\.[0-9]{1,17})?"
_KEY: Final = "[A-Za-z_][A-Za-z0-9_]{0,63}"
# Far more than any export has; keeps the regular expression of a hostile cell small.
_MAX_KEYS: Final = 32
# Two kinds of strings; an escape is kept as it is, for the exact parser to resolve.
_SINGLE: Final = r"'{0}(?:[^'{{}}\\\x00-\x1f]|\\[^{{}}\x00-\x1f])*{1}'"
_DOUBLE: Final = r'"{0}(?:[^"{{}}\\\x00-\x1f]|\\[^{{}}\x00-\x1f])*{1}"'
# Keys are found where a comma or the beginning stands before them; a wrong guess proves nothing.
_FIND_KEYS: Final = {
    "'": re.compile(rf"(?:^|, )'({_KEY})': "),
    '"': re.compile(rf'(?:^|, )"({_KEY})": '),
}
_MATCHED: Final = "matched"


@dataclass(frozen=True, slots=True)
class Shape:
    """What one kind of cell holds: dicts with these integers and texts, in any order.

    A member without one of the `required` fields is dropped. `single` cells hold one bare dict
    instead of a list.
    """

    integers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    single: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields in the order of the declared types."""
        return (*self.integers, *self.texts)

    @property
    def types(self) -> dict[str, pl.DataType]:
        """Declared type of each field."""
        integers: dict[str, pl.DataType] = dict.fromkeys(self.integers, pl.Int64())
        return integers | dict.fromkeys(self.texts, pl.String())

    @property
    def brackets(self) -> tuple[str, str]:
        """What stands before the first and after the last member."""
        return ("{", "}") if self.single else ("[{", "}]")


@dataclass(frozen=True, slots=True)
class Layout:
    """The keys of a dict in order, and the quote around them: `'` in Python, `"` in JSON."""

    keys: tuple[str, ...]
    quote: Literal["'", '"']

    @property
    def is_json(self) -> bool:
        """Whether the cells are JSON."""
        return self.quote == '"'

    def pattern(self, shape: Shape) -> str:
        """Regular expression of one piece; groups are named after the fields.

        A text has a second group, `NAME_2`, for Python's other quotes. The group `matched` takes
        part in every match.
        """
        entries = (
            f"{self.quote}{key}{self.quote}: (?:{self._value(key, shape)})" for key in self.keys
        )
        return f"^(?P<{_MATCHED}>){', '.join(entries)}$"

    def _value(self, key: str, shape: Shape) -> str:
        """What may stand after one key."""
        null = "null" if self.is_json else "None"
        if key in shape.integers:
            return f"(?P<{key}>{_INTEGER})"
        if key in shape.texts:
            return "|".join((*self._strings(key), null))
        booleans = "true|false" if self.is_json else "True|False"
        return "|".join((*self._strings(""), _NUMBER, null, booleans))

    def _strings(self, group: str) -> tuple[str, ...]:
        """The ways to write a string, captured where the group has a name."""
        double = _DOUBLE.format(f"(?P<{group}>" if group else "", ")" if group else "")
        if self.is_json:
            return (double,)
        second = _DOUBLE.format(f"(?P<{group}_2>" if group else "", ")" if group else "")
        return (_SINGLE.format(f"(?P<{group}>" if group else "", ")" if group else ""), second)


def find_layout(text: str, shape: Shape) -> Layout | None:
    """The layout of the first member of a cell; None where it lacks a field of the shape."""
    before, after = shape.brackets
    if not (text.startswith(before) and text.endswith(after)):
        return None
    piece = text.removeprefix(before).removesuffix(after).split("}, {", 1)[0]
    quote: Literal["'", '"'] = '"' if piece.startswith('"') else "'"
    keys = tuple(_FIND_KEYS[quote].findall(piece))
    is_unique = len(set(keys)) == len(keys) <= _MAX_KEYS
    return Layout(keys, quote) if is_unique and set(shape.fields) <= set(keys) else None


def match_cells(cells: pl.LazyFrame, layout: Layout, shape: Shape) -> pl.LazyFrame:
    """Cut the cells of (`cell`, `text`) into one row for each piece, in order.

    Columns: `place` (row number), `cell`, `text` (the piece), the fields of the shape, `matched`
    and `escaped` (Boolean). An escaped piece holds a backslash: its texts are still as written.
    """
    text = pl.col("text")
    groups = text.str.extract_groups(layout.pattern(shape)).alias("groups")
    texts = (
        pl.col(name) if layout.is_json else pl.coalesce(name, f"{name}_2") for name in shape.texts
    )
    return (
        cells.pipe(_split_cells, shape)
        .with_row_index("place")
        .with_columns(groups, escaped=text.str.contains("\\", literal=True))
        .unnest("groups")
        .select(
            "place",
            "cell",
            "text",
            "escaped",
            *(pl.col(name).cast(pl.Int64) for name in shape.integers),
            *texts,
            matched=pl.col(_MATCHED).is_not_null() & pl.col("bracketed"),
        )
    )


def _split_cells(cells: pl.LazyFrame, shape: Shape) -> pl.LazyFrame:
    """Pieces of the cells, and whether a cell is `bracketed`: ends like one with members."""
    before, after = shape.brackets
    text = pl.col("text")
    long_enough = text.str.len_bytes() >= len(before) + len(after)
    inner = text.str.strip_prefix(before).str.strip_suffix(after)
    pieces = cells.with_columns(
        inner if shape.single else inner.str.split("}, {"),
        bracketed=long_enough & text.str.starts_with(before) & text.str.ends_with(after),
    )
    return pieces if shape.single else pieces.explode("text")
