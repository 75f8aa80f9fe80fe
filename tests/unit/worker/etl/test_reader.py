"""Reading CSV bytes: what is accepted, what is set aside and where, what is refused."""

from pathlib import Path

import pytest

from shared.errors import SourceError
from tests.unit.worker.etl.factories import csv_bytes, movie, source
from worker.etl.reader import read_tables
from worker.etl.records import MAX_CELL_CHARS
from worker.etl.tables import Table

HEADER = b"id,cast,crew\n"


def read(folder: Path, data: bytes) -> Table:
    """Read bytes as a credits file of one piece."""
    path = folder / "credits.csv"
    path.write_bytes(data)
    (table,) = read_tables(source(path, "credits"))
    return table


def faults(table: Table) -> list[tuple[int, int, str, str]]:
    return [(fault.record, fault.line, fault.column, fault.reason) for fault in table.faults]


def rows(table: Table) -> list[tuple[object, ...]]:
    return table.frame.rows()


def test_every_column_is_text_and_rows_are_numbered(tmp_path: Path) -> None:
    assert rows(read(tmp_path, HEADER + b"1,a,b\n2,,d\n")) == [
        (1, "1", "a", "b"),
        (2, "2", None, "d"),
    ]


def test_a_byte_order_mark_and_crlf_change_nothing(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbfid,cast,crew\r\n1,"x\r\ny",b\r\n'
    assert rows(read(tmp_path, data)) == [(1, "1", "x\r\ny", "b")]


def test_extra_columns_are_left_out_whatever_their_name(tmp_path: Path) -> None:
    table = read(tmp_path, b"record,id,cast,crew,cell\n7,1,a,b,c\n")
    assert table.frame.columns == ["record", "id", "cast", "crew"]
    assert rows(table) == [(1, "1", "a", "b")]


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + b"1,a,b\n\n2,c,d\n\n\n")
    assert rows(table) == [(1, "1", "a", "b"), (3, "2", "c", "d")]
    assert (table.rows, table.faults) == (2, [])


def test_a_short_row_is_quarantined_and_an_empty_last_cell_is_not(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + b'1,"a\na",\n2,b\n3,c,""\n')
    assert [row[0] for row in rows(table)] == [1, 3]
    assert faults(table) == [(2, 4, "", "too_few_fields")]
    assert (table.rows, table.faults[0].excerpt) == (3, "2,b")


def test_a_long_row_is_quarantined_alone(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + b'1,"a\na",x\n2,b,c,d\n\n3,c,d\n')
    assert [row[1] for row in rows(table)] == ["1", "3"]
    assert faults(table) == [(2, 4, "", "too_many_fields")]


def test_a_quote_that_nobody_closes_hides_no_other_row(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + b'1,a,b\n2,"x,c\n3,"y",d\n4,e,f\n5,g,h\n')
    assert [row[1] for row in rows(table)] == ["1", "3", "4", "5"]
    assert [fault[:2] for fault in faults(table)] == [(2, 3)]


def test_an_unclosed_quote_at_the_end_is_quarantined(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + b'1,a,b\n2,c,"cut of')
    assert [row[1] for row in rows(table)] == ["1"]
    assert faults(table) == [(2, 3, "", "unclosed_quote")]


def test_only_rows_with_invalid_utf8_are_lost(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + "1,Ñandú,b\n".encode() + b"2,\xd1and\xfa,b\n3,c,d\n")
    assert [row[1:3] for row in rows(table)] == [("1", "Ñandú"), ("3", "c")]
    assert faults(table) == [(2, 3, "cast", "invalid_utf8")]
    assert table.faults[0].excerpt == r"\udcd1and\udcfa"


def test_a_bare_carriage_return_breaks_only_its_own_row(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + b"1,a\ra,b\n2,c,d,e\n3,f,g\n")
    assert [row[1] for row in rows(table)] == ["3"]
    assert [fault[-1] for fault in faults(table)] == ["bad_csv", "too_many_fields"]


def test_a_50_mb_cell_is_quarantined_alone(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + b"1,a,b\n2," + b"x" * 50_000_000 + b",b\n3,c,d\n")
    assert [row[1] for row in rows(table)] == ["1", "3"]
    assert faults(table) == [(2, 3, "cast", "cell_too_large")]
    assert len(table.faults[0].excerpt) == 80


def test_a_large_file_of_small_cells_is_read_strictly(tmp_path: Path) -> None:
    count = MAX_CELL_CHARS // 1_000_000 + 1
    table = read(tmp_path, HEADER + (b"1," + b"x" * 1_000_000 + b",b\n") * count)
    assert (table.frame.height, table.lines) == (count, None)


def test_a_cell_over_the_csv_modules_own_limit_is_fine(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + b"1," + b"x" * 200_000 + b",\n2,b,c,d\n")
    assert table.frame.height == 1


def test_quoted_quotes_and_commas_are_text(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + b'1,"say ""hi"", you",b\n')
    assert rows(table)[0][2] == 'say "hi", you'


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match=r"credits\.csv is empty"):
        read(tmp_path, data)


@pytest.mark.parametrize("data", [HEADER, HEADER + b"\n\n", HEADER.strip()])
def test_a_header_without_rows_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match="header and no rows"):
        read(tmp_path, data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(SourceError, match=r"credits\.csv: line 1 is UTF-16"):
        read(tmp_path, (HEADER + b"1,a,b\n").decode().encode(encoding))


def test_duplicate_headers_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"credits\.csv: line 1 has columns twice: cast"):
        read(tmp_path, b"id,cast,cast ,crew\n1,a,b,c\n")


def test_a_missing_column_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"lacks required columns: movie_id or id, crew$"):
        read(tmp_path, b"cast,title\na,b\n")


def test_swapped_files_are_recognised(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="columns of the movies file: are the files swapped"):
        read(tmp_path, csv_bytes([movie()]))


def test_an_undecodable_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="lacks required columns: crew"):
        read(tmp_path, b"id,cast,cr\xe9w\n1,a,b\n")


def test_a_movies_file_one_column_short_is_not_called_swapped(tmp_path: Path) -> None:
    row = {**movie(), "keywords": "[]"}
    del row["release_date"]
    path = tmp_path / "movies.csv"
    path.write_bytes(csv_bytes([row]))
    with pytest.raises(SourceError, match=r"lacks required columns: release_date$"):
        list(read_tables(source(path, "movies")))
