"""Nested cells: the fast way equals `ast.literal_eval` and `json.loads`, or is not taken."""

import ast
import json
import unicodedata
import warnings

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.etl.credits import CREW_SHAPE
from worker.etl.layouts import Shape, find_layout
from worker.etl.literals import Members, decode_cells

pytestmark = pytest.mark.filterwarnings("ignore:.*invalid escape sequence")

NAMED = Shape(integers=("id",), texts=("name",), required=("id", "name"))
SINGLE = Shape(integers=("id",), texts=("name",), required=("id", "name"), single=True)
CAST = Shape(integers=("id", "order"), texts=("name", "character"), required=("id", "name"))
# What Unicode calls whitespace: Python's own `strip` takes four control characters more.
WHITESPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
Row = tuple[object, ...]

PIECES = st.sampled_from(
    [
        *"ab'\"\\{}[],: \t\n\x01\x02\x7f#éñ日😀\u0301\u200b",
        *("O'Toole", "None", "': None", '": null', "}, {", "', 'name': '", "\\u0041", "\\'"),
        *("True", "null", "'id': 1", "\\x9a", "A\u030a", "\u2028", '"Kid"', "\\n"),
    ]
)
TEXTS = st.lists(PIECES, max_size=5).map("".join)
OTHERS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False))
INTEGERS = st.one_of(st.integers(-5, 10**6), st.integers(-(2**64), 2**64))
USUAL = {
    "cast_id": st.integers(0, 300),
    "character": TEXTS,
    "id": INTEGERS,
    "name": TEXTS,
    "order": st.integers(0, 99),
    "profile_path": st.one_of(st.none(), TEXTS),
}
MEMBERS = st.one_of(
    st.fixed_dictionaries(USUAL),
    st.fixed_dictionaries(USUAL),
    st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "name", "order", "x'y"), OTHERS)),
)
WRITERS = st.sampled_from([repr, json.dumps, lambda value: json.dumps(value, ensure_ascii=False)])


@st.composite
def written_cells(draw: st.DrawFn) -> str:
    """A cell as some program writes it, now and then damaged."""
    text = draw(WRITERS)(draw(st.lists(MEMBERS, max_size=4)))
    damage = draw(st.sampled_from(["none", "none", "none", "cut", "insert"]))
    place = draw(st.integers(0, len(text)))
    if damage == "cut":
        return text[:place]
    return text[:place] + draw(PIECES) + text[place:] if damage == "insert" else text


def reference(text: str, shape: Shape) -> list[Row] | None:
    """The meaning of a cell, by the two standard parsers and nothing else."""
    if not text.strip(WHITESPACE):
        return []
    try:
        value = json.loads(text)
    except ValueError:
        try:
            with warnings.catch_warnings(action="ignore"):
                value = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError):
            return None
    if value in (None, "", [], {}):
        return []
    members = [value] if shape.single else value
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        return None
    rows = [reference_row(member, place, shape) for place, member in enumerate(members)]
    needed = [shape.fields.index(name) for name in shape.required]
    return [row for row in rows if all(row[index] is not None for index in needed)]


def reference_row(member: dict[str, object], place: int, shape: Shape) -> Row:
    row: list[object] = []
    for name in shape.integers:
        value = member.get(name)
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        fits = type(whole) is int and -(2**63) <= whole < 2**63
        row.append(whole if fits else place if name == "order" else None)
    for name in shape.texts:
        value = member.get(name)
        text = value if isinstance(value, str) else ""
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        row.append(unicodedata.normalize("NFC", text).strip(WHITESPACE) or None)
    return tuple(row)


def rows_by_cell(cells: list[str | None], members: Members) -> list[list[Row] | None]:
    found: list[list[Row] | None] = [
        None if cell in members.failed else [] for cell in range(len(cells))
    ]
    for cell, *row in members.table.iter_rows():
        rows = found[cell]
        assert rows is not None, "an unreadable cell has members"
        rows.append(tuple(row))
    return found


def assert_meaning(cells: list[str], shape: Shape) -> Members:
    members = decode_cells(pl.Series(cells, dtype=pl.String), shape)
    assert rows_by_cell(cells, members) == [reference(cell, shape) for cell in cells]
    return members


@settings(max_examples=150, deadline=None)
@given(st.lists(written_cells(), min_size=1, max_size=5))
def test_any_cell_means_what_the_standard_parsers_say(cells: list[str]) -> None:
    assert_meaning(cells, CAST)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(st.fixed_dictionaries(USUAL), max_size=3), min_size=1, max_size=5), WRITERS
)
def test_a_column_of_one_writer_means_what_the_standard_parsers_say(
    cells: list[list[dict[str, object]]], write: object
) -> None:
    assert callable(write)
    assert_meaning([write(cell) for cell in cells], CAST)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries({"id": INTEGERS, "name": TEXTS}), min_size=1), WRITERS)
def test_single_dicts_mean_what_the_standard_parsers_say(
    cells: list[dict[str, object]], write: object
) -> None:
    assert callable(write)
    assert_meaning([write(cell) for cell in cells], SINGLE)


