"""Numbers as Spanish and English write them."""

from math import floor, log10
from typing import Final

SPACE: Final = "\N{NO-BREAK SPACE}"
MINUS: Final = "\N{MINUS SIGN}"
MILLION: Final = 1e6
BILLION: Final = 1e9
# Spanish leaves numbers of four digits whole (RAE, Ortografía, 2010).
GROUPED_FROM: Final = 10_000
FULL_SHARE: Final = 100
MAX_DIGITS: Final = 9


class Numerals:
    """How one language writes numbers."""

    def __init__(self, *, spanish: bool) -> None:
        """Write in Spanish or in English."""
        self._spanish = spanish

    def decimal(self, value: float, digits: int) -> str:
        """Return `value` with so many decimals, and no zeros at their end."""
        text = f"{abs(value):,.{digits}f}"
        text = text.rstrip("0").rstrip(".") if digits else text
        sign = MINUS if value < 0 and text != "0" else ""
        if not self._spanish:
            return sign + text
        grouping = SPACE if abs(value) >= GROUPED_FROM else ""
        return sign + text.replace(",", grouping).replace(".", ",")

    def count(self, value: float) -> str:
        """Return a whole number."""
        return self.decimal(value, 0)

    def figure(self, value: float) -> str:
        """Return `value` with three figures, or all of those before the point."""
        size = abs(value)
        if size == 0:
            return "0"
        return self.decimal(value, min(max(0, 2 - floor(log10(size))), MAX_DIGITS))

    def percent(self, share: float) -> str:
        """Return a share of 0 to 1; only the whole is 100 and only nothing is 0."""
        value = share * FULL_SHARE
        digits = 0 if value >= 10 else 1  # noqa: PLR2004  # two figures are enough
        while digits < MAX_DIGITS and _misleads(value, digits):
            digits += 1
        return self.decimal(value, digits) + (f"{SPACE}%" if self._spanish else "%")

    def money(self, value: float) -> str:
        """Return an amount of US dollars, in millions or billions where it is large."""
        return self._dolares(value) if self._spanish else self._dollars(value)

    def _dolares(self, value: float) -> str:
        """An amount in Spanish."""
        if value < MILLION:
            text = self.count(value) if value >= 1 else self.figure(value)
            return f"{text}{SPACE}{plural(text, 'dólar', 'dólares')}"
        text = self.figure(value / MILLION)
        return f"{text}{SPACE}{plural(text, 'millón', 'millones')} de dólares"

    def _dollars(self, value: float) -> str:
        """An amount in English."""
        if value < MILLION:
            return f"${self.count(value) if value >= 1 else self.figure(value)}"
        if value < BILLION:
            return f"${self.figure(value / MILLION)} million"
        return f"${self.figure(value / BILLION)} billion"


def _misleads(value: float, digits: int) -> bool:
    """Whether rounding makes nothing of something, or the whole of a part."""
    rounded = round(value, digits)
    return (rounded == 0) != (value == 0) or (rounded == FULL_SHARE) != (value == FULL_SHARE)


def plural(number: float | str, one: str, many: str) -> str:
    """Return the form of a word that goes with a number, or with a number as written."""
    return one if number in (1, "1") else many


ES: Final = Numerals(spanish=True)
EN: Final = Numerals(spanish=False)
