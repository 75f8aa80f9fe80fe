"""Values that are hardly true: money in the wrong unit, placeholder dates, absurd returns."""

from typing import Final

import polars as pl

from shared.contracts.eda import OutlierGroup, Text
from worker.eda.named import name_movies

# Money under it is taken for a figure in thousands or millions.
LEAST_MONEY: Final = 1_000.0
HUGE_RETURN: Final = 1_000.0
# Days of a year, leap years averaged, without its first one.
OTHER_DAYS: Final = 364.25

# What is still believed, where a rule has bounds.
BOUNDS: Final[dict[str, tuple[float | None, float | None]]] = {
    "tiny_budget": (LEAST_MONEY, None),
    "tiny_revenue": (LEAST_MONEY, None),
    "huge_return": (None, HUGE_RETURN),
    "january_first": (None, None),
}
RULES: Final = {
    "tiny_budget": Text(
        es="Presupuestos de 1 a 999 dólares: seguramente en miles o en millones.",
        en="Budgets of $1 to $999: most likely in thousands or millions.",
    ),
    "tiny_revenue": Text(
        es="Ingresos de 1 a 999 dólares: seguramente en miles o en millones.",
        en="Revenues of $1 to $999: most likely in thousands or millions.",
    ),
    "huge_return": Text(
        es="Ingresos de más de 1000 veces el presupuesto.",
        en="Revenue over 1,000 times the budget.",
    ),
    "january_first": Text(
        es="Estrenos fechados un 1 de enero: muchas son fechas de relleno.",
        en="Releases dated 1 January: many are placeholder dates.",
    ),
}


def find_suspects(measures: pl.DataFrame) -> list[OutlierGroup]:
    """Group the suspicious values, each group by its own rule."""
    voted = measures.sort(["vote_count", "id"], descending=[True, False], nulls_last=True)
    returns = measures.filter(pl.col("return") > HUGE_RETURN)
    new_year = pl.col("release_date").dt.ordinal_day() == 1
    return [
        _group("tiny_budget", voted.filter(pl.col("budget") < LEAST_MONEY), "budget"),
        _group("tiny_revenue", voted.filter(pl.col("revenue") < LEAST_MONEY), "revenue"),
        _group("huge_return", returns.sort(["return", "id"], descending=[True, False]), "return"),
        _group("january_first", voted.filter(new_year), "release_year"),
    ]


def _group(key: str, rows: pl.DataFrame, value: str) -> OutlierGroup:
    """Put a group of ordered rows together, each movie named for its `value`."""
    low, high = BOUNDS[key]
    return OutlierGroup(
        key=key,
        column="release_date" if value == "release_year" else value,
        rule=RULES[key],
        low=low,
        high=high,
        count=rows.height,
        movies=name_movies(rows, value),
    )
