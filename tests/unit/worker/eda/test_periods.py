"""The calendar and the decades."""

from datetime import date

from tests.unit.worker.eda.frames import funded, movie, movies
from worker.eda.known import measure
from worker.eda.periods import describe_decades, make_calendar


def test_periods_are_in_order_and_none_is_left_out() -> None:
    calendar = make_calendar(
        movies(
            movie(1, release_date=date(1979, 12, 31)),
            movie(2, release_date=date(2001, 3, 2)),
            movie(3, release_date=date(2001, 3, 9)),
        )
    )
    assert [one.period for one in calendar.years] == list(range(1979, 2002))
    decades = [(one.period, one.count) for one in calendar.decades]
    assert decades == [(1970, 1), (1980, 0), (1990, 0), (2000, 2)]
    assert [one.count for one in calendar.months] == [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert [one.count for one in calendar.weekdays] == [1, 0, 0, 0, 2, 0, 0]


def test_a_decade_has_the_medians_of_what_is_known() -> None:
    table = movies(
        funded(1, 100, 200, runtime=90.0),
        funded(2, 300, 1_200, runtime=100.0),
        movie(3),
        movie(4, release_date=date(2000, 1, 5), runtime=80.0),
    )
    first, second = describe_decades(measure(table))
    assert (first.decade, first.movies) == (1990, 3)
    assert [first.medians[name] for name in ("budget", "revenue", "return")] == [200, 700, 3]
    assert (first.medians["runtime"], first.known["runtime"]) == (95, 2)
    assert (second.decade, second.medians["budget"], second.medians["runtime"]) == (2000, None, 80)


def test_ratings_of_few_votes_do_not_count_for_a_decade() -> None:
    table = movies(
        movie(1, vote_average=9.0, vote_count=49), movie(2, vote_average=6.0, vote_count=50)
    )
    (decade,) = describe_decades(measure(table))
    assert decade.medians["vote_average"] == 6
    nothing = {"runtime": 0, "budget": 0, "revenue": 0, "return": 0}
    assert decade.known == {"vote_average": 1, **nothing}
