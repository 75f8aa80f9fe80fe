"""What the extraction reports: rows through every step, ids that do not meet."""

from pathlib import Path

import polars as pl
import pytest

from shared.contracts.reports import IdList
from tests.bench.bench_etl import KAGGLE
from tests.unit.worker.etl.factories import credits_row, csv_bytes, extract, movie, write_pair
from worker.etl.report import MAX_IDS, first_ids

Step = tuple[str, str | None, int | None, int | None, dict[str, int]]


def steps(folder: Path) -> list[Step]:
    """Every step without its time and memory."""
    return [
        (step.step, step.file, step.rows_in, step.rows_out, step.lost)
        for step in extract(folder).steps
    ]


def test_every_row_lost_is_accounted_for_by_step_and_reason(tmp_path: Path) -> None:
    rows = [
        *(movie(1), movie(1), movie(2), movie(3, release_date="")),
        *(movie(4, release_date="x"), movie("x", release_date="1"), movie("y")),
        *(movie(5, title="", original_title=""), movie(6, genres="[")),
    ]
    people = [credits_row(1), credits_row(1), credits_row(9), credits_row("x")]
    people += [credits_row(2, cast="[")]
    write_pair(tmp_path, csv_bytes(rows) + b"a,b\n", csv_bytes(people) + b"a,b,c,d\n")
    assert steps(tmp_path) == [
        ("extract.read_movies", "movies_dataset.csv", 10, 9, {"too_few_fields": 1}),
        (
            *("extract.movies", "movies_dataset.csv", 9, 2),
            {
                "bad_date": 1,
                "bad_id": 1,
                "bad_literal": 1,
                "duplicate": 1,
                "missing_title": 1,
                "null_date": 1,
                "shifted_row": 1,
            },
        ),
        ("extract.read_credits", "credits.csv", 6, 5, {"too_many_fields": 1}),
        ("extract.credits", "credits.csv", 5, 3, {"bad_id": 1, "bad_literal": 1}),
        ("extract.join", "credits.csv", 3, 1, {"duplicate": 1, "without_movie": 1}),
    ]


def test_a_keywords_file_has_steps_of_its_own(tmp_path: Path) -> None:
    write_pair(tmp_path, [movie(1)])
    rows = [{"id": number, "keywords": "[]"} for number in ("1", "1", "7", "x")]
    (tmp_path / "keywords.csv").write_bytes(csv_bytes(rows))
    assert steps(tmp_path)[5:] == [
        ("extract.read_keywords", "keywords.csv", 4, 4, {}),
        (
            *("extract.keywords", "keywords.csv", 4, 1),
            {"bad_id": 1, "duplicate": 1, "without_movie": 1},
        ),
    ]


def test_steps_are_timed_and_know_the_memory_held(tmp_path: Path) -> None:
    for step in extract(write_pair(tmp_path)).steps:
        assert 0 <= step.seconds < 60
        assert step.peak_mb > 0


def test_ids_that_do_not_meet_are_listed_in_ascending_order(tmp_path: Path) -> None:
    write_pair(
        tmp_path,
        [movie(number) for number in (5, 1, 3, 5, 5)],
        [credits_row(number) for number in (9, 1, 8, 9)],
    )
    keywords = [{"id": number, "keywords": "[]"} for number in ("7", "1", "6")]
    (tmp_path / "keywords.csv").write_bytes(csv_bytes(keywords))
    catalogue = extract(tmp_path)
    assert catalogue.unmatched.movies_without_credits == IdList(count=2, ids=[3, 5])
    assert catalogue.unmatched.credits_without_movie == IdList(count=2, ids=[8, 9])
    assert catalogue.unmatched.keywords_without_movie == IdList(count=2, ids=[6, 7])
    assert catalogue.duplicates == IdList(count=2, ids=[5])


def test_without_a_keywords_file_no_keywords_are_unmatched(tmp_path: Path) -> None:
    unmatched = extract(write_pair(tmp_path)).unmatched
    assert unmatched.keywords_without_movie == IdList(count=0, ids=[])


def test_only_the_first_ids_are_listed() -> None:
    found = first_ids(pl.Series(range(5000, 0, -1)))
    assert (found.count, found.ids) == (5000, list(range(1, MAX_IDS + 1)))


@pytest.mark.skipif(not KAGGLE.is_dir(), reason=f"{KAGGLE} is absent")
def test_the_kaggle_files_add_up_in_every_step() -> None:
    catalogue = extract(KAGGLE, share=0.01)
    for step in catalogue.steps:
        assert step.rows_in == (step.rows_out or 0) + sum(step.lost.values())
    lost = {step.step: step.lost for step in catalogue.steps}
    assert lost["extract.movies"] == {"duplicate": 30, "null_date": 87, "shifted_row": 3}
    assert catalogue.duplicates.count == 30
    assert len(catalogue.duplicates.ids) <= 30
    assert {(one.column, one.reason) for one in catalogue.coercions} == {
        ("runtime", "zero_runtime")
    }
