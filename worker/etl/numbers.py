"""The number columns of the movies: how each is read, and what becomes of unusable cells."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from shared.contracts.reports import Coercion
from worker.etl.quarantine import EXCERPT_CHARS, safe_excerpt
from worker.etl.scalars import is_filled, parse_amount, parse_float, parse_whole_amount
from worker.etl.schemas import RECORD

# Longer than any film ever made: "Logistics" (2012) takes 51,420 minutes.
MAX_RUNTIME_MINUTES: Final = 60_000
MAX_VOTE: Final = 10
_EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Number:
    """One number column: finite, at least 0, at most `limit`; `instead` where it is not.

    `whole` columns are Int64 and bound by it. `excess` is the reason for what is over the
    limit, `zero` the reason for a 0 where that means unknown.
    """

    instead: float | None
    whole: bool = False
    limit: float | None = None
    excess: str = "out_of_range"
    zero: str | None = None

    def read(self, text: pl.Expr) -> pl.Expr:
        """Read the cells; null for what is empty or of no use."""
        number = parse_whole_amount(text) if self.whole else parse_amount(text)
        if self.limit is not None:
            number = pl.when(number <= self.limit).then(number)
        return pl.when(number > 0).then(number) if self.zero else number

    def find_reason(self, text: pl.Expr) -> pl.Expr:
        """Say why a filled cell is of no use."""
        number = parse_float(text)
        reasons = {
            "not_a_number": number.is_null(),
            "not_finite": ~number.is_finite(),
            "negative": number < 0,
        }
        if self.zero:
            reasons[self.zero] = number == 0
        found = (pl.when(holds).then(pl.lit(reason)) for reason, holds in reasons.items())
        return pl.coalesce(*found, pl.lit(self.excess))


NUMBERS: Final = {
    "budget": Number(0, whole=True),
    "revenue": Number(0, whole=True),
    "vote_count": Number(0, whole=True),
    "vote_average": Number(0.0, limit=MAX_VOTE),
    "popularity": Number(0.0),
    "runtime": Number(
        None, limit=MAX_RUNTIME_MINUTES, excess="impossible_runtime", zero="zero_runtime"
    ),
}


def read_numbers(movies: pl.LazyFrame) -> pl.LazyFrame:
    """Read every number, null where unusable; the texts stay beside them as `raw_NAME`."""
    return movies.with_columns(
        *(pl.col(name).alias(f"raw_{name}") for name in NUMBERS),
        *(number.read(pl.col(name)) for name, number in NUMBERS.items()),
    )


def find_unusable(movies: pl.DataFrame) -> pl.DataFrame:
    """Filled cells without a number, as (`record`, `column`, `reason`, `text`); long texts cut."""
    tables: list[pl.LazyFrame] = []
    for name, number in NUMBERS.items():
        text = pl.col(f"raw_{name}")
        unusable = movies.lazy().filter(is_filled(text) & pl.col(name).is_null())
        tables.append(
            unusable.select(
                RECORD,
                column=pl.lit(name),
                reason=number.find_reason(text),
                text=text.str.head(EXCERPT_CHARS + 1),
            )
        )
    return pl.concat(pl.collect_all(tables))


def fill_numbers(movies: pl.LazyFrame) -> pl.LazyFrame:
    """Put what stands for a missing number in its place."""
    return movies.with_columns(
        pl.col(name).fill_null(number.instead)
        for name, number in NUMBERS.items()
        if number.instead is not None
    )


def describe_coercions(unusable: pl.DataFrame) -> list[Coercion]:
    """Count the unusable cells by column, in the order of `NUMBERS`, and reason."""
    groups = unusable.group_by("column", "reason", maintain_order=True).agg(
        cells=pl.len(),
        examples=pl.col("text").unique(maintain_order=True).head(_EXAMPLES),
    )
    order = list(NUMBERS)
    found = [
        Coercion(
            column=column,
            reason=reason,
            cells=cells,
            instead=NUMBERS[column].instead,
            examples=[safe_excerpt(text) for text in examples],
        )
        for column, reason, cells, examples in groups.iter_rows()
    ]
    return sorted(found, key=lambda one: (order.index(one.column), one.reason))
