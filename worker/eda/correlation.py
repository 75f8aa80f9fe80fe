"""Spearman's rank correlation of the figures, pair by pair."""

from itertools import combinations
from math import isnan
from typing import Final

import polars as pl

from shared.contracts.eda import Correlation
from worker.eda.known import NUMBERS

# Fewer rows than this say nothing about a relation.
LEAST_PAIRS: Final = 30
DIGITS: Final = 4

Pair = tuple[str, str]


def correlate(measures: pl.DataFrame) -> Correlation:
    """Correlate each pair over the rows that know both; equal values share their mean rank."""
    pairs = [*combinations(NUMBERS, 2), *((column, column) for column in NUMBERS)]
    found = measures.lazy().select(
        *(_count(pair) for pair in pairs), *(_correlate(pair) for pair in pairs)
    )
    row = found.collect().row(0, named=True)
    return Correlation(
        columns=list(NUMBERS),
        matrix=[[_coefficient(row, (a, b)) for b in NUMBERS] for a in NUMBERS],
        pairs=[[row[f"n {_key((a, b))}"] for b in NUMBERS] for a in NUMBERS],
    )


def _key(pair: Pair) -> str:
    """Name a pair whatever its order."""
    return " ".join(sorted(pair, key=NUMBERS.index))


def _both(pair: Pair) -> pl.Expr:
    """Whether a row knows both columns."""
    return pl.col(pair[0]).is_not_null() & pl.col(pair[1]).is_not_null()


def _count(pair: Pair) -> pl.Expr:
    """Count the rows that know both."""
    return _both(pair).sum().alias(f"n {_key(pair)}")


def _correlate(pair: Pair) -> pl.Expr:
    """Correlate the ranks; NaN where a column does not vary."""
    if pair[0] == pair[1]:
        return pl.lit(1.0).alias(f"rho {_key(pair)}")
    one, two = (pl.col(column).filter(_both(pair)).rank("average") for column in pair)
    return pl.corr(one, two).alias(f"rho {_key(pair)}")


def _coefficient(row: dict[str, float | None], pair: Pair) -> float | None:
    """Return a coefficient that enough rows support and that is a number."""
    rho, pairs = row[f"rho {_key(pair)}"], row[f"n {_key(pair)}"] or 0
    if rho is None or pairs < LEAST_PAIRS or isnan(rho):
        return None
    return max(-1.0, min(1.0, round(rho, DIGITS)))