@pytest.mark.parametrize(
    "cell",
    [
        "[{'id': 1, 'name': 'Animation'}, {'id': -2, 'name': ''}]",
        "[{'id': 1, 'name': \"O'Toole\"}, {'id': 2, 'name': 'the \"Kid\"'}]",
        "[{'id': 1, 'name': ': None'}, {'id': 2, 'name': 'None'}, {'id': 3, 'name': None}]",
        "[{'name': 'a, b', 'id': 1, 'logo': None, 'x': True, 'y': 1.5}]",
        "[{'id': 1, 'name': \"', 'id': 2, 'name': '\"}]",
        r"[{'id': 1, 'name': 'Mark \'Dags\" D\'A\t\x9a'}, {'id': 2, 'name': 'b'}]",
        r"[{'id': 1, 'name': 'a\d'}]",
        '[{"id": 1, "name": "Espa\\u00f1ol \\"x\\" \\ud83d\\ude00"}, {"id": 2, "name": null}]',
    ],
)
def test_ordinary_cells_take_the_fast_way(cell: str) -> None:
    assert assert_meaning(["[{'id': 1, 'name': 'a'}]", cell], NAMED).slow == 0


@pytest.mark.parametrize(
    "cell",
    [
        "[{'id': 1, 'name': 'a}, {b'}]",
        "[{'id': 1, 'name': 'a', 'id': 2}]",
        "[{'id': 12345678901234567890, 'name': 'a'}]",
        "[{'id': 01, 'name': 'a'}]",
        "[{'id': '1', 'name': 'a'}]",
        "[{'id': 1, 'name': 'a' 'b'}]",
        "[{'id': 1, 'name': {'x': 1}}]",
        "[{'id': 1,'name': 'a'}]",
        "[{'id': 1, 'name': 'a\tb'}]",
        "[{'id': 1, 'name': 'a'}] # {}]",
        r"[{'id': 1, 'name': '\x'}]",
        r'[{"id": 1, "name": "\q"}]',
        "[{'id': 1, 'name': 'a'}",
        "[{'id': 1, 'name': u'a'}]",
        "({'id': 1, 'name': 'a'},)",
    ],
)
def test_doubtful_cells_are_left_to_the_exact_parser(cell: str) -> None:
    assert assert_meaning(["[{'id': 1, 'name': 'a'}]", cell], NAMED).slow == 1


def test_a_column_may_have_several_layouts() -> None:
    cells = ["[{'id': 1, 'name': 'a'}]", "[{'name': 'b', 'id': 2}]", '[{"id": 3, "name": "c"}]']
    assert assert_meaning(cells * 3, NAMED).slow == 0


@pytest.mark.parametrize(("count", "slow"), [(30, 0), (31, 1), (5000, 1)])
def test_only_dicts_of_a_sane_width_take_the_fast_way(count: int, slow: int) -> None:
    wide = {"id": 1, "name": "a"} | {f"key_{number}": "x" for number in range(count)}
    assert assert_meaning([str([wide])], NAMED).slow == slow


def test_broken_cells_at_the_beginning_hide_no_layout() -> None:
    cells = ["[{'id"] * 100 + ["[{'id': 1, 'name': 'a'}]"] * 100
    assert assert_meaning(cells, NAMED).slow == 100


def test_null_and_blank_cells_have_no_members() -> None:
    members = decode_cells(pl.Series([None, "", "  ", "[]"], dtype=pl.String), NAMED)
    assert (members.table.height, members.slow, members.failed) == (0, 0, [])
    assert members.table.columns == ["cell", "id", "name"]


def test_members_without_a_required_field_are_dropped_and_counted() -> None:
    cells = ["[{'id': 1, 'name': ' '}, {'id': 2, 'name': 'b'}]", "[{'name': 'x'}, {'id': 3}]"]
    members = decode_cells(pl.Series(cells), NAMED)
    assert members.table.rows() == [(0, 2, "b")]
    assert members.dropped == 3


def test_texts_are_composed_and_stripped() -> None:
    members = decode_cells(pl.Series(["[{'id': 1, 'name': '\xa0A\u030angstro\u0308m '}]"]), NAMED)
    assert members.table["name"].to_list() == ["Ångström"]


def test_only_the_members_asked_for_are_kept() -> None:
    crew = "[{'id': 1, 'name': 'a', 'job': 'Editor'}, {'id': 2, 'name': 'b', 'job': 'Director'}]"
    odd = "[{'job': 'Director', 'id': 3, 'name': 'c', 'x': []}, {'job': 'Writer'}]"
    members = decode_cells(pl.Series([crew, odd]), CREW_SHAPE, only=pl.col("job") == "Director")
    assert members.table["id"].to_list() == [2, 3]
    assert members.dropped == 0


def test_ten_thousand_members_take_the_fast_way() -> None:
    cell = str([{"id": number, "name": f"O'Neil {number}"} for number in range(10_000)])
    members = decode_cells(pl.Series([cell]), NAMED)
    assert (members.table.height, members.slow) == (10_000, 0)


def test_many_rows_are_decoded_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.etl.literals._CHUNK_BYTES", 50_000)
    cells = [f"[{{'id': {number}, 'name': 'n{number}'}}]" for number in range(10_000)]
    cells[5000] = "[{'id': 5000, 'name': 'n}5000'}]"
    table = decode_cells(pl.Series(cells), NAMED).table
    assert table["cell"].to_list() == table["id"].to_list() == list(range(10_000))


@pytest.mark.parametrize("text", ["", "[]", "[{'id': 1}]", "{'id': 1, 'name': 'a'}", "[{'x"])
def test_no_layout_is_found_where_a_field_is_missing(text: str) -> None:
    assert find_layout(text, NAMED) is None
