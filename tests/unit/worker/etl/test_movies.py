"""The movies table: every rule on one row, then rows together."""

from datetime import date
from pathlib import Path

import pytest

from tests.unit.worker.etl.factories import (
    Row,
    extract,
    extract_one,
    movie,
    quarantined,
    write_pair,
)
from worker.etl.catalogue import Catalogue
from worker.etl.schemas import MOVIES

PLACE = ("record", "line", "column", "reason", "excerpt")


def extract_movies(folder: Path, rows: list[Row]) -> Catalogue:
    return extract(write_pair(folder, rows))


def test_a_kaggle_row_becomes_a_clean_movie(tmp_path: Path) -> None:
    assert extract_one(tmp_path) == {
        "id": 862,
        "title": "Toy Story",
        "release_date": date(1995, 10, 30),
        "release_year": 1995,
        "original_language": "en",
        "status": "Released",
        "tagline": None,
        "overview": "Led by Woody, Andy's toys live happily.",
        "runtime": 81.0,
        "popularity": 21.9,
        "vote_average": 7.7,
        "vote_count": 5415,
        "budget": 30_000_000,
        "revenue": 373_554_033,
        "return": 373_554_033 / 30_000_000,
        "belongs_to_collection": [{"id": 10194, "name": "Toy Story Collection"}],
        "genres": [{"id": 16, "name": "Animation"}, {"id": 35, "name": "Comedy"}],
        "production_companies": [{"id": 3, "name": "Pixar Animation Studios"}],
        "production_countries": [{"iso_3166_1": "US", "name": "United States of America"}],
        "spoken_languages": [{"iso_639_1": "en", "name": "English"}],
        "keywords": [],
    }


def test_the_table_has_the_declared_schema(tmp_path: Path) -> None:
    assert extract(write_pair(tmp_path)).movies.schema == MOVIES


@pytest.mark.parametrize(
    "column", ["budget", "revenue", "vote_count", "vote_average", "popularity"]
)
@pytest.mark.parametrize("cell", ["", "nan", "inf", "1e309", "-5", "/path.jpg"])
def test_numbers_that_cannot_be_used_are_0(tmp_path: Path, column: str, cell: str) -> None:
    write_pair(tmp_path, [movie(**{column: cell})])
    catalogue = extract(tmp_path)
    assert catalogue.movies[column].to_list() == [0]
    assert catalogue.counts["coerced"] == (1 if cell else 0)


@pytest.mark.parametrize("cell", ["", "nan", "inf", "1e309", "-5", "long"])
def test_a_runtime_that_cannot_be_used_is_unknown(tmp_path: Path, cell: str) -> None:
    assert extract_one(tmp_path, runtime=cell)["runtime"] is None


@pytest.mark.parametrize(
    ("budget", "revenue", "expected"),
    [("10", "25", 2.5), ("0", "25", 0.0), ("10", "0", 0.0), ("", "25", 0.0), ("x", "", 0.0)],
)
def test_return_is_revenue_over_budget_or_0(
    tmp_path: Path, budget: str, revenue: str, expected: float
) -> None:
    assert extract_one(tmp_path, budget=budget, revenue=revenue)["return"] == expected


def test_an_empty_title_is_filled_from_the_original_title(tmp_path: Path) -> None:
    assert extract_one(tmp_path, title="  ", original_title=" Amélie ")["title"] == "Amélie"


def test_text_is_composed_and_stripped(tmp_path: Path) -> None:
    clean = extract_one(tmp_path, title="\u00a0Ame\u0301lie ", overview=" ", status="")
    assert (clean["title"], clean["overview"], clean["status"]) == ("Amélie", None, None)


@pytest.mark.parametrize("cell", ["862.0", " 862 "])
def test_an_id_may_be_written_as_a_float(tmp_path: Path, cell: str) -> None:
    assert extract_one(tmp_path, id=cell)["id"] == 862


def test_rows_without_a_date_are_dropped_and_counted(tmp_path: Path) -> None:
    rows = [movie(1), movie(2, release_date=""), movie("bad", release_date=" ")]
    catalogue = extract_movies(tmp_path, rows)
    assert catalogue.movies["id"].to_list() == [1]
    assert (catalogue.counts["without_date"], catalogue.counts["quarantined"]) == (2, 0)


@pytest.mark.parametrize("cell", ["1", "1/13/1999", "0000-00-00", "2001-02-30"])
def test_a_date_that_is_no_day_is_quarantined_with_its_place(tmp_path: Path, cell: str) -> None:
    rows = [movie(1, overview="two\nlines"), movie(2, release_date=cell)]
    catalogue = extract_movies(tmp_path, rows)
    assert quarantined(catalogue, *PLACE) == [(2, 4, "release_date", "bad_date", cell)]
    assert [row.file for row in catalogue.quarantine] == ["movies_dataset.csv"]


@pytest.mark.parametrize("cell", ["", "1997-08-20", "tt01", "-5"])
def test_an_id_that_is_no_number_is_quarantined(tmp_path: Path, cell: str) -> None:
    catalogue = extract_movies(tmp_path, [movie(1), movie(cell)])
    assert quarantined(catalogue, *PLACE) == [(2, 3, "id", "bad_id", cell)]


