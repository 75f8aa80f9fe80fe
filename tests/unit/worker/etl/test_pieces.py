"""Files read in pieces: however they are cut, what comes out is the same."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.errors import SourceError
from tests.unit.worker.etl.factories import (
    actor,
    credits_row,
    csv_bytes,
    movie,
    source,
    worker,
    write_pair,
)
from worker.etl import pieces, records
from worker.etl.catalogue import Catalogue, extract_catalogue
from worker.etl.pieces import QUOTE, Feed, Piece, find_byte, find_record_end
from worker.etl.reader import Reading, read_tables
from worker.etl.sources import find_sources

SIZES = st.sampled_from([1, 2, 3, 7, 20, 50, 100])
WHOLE = 2**20
HEADER = b"id,cast,crew\n"
# Rows as a program writes them, and what an accident leaves of them.
CLEAN = st.sampled_from(
    [
        "1,a,b\n",
        '2,"x, y","z\nz"\n',
        "3,,\n",
        '6,"a\rb",c\n',
        '4,"say ""hi""",""\n',
        '"5","\n\n",é\n',
        "\n",
    ]
)
DIRTY = st.sampled_from(
    [
        *("1", "a", ",", '"', "\n", "\r\n", "\r", "é", "\udcff", '""', '","', '\n"', "\n\n"),
        *('"a"x"b"', ',"a', 'a",', "1,a,b\n", "1,a,b,c\n", "1,a\n", '"1\n2",a\n', " ", "\x00"),
    ]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pieces")


def read(folder: Path, data: bytes, piece_bytes: int) -> tuple[list[object], list[object]]:
    """Rows with their physical lines, and faults, of all pieces."""
    path = folder / "credits.csv"
    path.write_bytes(data)
    rows: list[object] = []
    faults: list[object] = []
    try:
        for table in read_tables(source(path, "credits"), Reading(piece_bytes=piece_bytes)):
            faults += table.faults
            table.faults = []
            table.add_faults(
                table.frame.select(
                    "record",
                    column=pl.lit("x"),
                    reason=pl.lit("x"),
                    excerpt=pl.concat_str(pl.all().fill_null(""), separator="|"),
                )
            )
            rows += table.faults
    except SourceError as exc:
        faults.append(exc.message)
    return rows, faults


def assert_same(folder: Path, body: str, piece_bytes: int) -> None:
    data = HEADER + body.encode("utf-8", "surrogateescape")
    assert read(folder, data, piece_bytes) == read(folder, data, WHOLE)


@settings(max_examples=150, deadline=None)
@given(st.lists(CLEAN, max_size=20).map("".join), SIZES)
def test_a_clean_file_may_be_cut_anywhere(folder: Path, body: str, piece_bytes: int) -> None:
    assert_same(folder, body, piece_bytes)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(CLEAN, DIRTY), max_size=25).map("".join), SIZES)
@example('1,a,b\n2,"x,c\n3,"y",d\n4,e,f\n', 7)
@example('1,"a\n', 3)
@example('1,"a\nb"\n2,c,d\n', 100)
def test_a_dirty_file_may_be_cut_anywhere(folder: Path, body: str, piece_bytes: int) -> None:
    assert_same(folder, body, piece_bytes)


def tables(catalogue: Catalogue) -> list[object]:
    """All that must not depend on the pieces."""
    steps = [(step.step, step.rows_in, step.rows_out, step.lost) for step in catalogue.steps]
    frames = (catalogue.movies, catalogue.cast, catalogue.directors)
    return [
        *(frame.rows() for frame in frames),
        *(frame.schema for frame in frames),
        *(catalogue.quarantine, steps, catalogue.coercions),
        *(catalogue.unmatched, catalogue.duplicates),
    ]


@pytest.mark.parametrize("piece_bytes", [100, 1000, 5000])
@pytest.mark.parametrize("damage", [b"", b'7,"x,\n', b"a,b\n\n\xff,c\n"])
def test_pieces_give_the_same_catalogue(tmp_path: Path, piece_bytes: int, damage: bytes) -> None:
    odd = [{}, {"overview": 'two\n"lines"'}, {"genres": "["}, {"runtime": "0"}, {"title": ""}]
    movies = [movie(number % 30, **odd[number % 5]) for number in range(1, 41)]
    crews = [str([worker(number)]) for number in range(40)]
    people = [
        credits_row(number % 35, cast=str([actor(number)] * 3), crew=crew)
        for number, crew in enumerate(crews, 1)
    ]
    first, second = csv_bytes(movies), csv_bytes(people, "\r\n")
    write_pair(tmp_path, first + damage + first, second + damage + second)
    found = [
        extract_catalogue(find_sources(tmp_path), max_quarantine_share=1, piece_bytes=size)
        for size in (piece_bytes, WHOLE)
    ]
    assert tables(found[0]) == tables(found[1])
    assert found[0].movies.height > 20


