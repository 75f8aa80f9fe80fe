"""The exact parser: what a cell means, and which cells mean nothing."""

import pytest

from worker.etl.exact import LiteralError, Member, parse_cell
from worker.etl.layouts import Shape

pytestmark = pytest.mark.filterwarnings("ignore:.*invalid escape sequence")

NAMED = Shape(integers=("id",), texts=("name",))
SINGLE = Shape(integers=("id",), texts=("name",), single=True)
ORDERED = Shape(integers=("order",))


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("[]", []),
        ("None", []),
        ("null", []),
        ('""', []),
        ("[{'id': 1, 'name': \"O'Toole\"}]", [(1, "O'Toole")]),
        (r"[{'id': 1, 'name': 'a\tb\xe9'}]", [(1, "a\tbé")]),
        ('[{"id": 1, "name": "Espa\\u00f1ol \\/ \\ud83d\\ude00"}]', [(1, "Español / 😀")]),
        (r"[{'id': 1, 'name': '\ud83d\ude00 \ud83d'}]", [(1, "😀 \ufffd")]),
        (" [{'id':1,'name':'a',},]", [(1, "a")]),
        ('[{"id": 1, "id": 2, "name": "a"}]', [(2, "a")]),
        ("[{'id': 862.0, 'name': 'a'}]", [(862, "a")]),
        ("[{'id': 1.5, 'name': 7}]", [(None, None)]),
        ("[{'id': True, 'name': None}]", [(None, None)]),
        ("[{'id': '1', 'name': b'a'}]", [(None, None)]),
        ("[{'id': 9223372036854775808, 'name': 'a'}]", [(None, "a")]),
        ("[{'id': 1e309, 'name': 'a'}]", [(None, "a")]),
        ("[{'name': 'a'}, {}]", [(None, "a"), (None, None)]),
    ],
)
def test_members_are_read_as_python_or_json_means_them(text: str, members: list[Member]) -> None:
    assert parse_cell(text, NAMED) == members


@pytest.mark.parametrize(
    "text",
    [
        "[{'id': 1, 'name': 'Anim",
        "[{'id': 1",
        "{'id': 1, 'name': 'a'}",
        "[1]",
        "[None]",
        "['a']",
        "0",
        "False",
        "Released",
        "__import__('os').system('true')",
        "[{'id': 1}, *[]]",
        "[{[]: 1}]",
        "[" * 100_000,
        "-" * 100_000 + "1",
        "1" + "+1" * 100_000,
        "9" * 5000,
        "[{'id': 1, 'name': '\x00'}]",
        r"[{'id': 1, 'name': '\x'}]",
    ],
)
def test_other_cells_are_unreadable(text: str) -> None:
    with pytest.raises(LiteralError):
        parse_cell(text, NAMED)


def test_a_literal_over_the_cap_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.etl.exact.MAX_LITERAL_CHARS", 1)
    with pytest.raises(LiteralError, match="too large"):
        parse_cell("[{'id': 1}]", NAMED)


@pytest.mark.parametrize("text", ["[]", "{}", "None", "null"])
def test_a_single_cell_may_be_empty(text: str) -> None:
    assert parse_cell(text, SINGLE) == []


def test_a_single_cell_holds_one_dict() -> None:
    assert parse_cell("{'id': 1, 'name': 'a'}", SINGLE) == [(1, "a")]
    with pytest.raises(LiteralError):
        parse_cell("[{'id': 1, 'name': 'a'}]", SINGLE)


def test_a_missing_order_is_the_place_in_the_list() -> None:
    assert parse_cell("[{'order': 5}, {'order': None}, {}]", ORDERED) == [(5,), (1,), (2,)]
