"""How values are put in bins."""

from datetime import date

import polars as pl

from shared.contracts.eda import Distribution
from tests.unit.worker.eda.frames import movie, movies
from worker.eda.distributions import describe_distributions
from worker.eda.known import measure


def histogram(column: str, *values: float) -> Distribution:
    """The histogram of values of one column; years make a date."""
    rows = [
        movie(n, release_date=date(int(value), 5, 1))
        if column == "release_year"
        else movie(n, **{"vote_count": 1, column: value})
        for n, value in enumerate(values, 1)
    ]
    found = describe_distributions(measure(movies(*rows)))
    return next(one for one in found if one.column == column)


def test_years_fall_in_bins_that_hold_their_start_and_not_their_end() -> None:
    found = histogram("release_year", 1900, 2000, 2004, 2005)
    assert {(one.start, one.end): one.count for one in found.bins if one.count} == {
        (1900, 1905): 1,
        (2000, 2005): 2,
        (2005, 2010): 1,
    }
    assert found.scale == "linear"


def test_the_last_bin_of_a_bounded_average_holds_its_end() -> None:
    found = histogram("vote_average", 0.5, 9.75, 10.0)
    assert (found.bins[-1].end, found.bins[-1].count) == (10, 2)


def test_values_that_span_decades_are_binned_on_a_logarithm_with_whole_edges() -> None:
    found = histogram("budget", 1, 10, 1_000_000)
    assert found.scale == "log"
    assert found.known == 3
    assert all(one.start == int(one.start) and one.start < one.end for one in found.bins)
    assert next(one for one in found.bins if one.start == 10).count == 1


def test_values_close_together_are_binned_as_they_are() -> None:
    assert histogram("budget", 100, 200, 900).scale == "linear"


def test_zeros_are_left_out_of_a_logarithm() -> None:
    found = histogram("popularity", 0.0, 0.001, 500.0)
    assert (found.scale, found.known) == ("log", 2)


def test_one_value_makes_one_bin_and_none_make_none() -> None:
    found = histogram("runtime", 90.0)
    assert [(one.start, one.end, one.count) for one in found.bins] == [(90, 90, 1)]
    assert histogram("budget", 0).bins == []


def test_a_return_of_one_is_an_edge() -> None:
    found = histogram("return", 0.01, 0.5, 1.0, 3.0, 5_000.0)
    assert sum(one.count for one in found.bins if one.end <= 1) == 2


def test_bins_touch_and_hold_every_value() -> None:
    values = pl.int_range(1, 3_000, 7, eager=True).to_list()
    found = histogram("vote_count", *values)
    assert sum(one.count for one in found.bins) == found.known == len(values)
    ends = [one.end for one in found.bins]
    assert [one.start for one in found.bins[1:]] == ends[:-1]
