"""Input as it comes from strangers: each kind of dirt, from the folder to the catalogue."""

from pathlib import Path

import pytest

from shared.errors import SourceError
from tests.unit.worker.etl.factories import (
    actor,
    credits_row,
    csv_bytes,
    extract,
    movie,
    quarantined,
    worker,
    write_pair,
)
from worker.etl.catalogue import extract_catalogue
from worker.etl.sources import find_sources

PLACE = ("file", "record", "line", "column", "reason")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    header, rows = csv_bytes([movie()]).split(b"\n", 1)
    write_pair(tmp_path, header.replace(b"homepage", b"title") + b"\n" + rows)
    with pytest.raises(
        SourceError, match=r"^movies_dataset\.csv: line 1 has columns twice: title$"
    ):
        extract(tmp_path)


@pytest.mark.parametrize("column", ["id", "title", "release_date", "genres", "vote_count"])
def test_a_column_that_is_missing_is_refused_by_name(tmp_path: Path, column: str) -> None:
    row = movie()
    del row[column]
    with pytest.raises(SourceError, match=rf"lacks required columns: {column}$"):
        extract(write_pair(tmp_path, [row]))


def test_columns_that_nobody_asked_for_change_nothing(tmp_path: Path) -> None:
    plain = extract(write_pair(tmp_path))
    odd = extract(write_pair(tmp_path, [movie(extra="x")], [credits_row(title="y")]))
    assert odd.movies.equals(plain.movies)
    assert odd.cast.equals(plain.cast)


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf\r\n"])
@pytest.mark.parametrize("at", [0, 1])
def test_an_empty_file_is_refused_by_name(tmp_path: Path, data: bytes, at: int) -> None:
    files = [csv_bytes([movie()]), csv_bytes([credits_row()])]
    files[at] = data
    with pytest.raises(SourceError, match=r"^(movies_dataset|credits)\.csv is empty$"):
        extract(write_pair(tmp_path, *files))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no movies file"):
        extract(tmp_path)


def test_swapped_files_are_named(tmp_path: Path) -> None:
    write_pair(tmp_path, csv_bytes([credits_row()]), csv_bytes([movie()]))
    with pytest.raises(SourceError, match="columns of the credits file: are the files swapped"):
        extract(tmp_path)


def test_a_row_that_is_not_utf_8_is_lost_alone(tmp_path: Path) -> None:
    data = csv_bytes([movie(1, title="Año"), movie(2, title="Ano"), movie(3, title="日本")])
    catalogue = extract(write_pair(tmp_path, data.replace(b"Ano", b"A\xf1o")))
    assert catalogue.movies["title"].to_list() == ["Año", "日本"]
    assert quarantined(catalogue, *PLACE) == [
        ("movies_dataset.csv", 2, 3, "title", "invalid_utf8")
    ]


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_cell_of_50_mb_is_lost_alone(tmp_path: Path, quote: bytes) -> None:
    data = csv_bytes([movie(1), movie(2, overview="huge"), movie(3)])
    huge = quote + b"x" * 50_000_000 + quote
    catalogue = extract(write_pair(tmp_path, data.replace(b"huge", huge)))
    assert catalogue.movies["id"].to_list() == [1, 3]
    assert quarantined(catalogue, *PLACE) == [
        ("movies_dataset.csv", 2, 3, "overview", "cell_too_large")
    ]


def test_quotes_in_literals_are_text(tmp_path: Path) -> None:
    names = ["O'Toole", 'the "Kid"', "Mark 'Dags\" D'Agostino", "back\\slash", "a}, {'id': 1"]
    cast = str([actor(number, name, number) for number, name in enumerate(names, 1)])
    genres = str([{"id": number, "name": name} for number, name in enumerate(names)])
    write_pair(tmp_path, [movie(genres=genres)], [credits_row(cast=cast)])
    catalogue = extract(tmp_path)
    assert catalogue.cast["name"].to_list() == names
    assert [genre["name"] for genre in catalogue.movies["genres"][0]] == names


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1e309", "-7"])
def test_numbers_that_are_none_stand_for_nothing(tmp_path: Path, cell: str) -> None:
    columns = ("budget", "revenue", "vote_count", "vote_average", "popularity", "runtime")
    catalogue = extract(write_pair(tmp_path, [movie() | dict.fromkeys(columns, cell)]))
    assert catalogue.movies.select(columns).rows() == [(0, 0, 0, 0.0, 0.0, None)]
    assert catalogue.movies["return"].to_list() == [0.0]
    reason = "negative" if cell == "-7" else "not_finite"
    assert [(one.column, one.reason) for one in catalogue.coercions] == [
        (column, reason) for column in columns
    ]


@pytest.mark.parametrize("cell", ["1/13/1999", "0000-00-00", "1999-02-29", "19990101", "soon"])
def test_a_date_that_is_none_costs_one_row(tmp_path: Path, cell: str) -> None:
    catalogue = extract(write_pair(tmp_path, [movie(1, release_date=cell), movie(2)]))
    assert catalogue.movies["id"].to_list() == [2]
    assert quarantined(catalogue, "reason", "excerpt") == [("bad_date", cell)]


def test_ids_written_as_floats_meet_those_that_are_not(tmp_path: Path) -> None:
    write_pair(tmp_path, [movie("862.0"), movie("7")], [credits_row("862"), credits_row("7.0")])
    (tmp_path / "keywords.csv").write_bytes(
        csv_bytes([{"id": "862.", "keywords": "[{'id': 1, 'name': 'toy'}]"}])
    )
    catalogue = extract(tmp_path)
    assert catalogue.movies["id"].to_list() == catalogue.cast["movie_id"].to_list() == [862, 7]
    assert catalogue.movies["keywords"].to_list() == [[{"id": 1, "name": "toy"}], []]


