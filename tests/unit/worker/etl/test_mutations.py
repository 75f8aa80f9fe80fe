"""Nested cells that somebody spoiled: read as the standard parsers read them, or not at all.

The cells share their column with good ones, so that the fast way knows the layout and is tempted.
"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.worker.etl.test_literals import CAST, INTEGERS, PIECES, TEXTS, assert_meaning
from worker.etl.layouts import Shape

pytestmark = pytest.mark.filterwarnings("ignore:.*invalid escape sequence")

GOOD = {"cast_id": 1, "character": "x", "id": 2, "name": "Ann", "order": 3, "profile_path": None}
SINGLE = Shape(integers=("id",), texts=("name",), required=("id", "name"), single=True)
WRITERS = st.sampled_from([repr, json.dumps, lambda value: json.dumps(value, ensure_ascii=False)])
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
SCALARS = st.one_of(TEXTS, st.text(max_size=6), INTEGERS, FLOATS, st.booleans(), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=3,
)
PLAIN = st.fixed_dictionaries({**dict.fromkeys(GOOD, SCALARS), "id": INTEGERS, "name": TEXTS})
ODD = st.fixed_dictionaries(dict.fromkeys(GOOD, VALUES))
CELLS = st.lists(st.one_of(PLAIN, ODD), max_size=3)
SCRAPS = st.one_of(
    PIECES, st.text(max_size=2), st.sampled_from(["', '", '": "', "}, {", "]", "0"])
)


def good_cell(write: object) -> str:
    """A cell that makes the fast way expect its layout in the whole column."""
    assert callable(write)
    return str(write([GOOD, GOOD]))


@st.composite
def spoiled(draw: st.DrawFn, cells: st.SearchStrategy[str]) -> str:
    """A cell after a few cuts, insertions, deletions, doublings and exchanges."""
    text = draw(cells)
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(0, len(text)))
        last = draw(st.integers(first, min(len(text), first + 12)))
        part = text[first:last]
        instead = {
            "delete": "",
            "double": part * 2,
            "reverse": part[::-1],
            "replace": draw(SCRAPS),
            "insert": draw(SCRAPS) + part,
        }
        text = text[:first] + instead[draw(st.sampled_from(sorted(instead)))] + text[last:]
    return text[: draw(st.integers(0, len(text)))] if draw(st.integers(0, 4)) == 0 else text


@st.composite
def with_keys_again(draw: st.DrawFn) -> str:
    """A cell whose dicts may name a key twice, which no program writes."""
    is_json = draw(st.booleans())
    write = json.dumps if is_json else repr
    keys = st.sampled_from([*GOOD, "other"])
    entries = st.lists(st.tuples(keys, SCALARS), min_size=5, max_size=8)
    members = [
        ", ".join(f"{write(key)}: {write(value)}" for key, value in draw(entries))
        for _ in range(draw(st.integers(1, 2)))
    ]
    return "[{" + "}, {".join(members) + "}]"


@settings(max_examples=150, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=4), WRITERS)
def test_any_values_mean_what_the_standard_parsers_say(
    cells: list[list[dict[str, object]]], write: object
) -> None:
    assert callable(write)
    assert_meaning([good_cell(write), *(str(write(cell)) for cell in cells)], CAST)


@settings(max_examples=300, deadline=None)
@given(st.data(), WRITERS)
def test_spoiled_cells_are_never_read_as_something_else(
    data: st.DataObject, write: object
) -> None:
    assert callable(write)
    cells = st.one_of(
        st.just(good_cell(write)),
        CELLS.map(lambda cell: str(write(cell)) if callable(write) else ""),
    )
    found = data.draw(st.lists(spoiled(cells), min_size=1, max_size=4))
    assert_meaning([good_cell(write), *found], CAST)


@settings(max_examples=100, deadline=None)
@given(st.data(), WRITERS)
def test_spoiled_single_dicts_are_never_read_as_something_else(
    data: st.DataObject, write: object
) -> None:
    assert callable(write)
    good = str(write({"id": 1, "name": "Ann"}))
    found = data.draw(st.lists(spoiled(st.just(good)), min_size=1, max_size=4))
    assert_meaning([good, *found], SINGLE)


@settings(max_examples=150, deadline=None)
@given(st.lists(with_keys_again(), min_size=1, max_size=3), WRITERS)
def test_of_keys_that_are_there_twice_the_last_counts(cells: list[str], write: object) -> None:
    assert_meaning([good_cell(write), *cells], CAST)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 200), WRITERS)
def test_a_cell_cut_off_anywhere_is_never_half_read(length: int, write: object) -> None:
    cell = good_cell(write)
    assert_meaning([cell, cell[:length]], CAST)


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_at_all_is_a_cell(text: str) -> None:
    assert_meaning([good_cell(repr), text], CAST)
