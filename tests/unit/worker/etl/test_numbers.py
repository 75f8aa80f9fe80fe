"""Numbers of no use: for which reason, and what stands for them."""

from pathlib import Path

import pytest

from shared.contracts.reports import Coercion
from tests.unit.worker.etl.factories import extract, movie, write_pair
from worker.etl.numbers import NUMBERS

REASONS = [
    ("x", "not_a_number"),
    ("1,5", "not_a_number"),
    ("-5", "negative"),
    ("-0.1", "negative"),
    ("nan", "not_finite"),
    ("inf", "not_finite"),
    ("-inf", "not_finite"),
    ("1e309", "not_finite"),
]


def coercions(folder: Path, *rows: dict[str, str]) -> list[Coercion]:
    movies = [movie(number, **row) for number, row in enumerate(rows, 1)]
    return extract(write_pair(folder, movies)).coercions


def assert_coerced(folder: Path, column: str, cell: str, reason: str) -> None:
    catalogue = extract(write_pair(folder, [movie(1, **{column: cell}), movie(2)]))
    instead = NUMBERS[column].instead
    assert catalogue.coercions == [
        Coercion(column=column, reason=reason, cells=1, instead=instead, examples=[cell])
    ]
    assert catalogue.movies[column].to_list()[0] == instead
    assert catalogue.counts["coerced"] == 1


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize(("cell", "reason"), REASONS)
def test_a_number_of_no_use_is_counted_by_reason(
    tmp_path: Path, column: str, cell: str, reason: str
) -> None:
    assert_coerced(tmp_path, column, cell, reason)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("budget", str(2**63), "out_of_range"),
        ("revenue", "1e25", "out_of_range"),
        ("vote_count", "9" * 25, "out_of_range"),
        ("vote_average", "10.1", "out_of_range"),
        ("runtime", "60001", "impossible_runtime"),
        ("runtime", "0", "zero_runtime"),
        ("runtime", "0.0", "zero_runtime"),
    ],
)
def test_a_number_out_of_its_bounds_is_counted_by_reason(
    tmp_path: Path, column: str, cell: str, reason: str
) -> None:
    assert_coerced(tmp_path, column, cell, reason)


@pytest.mark.parametrize(
    "changes",
    [
        {"budget": "0", "revenue": "", "vote_count": "0.0", "popularity": "1e308"},
        {"vote_average": "10", "runtime": "60000", "budget": str(2**63 - 1)},
        {"vote_average": "", "runtime": " ", "popularity": ""},
    ],
)
def test_numbers_in_bounds_and_empty_cells_are_not_coerced(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    assert coercions(tmp_path, changes) == []


def test_coercions_are_by_column_then_reason_with_a_few_safe_examples(tmp_path: Path) -> None:
    cells = ["x\n1", "y" * 200, "x\n1", "z", "w", "-1"]
    rows: list[dict[str, str]] = [{"revenue": cell} for cell in cells]
    found = coercions(tmp_path, {"runtime": "0"}, *rows, {"budget": "?"})
    assert [(one.column, one.reason, one.cells) for one in found] == [
        ("budget", "not_a_number", 1),
        ("revenue", "negative", 1),
        ("revenue", "not_a_number", 5),
        ("runtime", "zero_runtime", 1),
    ]
    assert found[2].examples == [r"x\n1", "y" * 79 + "…", "z"]


def test_cells_of_rows_that_are_lost_are_not_counted(tmp_path: Path) -> None:
    rows = [movie(1), movie(1, budget="x"), movie(2, budget="x", genres="[")]
    catalogue = extract(write_pair(tmp_path, rows))
    assert (catalogue.coercions, catalogue.counts["coerced"]) == ([], 0)
