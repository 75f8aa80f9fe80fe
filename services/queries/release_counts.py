"""How many of some movies were released in each month, weekday, year or decade."""

from collections.abc import Iterable
from typing import Final

import polars as pl

from services.queries.calendar import MONTHS, MONTHS_EN, WEEKDAYS, WEEKDAYS_EN
from shared.contracts.movies import Period, ReleaseCount, ReleaseCounts
from shared.contracts.recommendations import Lang

_DATE: Final = pl.col("release_date")
_DECADE: Final = 10
_VALUES: Final[dict[Period, pl.Expr]] = {
    "month": _DATE.dt.month(),
    "weekday": _DATE.dt.weekday(),
    "year": _DATE.dt.year(),
    "decade": _DATE.dt.year() // _DECADE * _DECADE,
}
_NAMES: Final[dict[tuple[Period, Lang], tuple[str, ...]]] = {
    ("month", "es"): MONTHS,
    ("month", "en"): MONTHS_EN,
    ("weekday", "es"): WEEKDAYS,
    ("weekday", "en"): WEEKDAYS_EN,
}


def count_releases(dates: pl.Series, by: Period, lang: Lang) -> ReleaseCounts:
    """Count release dates (a Date series without nulls) by period."""
    counted = dates.to_frame("release_date").group_by(value=_VALUES[by].cast(pl.Int32)).len()
    counts: dict[int, int] = dict(counted.iter_rows())
    items = [
        ReleaseCount(value=value, label=_label(by, value, lang), count=counts.get(value, 0))
        for value in _periods(by, counts)
    ]
    return ReleaseCounts(by=by, total=len(dates), items=items)


def _periods(by: Period, counts: dict[int, int]) -> Iterable[int]:
    """Every period to show, in order."""
    if by in ("month", "weekday"):
        return range(1, len(_NAMES[by, "en"]) + 1)
    if not counts:
        return ()
    return range(min(counts), max(counts) + 1, _DECADE if by == "decade" else 1)


def _label(by: Period, value: int, lang: Lang) -> str:
    names = _NAMES.get((by, lang))
    if names:
        return names[value - 1]
    if by == "year":
        return str(value)
    return f"{value}s" if lang == "en" else f"década de {value}"
