"""Expressions that read one scalar cell: text, identifiers, numbers and dates."""

from typing import Final

import polars as pl

_ID: Final = r"^([1-9][0-9]{0,17})(?:\.0*)?$"
_DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MAY_COMPOSE: Final = r"[^\x00-\x{2FF}]"
_INT64_LIMIT: Final = float(2**63)


def clean_text(text: pl.Expr) -> pl.Expr:
    """NFC without outer whitespace; empty becomes null."""
    # Below U+0300 every text is NFC; the others are few, and nulls cost nothing.
    composed = pl.when(text.str.contains(_MAY_COMPOSE)).then(text).str.normalize("NFC")
    stripped = pl.coalesce(composed, text).str.strip_chars()
    return pl.when(stripped.str.len_bytes() > 0).then(stripped)


def parse_id(text: pl.Expr) -> pl.Expr:
    """A positive identifier, `862` or `862.0`; null for anything else."""
    return text.str.strip_chars().str.extract(_ID, 1).cast(pl.Int64)


def parse_date(text: pl.Expr) -> pl.Expr:
    """A real day written `YYYY-MM-DD`, year 1 or later; null for anything else."""
    stripped = text.str.strip_chars()
    date = stripped.str.to_date("%Y-%m-%d", strict=False)
    return pl.when(stripped.str.contains(_DATE) & (date.dt.year() > 0)).then(date)


def parse_float(text: pl.Expr) -> pl.Expr:
    """Any number as Float64, `nan` and `inf` too; null for anything else."""
    return text.str.strip_chars().cast(pl.Float64, strict=False)


def parse_amount(text: pl.Expr) -> pl.Expr:
    """A finite number of at least 0 as Float64; null for anything else."""
    number = parse_float(text)
    return pl.when(number.is_finite() & (number >= 0)).then(number)


def parse_whole_amount(text: pl.Expr) -> pl.Expr:
    """Like `parse_amount`, as Int64 without its decimals; exact for plain digits."""
    integer = text.str.strip_chars().cast(pl.Int64, strict=False)
    amount = parse_amount(text)
    whole = pl.when(amount < _INT64_LIMIT).then(amount).cast(pl.Int64)
    return pl.coalesce(pl.when(integer >= 0).then(integer), whole)


def is_filled(text: pl.Expr) -> pl.Expr:
    """Whether the cell holds anything but whitespace; never null."""
    return (text.str.strip_chars().str.len_bytes() > 0).fill_null(value=False)
