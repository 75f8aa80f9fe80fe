r"""The exact parser of nested cells: slow, and right about every cell that Python can read.

Handles the few cells whose fast reading cannot be proven. JSON is tried first: a Python list of
dicts with identifier keys is never valid JSON, but JSON can be valid Python of another meaning
(surrogate pairs, `\/`).
"""

import ast
import json
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Final, cast

import polars as pl

from worker.etl.layouts import Shape

# `ast.literal_eval` takes 200 bytes of memory for each character; a cast of 10,000 has 2 MB.
MAX_LITERAL_CHARS: Final = 3 * 1024 * 1024
_INT64: Final = range(-(2**63), 2**63)

Member = tuple[object, ...]


class LiteralError(ValueError):
    """A cell is neither JSON nor a Python literal, or not the kind of value it should be."""


@contextmanager
def unknown_escapes_allowed() -> Generator[None]:
    r"""Silence Python's warning about escapes such as `\d`.

    Holds for all threads of the process, so it is entered once, around their work.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def parse_exactly(cells: pl.DataFrame, shape: Shape) -> tuple[pl.DataFrame, list[int]]:
    """Members of the cells of (`cell`, `text`) as a long table, and the unreadable cells."""
    rows: list[Member] = []
    failed: list[int] = []
    for cell, text in cells.select("cell", "text").iter_rows():
        try:
            rows += [(cell, *member) for member in parse_cell(text, shape)]
        except LiteralError:
            failed.append(cell)
    return pl.DataFrame(rows, schema={"cell": pl.UInt32(), **shape.types}, orient="row"), failed


def parse_pieces(
    pieces: pl.DataFrame, shape: Shape, *, is_json: bool
) -> tuple[pl.DataFrame, pl.Series]:
    """Members of (`place`, `cell`, `text`), each text the inside of one proven dict.

    Also returns the cells of the pieces that hold a wrong escape.
    """
    parse: Callable[[str], object] = json.loads if is_json else ast.literal_eval
    rows: list[Member] = []
    broken: list[int] = []
    for place, cell, text in pieces.select("place", "cell", "text").iter_rows():
        try:
            rows.append((place, cell, *_member(parse(f"{{{text}}}"), place, shape)))
        except (ValueError, SyntaxError):
            broken.append(cell)
    types = {"place": pl.UInt32(), "cell": pl.UInt32(), **shape.types}
    return pl.DataFrame(rows, schema=types, orient="row"), pl.Series(broken, dtype=pl.UInt32)


def parse_cell(text: str, shape: Shape) -> list[Member]:
    """Read one cell as members: tuples of `shape.fields`, None where a field is of no use.

    Nothing (None, an empty list, dict or string) is no members. A missing `order` is the place
    in the list. Members that are no dicts make the cell unreadable.

    Raises:
        LiteralError: the cell cannot be read, or is no list of dicts (no dict, if single).
    """
    value = _parse(text)
    if value is None or value in ([], {}, ""):
        return []
    if shape.single:
        return [_member(value, 0, shape)]
    if not isinstance(value, list):
        raise LiteralError("not a list")
    members = cast("list[object]", value)
    return [_member(member, place, shape) for place, member in enumerate(members)]


def _parse(text: str) -> object:
    """Value of a cell: JSON, else a Python literal."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if len(text) > MAX_LITERAL_CHARS:
        raise LiteralError("too large")
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as exc:
        raise LiteralError(str(exc)) from exc


def _member(member: object, place: int, shape: Shape) -> Member:
    """Fields of one member, in the order of the shape."""
    if not isinstance(member, Mapping):
        raise LiteralError("a member is not a dict")
    fields = cast("Mapping[object, object]", member)
    integers = [_integer(fields.get(name)) for name in shape.integers]
    if "order" in shape.integers:
        at = shape.integers.index("order")
        integers[at] = place if integers[at] is None else integers[at]
    return (*integers, *(_text(fields.get(name)) for name in shape.texts))


def _integer(value: object) -> int | None:
    """An integer that fits 64 bits; a float counts where it is whole."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value in _INT64:
        return value
    return None


def _text(value: object) -> str | None:
    """A string that UTF-8 can hold: surrogate pairs joined, lone ones replaced."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
