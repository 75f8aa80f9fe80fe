"""The clean tables as files."""

import csv
import io
import json

import polars as pl
import pytest

from services.queries.plans.exported_tables import as_csv, without_keys
from tests.factories import cast_frame, movie, movies_frame


def read_csv(frame: pl.DataFrame) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(frame).write_csv())))


@pytest.mark.parametrize(
    ("title", "defused"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-2 Fast", "'-2 Fast"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("=HYPERLINK('x')", "'=HYPERLINK('x')"),
        ("＝1", "'＝1"),  # noqa: RUF001  # the wide form is meant
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("a;=1", "a;'=1"),
        ("a; @b", "a; '@b"),
        ("a\n=1", "a\n'=1"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_defused(title: str, defused: str) -> None:
    rows = read_csv(movies_frame(movie(1, title)))
    assert rows[0]["title"] == defused


def test_other_cells_stay_as_they_are() -> None:
    film = movie(1, 'Face/Off, "the" film', overview="a = b; c - d\ne", tagline=None, budget=5)
    row = read_csv(movies_frame(film))[0]
    assert row["title"] == 'Face/Off, "the" film'
    assert row["overview"] == "a = b; c - d\ne"
    assert row["tagline"] == ""
    assert row["budget"] == "5"
    assert row["release_date"] == "2000-01-03"


def test_lists_are_json() -> None:
    genres = [{"id": 1, "name": 'A "B"'}, {"id": 2, "name": "Ñandú"}]
    row = read_csv(movies_frame(movie(1, "x", genres=genres)))[0]
    assert json.loads(row["genres"]) == genres
    assert json.loads(row["keywords"]) == []


def test_internal_columns_stay_inside() -> None:
    cast = cast_frame((1, 10, "Ana"))
    assert "key" in cast.columns
    assert without_keys(cast).columns == ["movie_id", "person_id", "name", "character", "order"]
