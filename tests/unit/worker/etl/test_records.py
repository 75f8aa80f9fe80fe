"""Locating records and counting their fields."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.worker.etl.factories import csv_bytes
from worker.etl.headers import read_header
from worker.etl.pieces import QUOTE, Feed, Piece, Position, find_byte
from worker.etl.records import count_fields, find_places, read_records

START = Position(1, 1)

TEXT = st.text(alphabet="ab,\n'\" é", max_size=6)


def feed_of(*chunks: bytes) -> Feed:
    return Feed("x.csv", iter(chunks), 100)


def test_records_are_located_from_the_first_of_their_piece() -> None:
    places = find_places(b'a,"b\nb"\n1,2\n', frozenset({7, 8}), Position(7, 20))
    assert [(place.line, place.text) for place in places.values()] == [
        (20, b'a,"b\nb"\n'),
        (22, b"1,2\n"),
    ]


def test_nothing_is_located_where_nothing_is_asked_for() -> None:
    assert find_places(b"a\n1\n", frozenset(), START) == {}


def test_a_header_may_hold_quotes_and_blanks() -> None:
    feed = feed_of(b' id ,"a\n,b",c\r\n1,2,3\n')
    assert read_header("x.csv", feed) == (["id", "a\n,b", "c"], 2)
    assert feed.take_line() == b"1,2,3\n"


def test_a_blank_line_has_no_fields() -> None:
    assert (count_fields(b"\r\n"), count_fields(b'a,"b\n,c"\n')) == (0, 2)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_good_records_are_all_read_back_where_they_are(cells: list[tuple[str, str]]) -> None:
    data = csv_bytes({"a": first, "b": f"{second}."} for first, second in cells)
    data = data.removeprefix(b"a,b\n")
    found = read_records(
        Piece(data, find_byte(data, QUOTE, 0, len(data))), feed_of(), "x.csv", ["a", "b"], START
    )
    places = find_places(data, frozenset(found.numbers), START)
    assert [(first, second[:-1]) for first, second in found.rows] == cells
    assert found.lines == [places[number].line for number in found.numbers]
    assert found.faults == []
