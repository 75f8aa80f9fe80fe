"""Months and weekdays as people write them, in Spanish, English or as a number."""

from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz, process

from shared.errors import UnknownMonthError, UnknownWeekdayError
from shared.text import normalise

MONTHS: Final = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
# In the order of ISO 8601, where Monday comes first.
WEEKDAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS_EN: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS_EN: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_SUGGESTION_CUTOFF: Final = 50.0


def parse_month(text: str) -> int:
    """Return 1-12.

    Raises:
        UnknownMonthError: with the nearest Spanish names as `suggestions`.
    """
    key = normalise(text)
    number = _MONTH_NUMBERS.get(key)
    if number is None:
        raise UnknownMonthError(
            f"No existe el mes «{text}». Use un nombre, como «enero», o un número del 1 al 12.",
            suggestions=_suggest(key, _MONTH_NUMBERS, MONTHS),
        )
    return number


def parse_weekday(text: str) -> int:
    """Return 1-7, from Monday.

    Raises:
        UnknownWeekdayError: with the nearest Spanish names as `suggestions`.
    """
    key = normalise(text)
    number = _WEEKDAY_NUMBERS.get(key)
    if number is None:
        raise UnknownWeekdayError(
            f"No existe el día «{text}». Use un nombre, como «lunes», o un número del 1 al 7.",
            suggestions=_suggest(key, _WEEKDAY_NUMBERS, WEEKDAYS),
        )
    return number


def _numbers(spanish: Sequence[str], english: Sequence[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for number, names in enumerate(zip(spanish, english, strict=True), start=1):
        written = (*names, str(number), f"{number:02}")
        numbers.update(dict.fromkeys(map(normalise, written), number))
    return numbers


def _suggest(key: str, numbers: dict[str, int], names: Sequence[str]) -> list[str]:
    """Nearest three names, all where none is near; an English name stands for the Spanish one."""
    words = [word for word in numbers if not word.isdecimal()]
    found = process.extract(
        key, words, scorer=fuzz.ratio, score_cutoff=_SUGGESTION_CUTOFF, limit=None
    )
    nearest = dict.fromkeys(names[numbers[word] - 1] for word, _, _ in found)
    return list(nearest)[:3] or list(names)


_MONTH_NUMBERS: Final = {
    **_numbers(MONTHS, MONTHS_EN),
    "setiembre": 9,  # the spelling of half of Spanish America
}
_WEEKDAY_NUMBERS: Final = _numbers(WEEKDAYS, WEEKDAYS_EN)