def test_a_cast_of_ten_thousand_and_a_truncated_one(tmp_path: Path) -> None:
    cast = str([actor(number, f"N'{number}", number) for number in range(1, 10_001)])
    rows = [credits_row(1, cast=cast), credits_row(2, cast=cast[:-40])]
    catalogue = extract(write_pair(tmp_path, [movie(1), movie(2)], rows))
    assert catalogue.cast.height == 10_000
    assert catalogue.movies.height == 2
    assert quarantined(catalogue, *PLACE) == [("credits.csv", 2, 3, "cast", "bad_literal")]


@pytest.mark.parametrize(
    "column", ["genres", "belongs_to_collection", "spoken_languages", "production_companies"]
)
def test_a_truncated_cell_costs_one_movie(tmp_path: Path, column: str) -> None:
    cell = movie()[column][:-5]
    catalogue = extract(write_pair(tmp_path, [movie(1, **{column: cell}), movie(2)]))
    assert catalogue.movies["id"].to_list() == [2]
    assert quarantined(catalogue, "column", "reason") == [(column, "bad_literal")]


def test_credits_of_other_movies_only_leave_every_movie(tmp_path: Path) -> None:
    rows = [credits_row(number, crew=str([worker(number)])) for number in (7, 8)]
    catalogue = extract(write_pair(tmp_path, [movie(1), movie(2)], rows))
    assert (catalogue.movies.height, catalogue.cast.height, catalogue.directors.height) == (
        2,
        0,
        0,
    )
    assert catalogue.unmatched.credits_without_movie.ids == [7, 8]
    assert catalogue.unmatched.movies_without_credits.ids == [1, 2]


def test_a_row_whose_columns_have_slid_says_so(tmp_path: Path) -> None:
    slid = movie("1997-08-20", release_date="104.0")
    bad_id, no_id = movie("1997-08-20"), movie("", release_date="104.0")
    catalogue = extract(write_pair(tmp_path, [slid, bad_id, no_id, movie(1)]))
    assert quarantined(catalogue, "record", "column", "reason", "excerpt") == [
        (1, "release_date", "shifted_row", "104.0"),
        (2, "id", "bad_id", "1997-08-20"),
        (3, "release_date", "bad_date", "104.0"),
    ]


def test_a_file_over_the_limit_is_refused_with_the_setting(tmp_path: Path) -> None:
    sources = find_sources(write_pair(tmp_path))
    with pytest.raises(SourceError, match=r"more than 100 bytes.*BUTACA_WORKER_MAX_SOURCE_BYTES"):
        extract_catalogue(sources, max_source_bytes=100)


def test_a_header_whose_quote_never_closes_is_refused(tmp_path: Path) -> None:
    header = csv_bytes([movie()]).split(b"\n")[0]
    data = header.replace(b"adult", b'"adult') + b"\nx" * 1_000_000
    with pytest.raises(SourceError, match="line 1 is no CSV header: it does not end"):
        extract(write_pair(tmp_path, data))


def test_a_file_of_bare_carriage_returns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="line 1 is no CSV header"):
        extract(write_pair(tmp_path, csv_bytes([movie()]).replace(b"\n", b"\r")))


def test_a_date_that_no_film_can_have_is_set_aside(tmp_path: Path) -> None:
    dates = ("1869-12-31", "1870-01-01", "2100-12-31", "2101-01-01", "0001-01-01", "9999-12-31")
    rows = [movie(n, release_date=each) for n, each in enumerate(dates, 1)]
    found = extract(write_pair(tmp_path, rows))
    assert found.movies["id"].to_list() == [2, 3]
    assert quarantined(found, "record", "column", "reason") == [
        (n, "release_date", "impossible_date") for n in (1, 4, 5, 6)
    ]


@pytest.mark.parametrize(
    ("movie_id", "day", "reason"),
    [
        ("1997-08-20", "1", "shifted_row"),
        ("1997-08-20", "Fun", "shifted_row"),
        ("abc", "12.5", "shifted_row"),
        ("abc", "1/13/1999", "bad_date"),
        ("", "104.0", "bad_date"),
    ],
)
def test_columns_have_slid_where_one_holds_what_another_should(
    tmp_path: Path, movie_id: str, day: str, reason: str
) -> None:
    found = extract(write_pair(tmp_path, [movie(), movie(movie_id, release_date=day)]))
    assert quarantined(found, "column", "reason") == [("release_date", reason)]


def test_columns_without_a_name_are_ignored(tmp_path: Path) -> None:
    header, rows = csv_bytes([movie()]).split(
        b"\r\n" if b"\r\n" in csv_bytes([movie()]) else b"\n", 1
    )
    data = header + b",,\n" + rows.rstrip() + b",x,y\n"
    found = extract(write_pair(tmp_path, data))
    assert found.movies["title"].to_list() == ["Toy Story"]


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_named(tmp_path: Path, separator: str, name: str) -> None:
    write_pair(tmp_path, csv_bytes([movie()]).replace(b",", separator.encode()))
    with pytest.raises(SourceError, match=f"it looks separated by {name}: save it with commas"):
        extract(tmp_path)


@pytest.mark.timeout(60)
def test_quotes_that_mean_nothing_do_not_cost_the_square_of_the_file(tmp_path: Path) -> None:
    header = csv_bytes([movie()]).split(b"\n", 1)[0]
    broken = b'862","' + b"x" * 400 + b"\n"
    write_pair(tmp_path, header + b"\n" + broken * 20_000)
    with pytest.raises(SourceError, match="20,000 of 20,000 rows cannot be used"):
        extract(tmp_path, share=0.5)
