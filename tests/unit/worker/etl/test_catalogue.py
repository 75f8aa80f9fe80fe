"""The whole extraction: packed files, keywords, counts, and the share of bad rows."""

from pathlib import Path

import polars as pl
import pytest

from shared.contracts.reports import QuarantinedRow
from shared.errors import SourceError
from tests.unit.worker.etl.factories import (
    credits_row,
    csv_bytes,
    extract,
    movie,
    quarantined,
    write_packed,
    write_pair,
)
from worker.etl.catalogue import extract_catalogue
from worker.etl.schemas import MOVIES, check_schema
from worker.etl.sources import find_sources


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_packed_files_give_the_same_tables(tmp_path: Path, suffix: str) -> None:
    plain = extract(write_pair(tmp_path))
    for path in tuple(tmp_path.iterdir()):
        write_packed(path.with_suffix(f".csv{suffix}"), path.read_bytes())
        path.unlink()
    packed = extract(tmp_path)
    assert packed.movies.equals(plain.movies)
    assert packed.cast.equals(plain.cast)


def test_crlf_and_a_byte_order_mark_give_the_same_tables(tmp_path: Path) -> None:
    plain = extract(write_pair(tmp_path))
    rows = csv_bytes([movie()], "\r\n"), csv_bytes([credits_row()], "\r\n")
    odd = extract(write_pair(tmp_path, *(b"\xef\xbb\xbf" + data for data in rows)))
    assert odd.movies.equals(plain.movies)
    assert odd.directors.equals(plain.directors)


def test_counts_of_the_movies_file_add_up(tmp_path: Path) -> None:
    rows = [movie(1), movie(1), movie(2, release_date=""), movie(3, release_date="x"), movie(4)]
    catalogue = extract(write_pair(tmp_path, rows))
    names = ("raw_rows", "without_date", "quarantined", "duplicates", "movies")
    assert [catalogue.counts[name] for name in names] == [5, 1, 1, 1, 2]


def test_a_share_of_broken_cells_over_the_limit_fails_with_places(tmp_path: Path) -> None:
    rows = [
        movie(number, genres="[{'id" if number % 50 == 0 else "[]") for number in range(1, 501)
    ]
    write_pair(tmp_path, rows)
    with pytest.raises(SourceError) as caught:
        extract(tmp_path, share=0.01)
    assert caught.value.message.startswith(
        "movies_dataset.csv: 10 of 500 rows cannot be used, more than the allowed 1.00% "
        "(BUTACA_WORKER_MAX_QUARANTINE_SHARE); "
        "first: record 50 (line 51) genres: bad_literal; record 100 (line 101)"
    )
    assert caught.value.details["quarantined"] == 10
    assert extract(tmp_path, share=0.02).counts["quarantined"] == 10


def test_a_hopeless_file_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.etl.catalogue._MANY_FAULTS", 10)
    sources = find_sources(write_pair(tmp_path, [movie("x") for _ in range(100)]))
    with pytest.raises(SourceError, match=r"^movies_dataset\.csv: 1\d of 1\d rows"):
        extract_catalogue(sources, piece_bytes=1000)


def test_the_share_holds_for_credits_too(tmp_path: Path) -> None:
    write_pair(tmp_path, credits_=[credits_row(), credits_row(cast="[")])
    with pytest.raises(SourceError, match=r"^credits\.csv: 1 of 2 rows"):
        extract(tmp_path, share=0.01)


def test_a_latin1_file_fails_with_its_places(tmp_path: Path) -> None:
    rows = [movie(number, title="Ñandú") for number in range(1, 5)]
    data = csv_bytes(rows).decode().encode("latin-1")
    with pytest.raises(
        SourceError, match=r"4 of 4 rows .*record 1 \(line 2\) title: invalid_utf8"
    ):
        extract(write_pair(tmp_path, data), share=0.01)


def test_rows_that_cannot_be_split_are_quarantined_beside_the_others(tmp_path: Path) -> None:
    data = csv_bytes([movie(1), movie(2, release_date="x")]) + b"one,field,more\n"
    catalogue = extract(write_pair(tmp_path, data))
    assert quarantined(catalogue, "record", "line", "reason") == [
        (2, 3, "bad_date"),
        (3, 4, "too_few_fields"),
    ]
    assert catalogue.counts["raw_rows"] == 3


def test_lines_are_right_after_the_slow_reading_too(tmp_path: Path) -> None:
    data = csv_bytes([movie(1, title="\n\n"), movie(2, release_date="x")]) + b"x," * 30 + b"\n"
    catalogue = extract(write_pair(tmp_path, data))
    assert quarantined(catalogue, "record", "line", "reason") == [
        (2, 5, "bad_date"),
        (3, 6, "too_many_fields"),
    ]


def test_a_folder_without_one_usable_movie_fails(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no row is a usable movie"):
        extract(write_pair(tmp_path, [movie(release_date="")]))


def test_both_files_must_be_given(tmp_path: Path) -> None:
    sources = find_sources(write_pair(tmp_path))
    with pytest.raises(SourceError, match="no credits file"):
        extract_catalogue(sources[:1])


def test_keywords_are_joined_by_id(tmp_path: Path) -> None:
    own = "[{'id': 9, 'name': 'own'}]"
    write_pair(tmp_path, [movie(1, keywords=own), movie(2, keywords=own)])
    rows = [
        {"id": "2", "keywords": "[{'id': 1, 'name': 'toy'}]"},
        {"id": "2", "keywords": "[]"},
        {"id": "7", "keywords": "[]"},
        {"id": "1", "keywords": "[{"},
    ]
    (tmp_path / "keywords.csv").write_bytes(csv_bytes(rows))
    catalogue = extract(tmp_path)
    assert catalogue.movies["keywords"].to_list() == [
        [{"id": 9, "name": "own"}],
        [{"id": 1, "name": "toy"}],
    ]
    assert catalogue.quarantine == [
        QuarantinedRow(
            file="keywords.csv",
            record=4,
            line=5,
            column="keywords",
            reason="bad_literal",
            excerpt="[{",
        )
    ]
    assert (catalogue.counts["keywords_rows"], catalogue.counts["keywords_quarantined"]) == (4, 1)


def test_the_schema_check_refuses_another_type() -> None:
    with pytest.raises(pl.exceptions.SchemaError):
        check_schema(pl.DataFrame({"id": ["1"]}), MOVIES)
