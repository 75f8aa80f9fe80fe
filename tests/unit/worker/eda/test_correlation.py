"""Rank correlations, pair by pair."""

import pytest

from shared.contracts.eda import Correlation
from tests.unit.worker.eda.frames import Row, movie, movies
from worker.eda.correlation import correlate
from worker.eda.known import measure


def cell(found: Correlation, one: str, two: str) -> tuple[float | None, int]:
    """The coefficient and the rows of one pair."""
    i, j = found.columns.index(one), found.columns.index(two)
    return found.matrix[i][j], found.pairs[i][j]


def correlation(*rows: Row) -> Correlation:
    """The correlations of a few movies."""
    return correlate(measure(movies(*rows)))


def test_columns_that_rise_together_correlate_whatever_their_scale() -> None:
    found = correlation(*(movie(n, budget=n, revenue=n**5) for n in range(1, 41)))
    assert cell(found, "budget", "revenue") == (1, 40)


def test_only_rows_that_know_both_count() -> None:
    rows = [movie(n, budget=n, runtime=float(100 - n) if n > 5 else None) for n in range(1, 41)]
    found = correlation(*rows)
    assert cell(found, "budget", "runtime") == (-1, 35)
    assert cell(found, "runtime", "budget") == (-1, 35)
    assert cell(found, "budget", "budget") == (1, 40)


def test_too_few_rows_or_no_variation_give_no_coefficient() -> None:
    few = correlation(*(movie(n, budget=n, runtime=float(n)) for n in range(1, 30)))
    assert cell(few, "budget", "runtime") == (None, 29)
    same = correlation(*(movie(n, budget=n, runtime=90.0) for n in range(1, 41)))
    assert cell(same, "budget", "runtime") == (None, 40)


def test_equal_values_share_their_mean_rank() -> None:
    # Ranks 1.5, 1.5, 3.5, 3.5 against 1, 2, 3, 4: a correlation of 2 / sqrt(5).
    rows = [
        movie(n, budget=1 + (n - 1) // 20, runtime=float(1 + (n - 1) // 10)) for n in range(1, 41)
    ]
    rho, pairs = cell(correlation(*rows), "budget", "runtime")
    assert (rho, pairs) == (pytest.approx(2 / 5**0.5, abs=1e-4), 40)


def test_the_matrix_is_symmetric_with_ones_on_its_diagonal() -> None:
    rows = [
        movie(n, budget=n * 7 % 41 + 1, vote_count=n * n % 13, popularity=float(n * 5 % 17))
        for n in range(1, 61)
    ]
    found = correlation(*rows)
    size = range(len(found.columns))
    assert all(found.matrix[i][j] == found.matrix[j][i] for i in size for j in size)
    assert all(found.matrix[i][i] in (1, None) for i in size)
