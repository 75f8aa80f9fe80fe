"""Which movies are out of range, and which values are hardly true."""

from datetime import date

from shared.contracts.eda import OutlierGroup
from tests.unit.worker.eda.frames import Row, funded, movie, movies
from worker.eda.known import measure
from worker.eda.outliers import find_outliers
from worker.eda.suspects import find_suspects


def group(key: str, *rows: Row) -> OutlierGroup:
    """One group of the outliers of a few movies."""
    measures = measure(movies(*rows))
    found = [*find_outliers(measures), *find_suspects(measures)]
    return next(one for one in found if one.key == key)


def test_runtimes_are_judged_as_they_are() -> None:
    rows = [movie(n, runtime=runtime) for n, runtime in enumerate((80.0, 90, 100, 110, 300), 1)]
    found = group("iqr_runtime", *rows)
    assert (found.low, found.high) == (60, 140)
    assert [(one.id, one.value) for one in found.movies] == [(5, 300)]


def test_budgets_are_judged_by_their_logarithm() -> None:
    budgets = (10**6, 10**7, 10**7, 10**7, 10**8, 1)
    rows = [movie(n, budget=budget) for n, budget in enumerate(budgets, 1)]
    found = group("iqr_budget", *rows)
    assert [one.id for one in found.movies] == [6]
    assert "logaritmo" in found.rule.es
    assert "logarithm" in found.rule.en


def test_the_farthest_out_come_first_and_ties_go_by_votes_then_id() -> None:
    plain = [movie(n, runtime=100.0) for n in range(1, 20)]
    odd = [
        movie(30, runtime=200.0),
        movie(31, runtime=200.0, vote_count=5),
        movie(29, runtime=200.0),
        movie(32, runtime=500.0),
    ]
    found = group("iqr_runtime", *plain, *odd)
    assert [one.id for one in found.movies] == [32, 31, 29, 30]


def test_nothing_known_has_no_bounds() -> None:
    found = group("iqr_budget", movie())
    assert (found.low, found.high, found.count, found.movies) == (None, None, 0, [])


def test_money_from_1_to_999_is_suspicious() -> None:
    rows = [movie(n, budget=budget) for n, budget in enumerate((0, 1, 999, 1_000), 1)]
    found = group("tiny_budget", *rows)
    assert [one.value for one in found.movies] == [1, 999]
    revenue = group("tiny_revenue", movie(1, revenue=12, vote_count=3), movie(2, revenue=10**6))
    assert [(one.id, one.value) for one in revenue.movies] == [(1, 12)]


def test_returns_over_a_thousand_come_highest_first() -> None:
    found = group("huge_return", funded(1, 1, 1_000), funded(2, 1, 1_001), funded(3, 1, 5_000_000))
    assert [one.id for one in found.movies] == [3, 2]


def test_first_of_january_is_told_from_other_days_and_named_by_year() -> None:
    found = group(
        "january_first",
        movie(1, release_date=date(2000, 1, 1)),
        movie(2, release_date=date(2000, 1, 2)),
        movie(3, release_date=date(1999, 1, 1), vote_count=9),
    )
    assert [(one.id, one.value) for one in found.movies] == [(3, 1999), (1, 2000)]


def test_at_most_twenty_are_named_and_all_are_counted() -> None:
    found = group("tiny_budget", *(movie(n, budget=n) for n in range(1, 26)))
    assert (found.count, len(found.movies)) == (25, 20)
