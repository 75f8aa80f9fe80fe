"""Numbers as each language writes them, in sentences and on axes."""

from datetime import datetime
from typing import Any

from worker.eda.numerals import EN, ES, GROUPED_FROM, SPACE, Numerals
from worker.eda.wording import MONTHS, WEEKDAYS, nth
from worker.eda.words import Lang

_NUMERALS: dict[Lang, Numerals] = {"es": ES, "en": EN}
MONEY = frozenset({"budget", "revenue"})
YEARS = frozenset({"release_year", "release_date"})
# What d3 needs to write the numbers of an axis as `number` does.
D3_LOCALES: dict[Lang, dict[str, Any]] = {
    "es": {"decimal": ",", "thousands": SPACE, "grouping": [3], "currency": ["", " US$"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["US$", ""]},
}
# Smallest value and what it is called; Spanish has no short word for 10^9 that all read alike.
SCALES: dict[Lang, tuple[tuple[float, str], ...]] = {
    "es": ((1e6, f"{SPACE}M"), (1e3, f"{SPACE}mil")),
    "en": ((1e9, "B"), (1e6, "M"), (1e3, "k")),
}


def number(lang: Lang, value: float, digits: int | None = None) -> str:
    """Return `value` with so many decimals; left out, with three figures."""
    numerals = _NUMERALS[lang]
    if digits is not None:
        return numerals.decimal(value, digits)
    return numerals.count(value) if float(value).is_integer() else numerals.figure(value)


def percent(lang: Lang, share: float) -> str:
    """Return a share of 0 to 1 in per cent; only the whole is written 100."""
    return _NUMERALS[lang].percent(share)


def short(lang: Lang, value: float) -> str:
    """Return a large number in thousands, millions or (English) billions."""
    for least, word in SCALES[lang]:
        if _rounded(abs(value) / least) >= 1:
            return number(lang, _rounded(value / least)) + word
    return number(lang, value)


def _rounded(value: float) -> float:
    """Three figures of `value`, or all before the point."""
    return float(f"{value:.3g}") if abs(value) < 100 else round(value)  # noqa: PLR2004  # likewise


def amount(lang: Lang, column: str, value: float) -> str:
    """Return a value of one column: money short, years without grouping."""
    if column in MONEY:
        return short(lang, value)
    if column in YEARS:
        return str(int(value))
    return number(lang, value)


def count_expression(lang: Lang) -> str:
    """Return the Vega expression that writes an axis label of counts."""
    grouped = "format(datum.value, ',')"
    if lang == "en":
        return grouped
    return f"datum.value < {GROUPED_FROM} ? format(datum.value, 'd') : {grouped}"


def axis_expression(lang: Lang, column: str) -> str:
    """Return the Vega expression that writes an axis label of one column."""
    if column in YEARS:
        return "format(datum.value, 'd')"
    group = "," if lang == "en" else ""  # from 10 000 on, a word says the thousands
    plain = f"format(datum.value, '{group}.3~r')"
    first = 0 if column in MONEY else 1e4
    for least, word in reversed(SCALES[lang]):
        part = f"format(datum.value / {least:.0f}, ',.4~r') + '{word}'"
        plain = f"datum.value >= {max(least, first):.0f} ? {part} : ({plain})"
    return plain


def period_name(lang: Lang, unit: str, period: int) -> str:
    """Return what a month or a weekday (from 1) is called in a sentence."""
    name = nth(MONTHS if unit == "month" else WEEKDAYS, period)
    return name.es if lang == "es" else name.en


def moment(lang: Lang, when: datetime) -> str:
    """Return the day and the minute."""
    month = period_name(lang, "month", when.month)
    if lang == "es":
        return f"{when.day} de {month} de {when.year}, {when:%H:%M} UTC"
    return f"{when.day} {month} {when.year}, {when:%H:%M} UTC"