def test_many_pieces_are_really_cut(tmp_path: Path) -> None:
    path = tmp_path / "credits.csv"
    path.write_bytes(HEADER + b"1,a,b\n" * 100)
    found = list(read_tables(source(path, "credits"), Reading(piece_bytes=100)))
    assert [table.frame.height for table in found] == [16] * 6 + [4]
    assert [table.start.record for table in found] == [1, 17, 33, 49, 65, 81, 97]
    assert [table.start.line for table in found] == [2, 18, 34, 50, 66, 82, 98]


def test_the_fast_reader_goes_on_after_a_broken_piece(tmp_path: Path) -> None:
    path = tmp_path / "credits.csv"
    path.write_bytes(HEADER + b"1,a,b\n" * 20 + b'2,"x,c\n' + b'3,"d",e\n' * 60)
    found = list(read_tables(source(path, "credits"), Reading(piece_bytes=100)))
    were_slow = [table.lines is not None for table in found]
    assert were_slow == [False, False, True, *[False] * 5]
    assert sum(table.frame.height for table in found) == 80


def test_a_record_larger_than_a_piece_is_one_piece(tmp_path: Path) -> None:
    path = tmp_path / "credits.csv"
    path.write_bytes(HEADER + b'1,"' + b"x\n" * 500 + b'",b\n' + b"2,c,d\n" * 20)
    found = list(read_tables(source(path, "credits"), Reading(piece_bytes=50)))
    assert found[0].frame["id"].to_list() == ["1"]
    assert [table.lines is None for table in found] == [False, *[True] * (len(found) - 1)]


def test_a_quote_that_never_closes_is_given_up_in_bounded_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "MAX_RECORD_BYTES", 1000)
    read_bytes: list[int] = []

    def chunks() -> Iterator[bytes]:
        for chunk in (b'1,"a,b\n', *([b"2,c,d\n" * 10] * 100)):
            read_bytes.append(len(chunk))
            yield chunk

    feed = Feed("x.csv", chunks(), 100)
    piece = feed.take_piece()
    assert piece is not None
    assert sum(read_bytes) < 2000
    found = records.read_records(
        piece, feed, "x.csv", ["id", "cast", "crew"], pieces.Position(1, 2)
    )
    assert [fault.reason for fault in found.faults] == ["unclosed_quote"]
    assert sum(read_bytes) < 3000


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MAX_LINE_BYTES", 1000)
    for take in (Feed.take_piece, Feed.take_line):
        with pytest.raises(SourceError, match=r"x\.csv: a line of more than 1,000 bytes"):
            take(Feed("x.csv", iter([b"x" * 100] * 100), 100))


def test_lines_that_are_put_back_come_next() -> None:
    feed = Feed("x.csv", iter([b"a\nb", b"\nc"]), 2)
    first, second = feed.take_line(), feed.take_line()
    feed.put_back([first, second])
    assert [feed.take_line() for _ in range(4)] == [b"a\n", b"b\n", b"c\n", b""]
    assert feed.take_piece() is None


def find_end(data: bytes) -> int:
    """The end of the last record, which must not depend on what lies around."""
    end = find_record_end(data, find_byte(data, QUOTE, 0, len(data)), 0, len(data))
    around, stop = b'"\n' + data + b"\n", len(data) + 2
    assert find_record_end(around, find_byte(around, QUOTE, 2, stop), 2, stop) == (end and end + 2)
    return end


@pytest.mark.parametrize(
    ("data", "end"),
    [(b"", 0), (b"a", 0), (b"a\nb", 2), (b'a\n"b\n', 2), (b'a\n"b\n"c\nd', 8), (b'"\n', 0)],
)
def test_a_record_ends_at_a_line_end_outside_quotes(data: bytes, end: int) -> None:
    assert find_end(data) == end


@given(st.text(alphabet='a"\n', max_size=30).map(str.encode))
def test_the_end_of_the_last_record_is_where_counting_finds_it(data: bytes) -> None:
    ends = [
        at + 1 for at, byte in enumerate(data) if byte == 10 and data.count(b'"', 0, at) % 2 == 0
    ]
    assert find_end(data) == max(ends, default=0)


def test_quotes_are_found_in_every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_BLOCK_BYTES", 4)
    data = b'"12"4""\n\n'
    assert find_byte(data, QUOTE, 0, len(data)).tolist() == [0, 3, 5, 6]
    assert find_byte(data, QUOTE, 1, 6).tolist() == [3, 5]
    assert Piece(data, np.empty(0, np.int64)).count_lines() == 2
