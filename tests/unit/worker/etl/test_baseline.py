"""Cell by cell, our tables equal those of plain pandas with `ast.literal_eval`."""

import random
from pathlib import Path

import polars as pl
import pytest

from tests.bench.bench_etl import KAGGLE, write_sample
from tests.bench.pandas_etl import build_tables
from tests.unit.worker.etl.factories import (
    Row,
    actor,
    credits_row,
    extract,
    movie,
    quarantined,
    worker,
    write_pair,
)
from worker.etl.sources import find_sources

MONTHS = [5909, 3028, 3549, 3452, 3337, 3151, 2638, 3393, 4834, 4613, 3661, 3781]
NAMES = [
    "Tom Hanks",
    "Peter O'Toole",
    'Dwayne "The Rock" Johnson',
    "Mark 'Dags\" D'Agostino",
    "A\u030ake 日本 😀",
    "tab\tand \\ back",
    ": None",
    "a}, {b",
    "x, 'id': 3",
    "",
    " \xa0",
]


def messy_movie(rng: random.Random, number: int) -> Row:
    """A row with something odd in it, more often than not."""
    name = rng.choice(NAMES)
    named = [{"id": rng.randrange(9), "name": rng.choice(NAMES)} for _ in range(rng.randrange(4))]
    changes = [
        {},
        {"title": name, "overview": f" {name}\n{name} ", "tagline": name},
        {"genres": str(named), "production_companies": repr(named).replace(", ", ",")},
        {
            "genres": rng.choice(
                ["", "[", "None", "[1]", "[{'id': 1}]", "[{'id': '1', 'name': 'x'}]"]
            )
        },
        {
            "belongs_to_collection": rng.choice(
                ["", "{}", "{'id': 1.0, 'name': 'C'}", "[]", "0.06"]
            )
        },
        {"release_date": rng.choice(["", " ", "1", "1/13/1999", "0000-00-00", "2004-02-29 "])},
        {
            "budget": rng.choice(
                ["", "nan", "inf", "1e309", "-1", "12.5", "1e3", "12345678901234567"]
            )
        },
        {
            "revenue": rng.choice(["", "x", "5.0", "9" * 25]),
            "popularity": rng.choice(["", "-1", ".5"]),
        },
        {
            "vote_count": rng.choice(["", "-3", "2.0"]),
            "vote_average": rng.choice(["", "10", "10.5", "nan"]),
            "runtime": rng.choice(["", "inf", "-1", "90", "0", "0.0", "60000", "60001"]),
        },
        {"spoken_languages": "[{'iso_639_1': 'xx', 'name': ''}, {'name': 'y'}]"},
    ]
    movie_id = rng.choice([number, number, number, f"{number}.0", 7, "x", ""])
    row = movie(movie_id, title=f"Film {number}", keywords="")
    for change in rng.sample(changes, 2):
        row |= change
    return row


def messy_credits(rng: random.Random, number: int) -> Row:
    """A credits row with odd people."""
    ids = (1, 2, 3, None, 4.0, "5")
    cast = [actor(rng.choice(ids), rng.choice(NAMES), place) for place in range(rng.randrange(4))]
    crew = [worker(rng.choice(ids), rng.choice(NAMES), rng.choice(["Director", "Editor"]))]
    row = credits_row(rng.choice([number, number, 7]), cast=str(cast), crew=str(crew * 2))
    return row | rng.choice([{}, {}, {}, {"cast": "[{'id"}, {"crew": ""}, {"crew": "[None]"}])


def assert_equals_baseline(folder: Path, movies: str, credits_: str) -> None:
    """Compare every cell of the three tables."""
    ours = extract(folder)
    theirs = build_tables(folder / movies, folder / credits_)
    for table, rows in zip((ours.movies, ours.cast, ours.directors), theirs, strict=True):
        assert table.height > 0
        assert table.rows() == rows


@pytest.mark.parametrize("seed", range(4))
def test_a_messy_sample_gives_identical_tables(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - sample data
    movies = [messy_movie(rng, number) for number in range(100, 250)]
    credits_ = [messy_credits(rng, number) for number in range(100, 250)]
    write_pair(tmp_path, movies, credits_)
    assert_equals_baseline(tmp_path, "movies_dataset.csv", "credits.csv")


@pytest.mark.skipif(not KAGGLE.is_dir(), reason=f"{KAGGLE} is absent")
def test_a_kaggle_sample_gives_identical_tables(tmp_path: Path) -> None:
    write_sample(KAGGLE, 1500, tmp_path)
    assert_equals_baseline(tmp_path, "movies.csv", "credits.csv")


@pytest.mark.skipif(not KAGGLE.is_dir(), reason=f"{KAGGLE} is absent")
def test_the_kaggle_pair_gives_the_known_counts() -> None:
    catalogue = extract(KAGGLE, share=0.01)
    names = ("raw_rows", "without_date", "quarantined", "duplicates", "movies")
    assert [catalogue.counts[name] for name in names] == [45_466, 87, 3, 30, 45_346]
    months = catalogue.movies.group_by(pl.col("release_date").dt.month()).len()
    assert months.sort("release_date")["len"].to_list() == MONTHS
    assert quarantined(catalogue, "record", "line", "column", "reason") == [
        (19_731, 19_759, "release_date", "shifted_row"),
        (29_504, 29_548, "release_date", "shifted_row"),
        (35_588, 35_639, "release_date", "shifted_row"),
    ]
    assert len(find_sources(KAGGLE)) == 3
