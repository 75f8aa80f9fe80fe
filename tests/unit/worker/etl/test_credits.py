"""The cast and directors tables, and how they meet the movies."""

import json
from pathlib import Path

import pytest

from shared.errors import SourceError
from tests.unit.worker.etl.factories import (
    Row,
    actor,
    credits_row,
    csv_bytes,
    extract,
    movie,
    quarantined,
    worker,
    write_pair,
)
from worker.etl.catalogue import Catalogue
from worker.etl.schemas import CAST, DIRECTORS


def extract_credits(folder: Path, *rows: Row, movies: tuple[int, ...] = (862,)) -> Catalogue:
    return extract(write_pair(folder, [movie(number) for number in movies], rows))


def test_cast_and_directors_are_long_tables(tmp_path: Path) -> None:
    cast = str([actor(31, "Tom Hanks", 0), actor(9, "Peter O'Toole", 1)])
    crew = str([worker(1, "Ann", "Editor"), worker(2, "Joe"), worker(3, "Eva")])
    catalogue = extract_credits(tmp_path, credits_row(cast=cast, crew=crew))
    assert catalogue.cast.rows() == [
        (862, 31, "Tom Hanks", "Woody (voice)", 0),
        (862, 9, "Peter O'Toole", "Woody (voice)", 1),
    ]
    assert catalogue.directors.rows() == [(862, 2, "Joe"), (862, 3, "Eva")]
    assert (catalogue.cast.schema, catalogue.directors.schema) == (CAST, DIRECTORS)


@pytest.mark.parametrize("key", ["id", "movie_id"])
def test_either_key_column_works(tmp_path: Path, key: str) -> None:
    row = {key: "862.0", "title": "x", "cast": json.dumps([actor()]), "crew": "[]"}
    assert extract_credits(tmp_path, row).cast["movie_id"].to_list() == [862]


def test_movie_id_is_the_key_where_both_are_there(tmp_path: Path) -> None:
    catalogue = extract_credits(tmp_path, credits_row(7) | {"movie_id": "862"})
    assert catalogue.cast["movie_id"].to_list() == [862]


def test_movies_without_credits_stay_and_both_ways_are_counted(tmp_path: Path) -> None:
    rows = (credits_row(1), credits_row(8), credits_row(9))
    catalogue = extract_credits(tmp_path, *rows, movies=(1, 2, 3))
    assert catalogue.movies["id"].to_list() == [1, 2, 3]
    assert catalogue.cast["movie_id"].to_list() == [1]
    counts = catalogue.counts
    assert (counts["movies_without_credits"], counts["credits_without_movie"]) == (2, 2)
    assert (counts["credits_rows"], counts["cast"], counts["directors"]) == (3, 1, 1)


def test_credits_of_other_movies_only_leave_the_catalogue_whole(tmp_path: Path) -> None:
    catalogue = extract_credits(tmp_path, credits_row(7))
    assert (catalogue.movies.height, catalogue.cast.height, catalogue.directors.height) == (
        1,
        0,
        0,
    )


def test_the_first_row_of_a_movie_wins(tmp_path: Path) -> None:
    rows = [credits_row(cast=str([actor(number)])) for number in (1, 2)]
    catalogue = extract_credits(tmp_path, *rows)
    assert catalogue.cast["person_id"].to_list() == [1]
    assert catalogue.counts["credits_duplicates"] == 1


def test_a_row_with_an_unreadable_cell_is_quarantined_and_its_movie_stays(tmp_path: Path) -> None:
    rows = (credits_row(1), credits_row(2, crew="[{'job': "), credits_row(3, cast="x", crew="y"))
    catalogue = extract_credits(tmp_path, *rows, movies=(1, 2, 3))
    assert catalogue.movies.height == 3
    assert catalogue.cast["movie_id"].to_list() == catalogue.directors["movie_id"].to_list() == [1]
    fields = ("file", "record", "line", "column", "reason", "excerpt")
    assert quarantined(catalogue, *fields) == [
        ("credits.csv", 2, 3, "crew", "bad_literal", "[{'job': "),
        ("credits.csv", 3, 4, "cast", "bad_literal", "x"),
    ]
    assert catalogue.counts["credits_quarantined"] == 2


def test_an_id_that_is_no_number_is_quarantined(tmp_path: Path) -> None:
    catalogue = extract_credits(tmp_path, credits_row(), credits_row("x"))
    assert quarantined(catalogue, "record", "column", "reason") == [(2, "id", "bad_id")]


def test_people_without_name_or_id_are_left_out_and_counted(tmp_path: Path) -> None:
    cast = str([actor(None), actor(1, None), actor(2, " "), actor(3, "Eva", None)])
    crew = str([worker(1, ""), worker(2, None, "Editor")])
    catalogue = extract_credits(tmp_path, credits_row(cast=cast, crew=crew))
    assert catalogue.cast.select("person_id", "order").rows() == [(3, 3)]
    assert catalogue.directors.height == 0
    assert catalogue.counts["dropped_members"] == 4


def test_a_person_directs_a_movie_once_and_may_play_two_roles(tmp_path: Path) -> None:
    people = {"cast": str([actor(5), actor(5)]), "crew": str([worker(5), worker(5)])}
    catalogue = extract_credits(tmp_path, credits_row(**people))
    assert (catalogue.cast.height, catalogue.directors.height) == (2, 1)


def test_an_unnamed_role_is_null(tmp_path: Path) -> None:
    cast = str([actor() | {"character": ""}, actor() | {"character": None}])
    catalogue = extract_credits(tmp_path, credits_row(cast=cast))
    assert catalogue.cast["character"].to_list() == [None, None]


def test_a_cast_of_ten_thousand_is_read(tmp_path: Path) -> None:
    cast = str([actor(number + 1, f"N{number}", number) for number in range(10_000)])
    catalogue = extract_credits(tmp_path, credits_row(cast=cast))
    assert catalogue.cast["order"].to_list() == list(range(10_000))
    assert catalogue.counts["slow_cells"] == 0


@pytest.mark.parametrize("data", [b"", b"cast,crew,id\n"])
def test_empty_credits_are_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^credits\.csv (is empty|holds a header and no rows)"):
        extract(write_pair(tmp_path, credits_=data))


def test_swapped_files_are_refused(tmp_path: Path) -> None:
    write_pair(tmp_path, csv_bytes([credits_row()]), csv_bytes([movie()]))
    with pytest.raises(SourceError, match=r"^movies_dataset\.csv: .*are the files swapped"):
        extract(tmp_path)
