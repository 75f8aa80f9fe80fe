"""Locating records and counting their fields."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.worker.etl.factories import csv_bytes
from worker.etl.records import count_fields, find_places, parse_header, read_records

TEXT = st.text(alphabet="ab,\n'\" é", max_size=6)


def test_the_header_is_record_0() -> None:
    places = find_places(b'a,"b\nb"\n1,2\n', frozenset({0, 1}))
    assert [(place.line, place.text) for place in places.values()] == [
        (1, b'a,"b\nb"\n'),
        (3, b"1,2\n"),
    ]


def test_nothing_is_located_where_nothing_is_asked_for() -> None:
    assert find_places(b"a\n1\n", frozenset()) == {}


def test_a_header_may_hold_quotes_and_blanks() -> None:
    assert parse_header(b' id ,"a,b",c\r\n1,2,3\n') == ["id", "a,b", "c"]


def test_a_blank_line_has_no_fields() -> None:
    assert (count_fields(b"\r\n"), count_fields(b'a,"b\n,c"\n')) == (0, 2)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_good_records_are_all_read_back_where_they_are(cells: list[tuple[str, str]]) -> None:
    data = csv_bytes({"a": first, "b": f"{second}."} for first, second in cells)
    found = read_records(data, "x.csv", ["a", "b"])
    places = find_places(data, frozenset(found.numbers))
    assert [(first, second[:-1]) for first, second in found.rows] == cells
    assert found.lines == [places[number].line for number in found.numbers]
    assert found.faults == []
