"""Findings about when movies are released, and about dates that stand for "some day that year"."""

from collections.abc import Iterator, Sequence
from typing import Final

from shared.contracts.eda import Analysis, Finding, PeriodCount
from worker.eda.numerals import EN, ES
from worker.eda.suspects import OTHER_DAYS
from worker.eda.wording import MONTHS, PLACES, WEEKDAYS, nth, tell

# Under it, patterns of the calendar are chance.
LEAST_MOVIES: Final = 100
# A weekday stands out from this many times an even share, or up to that.
BUSY_DAY: Final = 1.5
QUIET_DAY: Final = 0.6
BUSY_MONTH: Final = 1.2
# 1 January holds placeholders from so many times an ordinary day.
PLACEHOLDER: Final = 5.0
BUSY_DECADE: Final = 0.2


def tell_weekdays(draft: Analysis) -> Iterator[Finding]:
    """The weekdays with far more or fewer releases than an even share."""
    days, total = draft.calendar.weekdays, _total(draft.calendar.weekdays)
    if total < LEAST_MOVIES:
        return
    busy, quiet = max(days, key=_count), min(days, key=_count)
    even = 1 / len(days)
    if busy.count / total >= BUSY_DAY * even:
        name, share = nth(WEEKDAYS, busy.period), busy.count / total
        yield tell(
            "busy_weekday",
            "calendar",
            f"el {name.es} concentra el {ES.percent(share)} de los estrenos; con un reparto "
            f"igual le tocaría el {ES.percent(even)}.",
            f"{name.en} has {EN.percent(share)} of the releases; an even share would be "
            f"{EN.percent(even)}.",
        )
    if quiet.count / total <= QUIET_DAY * even:
        name, share = nth(WEEKDAYS, quiet.period), quiet.count / total
        yield tell(
            "quiet_weekday",
            "calendar",
            f"el {name.es} es el día con menos estrenos: el {ES.percent(share)}.",
            f"{name.en} is the day with the fewest releases: {EN.percent(share)}.",
        )


def tell_months(draft: Analysis) -> Iterator[Finding]:
    """The month with the most releases, and what placeholder dates do to January."""
    months, total = draft.calendar.months, _total(draft.calendar.months)
    if total < LEAST_MOVIES:
        return
    busy = max(months, key=_count)
    if busy.count >= BUSY_MONTH * total / len(months):
        name, share = nth(MONTHS, busy.period), busy.count / total
        yield tell(
            "busy_month",
            "calendar",
            f"{name.es} es el mes con más estrenos: {ES.count(busy.count)}, el "
            f"{ES.percent(share)}.",
            f"{name.en} is the month with the most releases: {EN.count(busy.count)}, "
            f"{EN.percent(share)}.",
        )
    yield from _tell_placeholders(draft, months, total)


def _tell_placeholders(
    draft: Analysis, months: Sequence[PeriodCount], total: int
) -> Iterator[Finding]:
    """How many releases are dated 1 January against any other day, and January without them."""
    first = next((one.count for one in draft.outliers if one.key == "january_first"), 0)
    ordinary = (total - first) / OTHER_DAYS
    if first < PLACEHOLDER * max(ordinary, 1):
        return
    excess = round(first - ordinary)
    yield tell(
        "placeholder_dates",
        "calendar",
        f"{ES.count(first)} estrenos llevan fecha de 1 de enero, cuando un día cualquiera del "
        f"resto del año tiene {ES.figure(ordinary)} de media: unas {ES.count(excess)} serán "
        "fechas de relleno.",
        f"{EN.count(first)} releases are dated 1 January, while any other day of the year has "
        f"{EN.figure(ordinary)} on average: about {EN.count(excess)} must be placeholder dates.",
    )
    yield from _tell_january(months, first)


def _tell_january(months: Sequence[PeriodCount], first: int) -> Iterator[Finding]:
    """Where January, ahead of all months, would stand without its first day."""
    january, others = months[0].count, [one.count for one in months[1:]]
    left = 1 + sum(count > january - first for count in others)
    if january <= max(others) or left == 1:
        return
    lead = max(months[1:], key=_count)
    would, name = PLACES[left - 1], nth(MONTHS, lead.period)
    yield tell(
        "january_excess",
        "calendar",
        f"el exceso de enero viene de esas fechas: sin el día 1 bajaría de {ES.count(january)} "
        f"a {ES.count(january - first)} estrenos y del puesto 1 al {left} entre los meses; el "
        f"primero sería {name.es}, con {ES.count(lead.count)}.",
        f"January's excess comes from those dates: without its first day it would fall from "
        f"{EN.count(january)} to {EN.count(january - first)} releases and from first to {would} "
        f"among the months; {name.en} would lead with {EN.count(lead.count)}.",
    )


def tell_years(draft: Analysis) -> Iterator[Finding]:
    """The decade that holds much of the catalogue, and the fullest year."""
    decades, years = draft.calendar.decades, draft.calendar.years
    if draft.movies < LEAST_MOVIES or len(decades) < 2:  # noqa: PLR2004  # one has no rival
        return
    top, year = max(decades, key=_count), max(years, key=_count)
    share = top.count / _total(decades)
    if share >= BUSY_DECADE:
        yield tell(
            "busy_decade",
            "calendar",
            f"la década de {top.period} reúne el {ES.percent(share)} de las películas.",
            f"the {top.period}s hold {EN.percent(share)} of the films.",
        )
    yield tell(
        "busy_year",
        "calendar",
        f"{year.period} es el año con más estrenos: {ES.count(year.count)}.",
        f"{year.period} is the year with the most releases: {EN.count(year.count)}.",
    )


def _count(period: PeriodCount) -> int:
    """The releases of a period."""
    return period.count


def _total(periods: Sequence[PeriodCount]) -> int:
    """The releases of all periods."""
    return sum(one.count for one in periods)