def test_a_row_without_any_title_is_quarantined(tmp_path: Path) -> None:
    catalogue = extract_movies(tmp_path, [movie(1), movie(2, title="", original_title=" ")])
    assert quarantined(catalogue, *PLACE) == [(2, 3, "title", "missing_title", "")]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("genres", "[{'id': 16, 'name': 'Anim"),
        ("genres", "Released"),
        ("genres", "{'id': 16, 'name': 'Animation'}"),
        ("belongs_to_collection", "[1]"),
        ("belongs_to_collection", "0.065736"),
        ("production_companies", "[7]"),
        ("production_countries", "[{'iso_3166_1': 'US'"),
        ("spoken_languages", '[{"iso_639_1": "en", "name": "\\x"}]'),
    ],
)
def test_a_row_with_an_unreadable_cell_is_quarantined(
    tmp_path: Path, column: str, cell: str
) -> None:
    catalogue = extract_movies(tmp_path, [movie(1), movie(2, **{column: cell}), movie(3)])
    assert catalogue.movies["id"].to_list() == [1, 3]
    assert quarantined(catalogue, *PLACE) == [(2, 3, column, "bad_literal", cell)]


def test_a_row_has_one_fault_the_first(tmp_path: Path) -> None:
    both = movie(2, genres="[", spoken_languages="[")
    first = movie("x", release_date="1", genres="[")
    catalogue = extract_movies(tmp_path, [first, movie(1), both])
    assert [row[2:4] for row in quarantined(catalogue, *PLACE)] == [
        ("release_date", "shifted_row"),
        ("genres", "bad_literal"),
    ]


def test_excerpts_are_short_and_printable(tmp_path: Path) -> None:
    catalogue = extract_movies(tmp_path, [movie(1), movie(2, genres="[\x1b\n" + "x" * 200)])
    excerpt = catalogue.quarantine[0].excerpt
    assert excerpt == r"[\x1b\n" + "x" * 72 + "…"
    assert len(excerpt) == 80


def test_the_first_row_of_an_id_wins_in_file_order(tmp_path: Path) -> None:
    rows = [movie(5, title="first"), movie(3), movie("5.0", title="second"), movie(1)]
    catalogue = extract_movies(tmp_path, rows)
    assert catalogue.movies.select("id", "title").rows()[0] == (5, "first")
    assert catalogue.movies["id"].to_list() == [5, 3, 1]
    assert catalogue.counts["duplicates"] == 1


def test_a_quarantined_row_does_not_hide_its_duplicate(tmp_path: Path) -> None:
    rows = [movie(5, genres="["), movie(5, title="second")]
    assert extract_movies(tmp_path, rows).movies["title"].to_list() == ["second"]


def test_empty_cells_are_empty_lists_never_null(tmp_path: Path) -> None:
    columns = ("belongs_to_collection", "genres", "production_companies", "spoken_languages")
    rows = [movie(1) | dict.fromkeys(columns, ""), movie(2) | dict.fromkeys(columns, "[]")]
    movies = extract_movies(tmp_path, rows).movies
    assert movies.select(columns).rows() == [([], [], [], [])] * 2
    assert sum(movies.select(columns).null_count().row(0)) == 0


def test_members_of_no_use_are_left_out_and_counted(tmp_path: Path) -> None:
    write_pair(
        tmp_path,
        [
            movie(
                genres="[{'id': 1}, {'id': 2, 'name': ' '}, {'id': 3, 'name': 'Drama'}]",
                spoken_languages="[{'iso_639_1': 'xx', 'name': ''}, {'name': 'English'}]",
            )
        ],
    )
    catalogue = extract(tmp_path)
    assert catalogue.movies["genres"].to_list() == [[{"id": 3, "name": "Drama"}]]
    assert catalogue.movies["spoken_languages"].to_list() == [[{"iso_639_1": "xx", "name": None}]]
    assert catalogue.counts["dropped_members"] == 3


def test_optional_columns_may_be_missing_and_others_are_ignored(tmp_path: Path) -> None:
    row = movie(column="x", fault="y", **{"return": "z", "cell": "1", "coerced": "9"})
    for column in ("runtime", "tagline", "belongs_to_collection", "original_title"):
        del row[column]
    clean = extract_movies(tmp_path, [row]).movies.row(0, named=True)
    assert (clean["runtime"], clean["tagline"], clean["belongs_to_collection"]) == (None, None, [])


def test_tmdb_cells_are_json_with_keywords_beside_them(tmp_path: Path) -> None:
    clean = extract_one(
        tmp_path,
        genres='[{"id": 28, "name": "Action"}]',
        keywords='[{"id": 1463, "name": "culture \\"clash\\""}]',
        spoken_languages='[{"iso_639_1": "es", "name": "Espa\\u00f1ol"}]',
    )
    assert clean["genres"] == [{"id": 28, "name": "Action"}]
    assert clean["keywords"] == [{"id": 1463, "name": 'culture "clash"'}]
    assert clean["spoken_languages"] == [{"iso_639_1": "es", "name": "Español"}]
