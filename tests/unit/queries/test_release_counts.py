import datetime as dt

import polars as pl

from services.queries.release_counts import count_releases
from shared.contracts.movies import Period
from shared.contracts.recommendations import Lang

DATES = pl.Series(
    [dt.date(1989, 12, 31), dt.date(1995, 1, 1), dt.date(1995, 1, 2), dt.date(2001, 3, 4)]
)


def counts(by: Period, lang: Lang = "en") -> dict[str, int]:
    found = count_releases(DATES, by, lang)
    assert (found.by, found.total) == (by, 4)
    return {item.label: item.count for item in found.items}


def test_months_are_all_there() -> None:
    found = counts("month")
    assert len(found) == 12
    assert {label: n for label, n in found.items() if n} == {
        "January": 2,
        "March": 1,
        "December": 1,
    }


def test_weekdays_begin_on_monday() -> None:
    assert list(counts("weekday")) == [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ]
    assert {label: n for label, n in counts("weekday", "es").items() if n} == {
        "lunes": 1,
        "domingo": 3,
    }


def test_years_have_no_gaps() -> None:
    found = counts("year")
    assert list(found) == [str(year) for year in range(1989, 2002)]
    assert (found["1995"], found["1996"]) == (2, 0)


def test_decades_have_no_gaps_and_names_in_both_languages() -> None:
    assert counts("decade") == {"1980s": 1, "1990s": 2, "2000s": 1}
    assert counts("decade", "es") == {
        "década de 1980": 1,
        "década de 1990": 2,
        "década de 2000": 1,
    }


def test_nothing_has_no_years_but_twelve_months() -> None:
    nothing = DATES.clear()
    assert count_releases(nothing, "year", "en").items == []
    assert [item.count for item in count_releases(nothing, "month", "es").items] == [0] * 12
