"""One scalar cell at a time."""

import math
import unicodedata
from collections.abc import Callable
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.etl.scalars import (
    clean_text,
    is_filled,
    parse_amount,
    parse_date,
    parse_id,
    parse_whole_amount,
)


def apply(read: Callable[[pl.Expr], pl.Expr], *cells: str | None) -> list[object]:
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.String})
    return frame.select(read(pl.col("cell"))).to_series().to_list()


def test_ids_are_positive_whole_numbers() -> None:
    good = apply(parse_id, "862", " 862 ", "862.0", "862.", "999999999999999999")
    assert good == [862, 862, 862, 862, 10**18 - 1]


@pytest.mark.parametrize(
    "cell", [None, "", "0", "-5", "+5", "862.5", "1997-08-20", "tt0114709", "1e3", "٣", "9" * 19]
)
def test_anything_else_is_no_id(cell: str | None) -> None:
    assert apply(parse_id, cell) == [None]


def test_dates_are_real_days() -> None:
    assert apply(parse_date, "2000-02-29", " 0001-01-01") == [date(2000, 2, 29), date(1, 1, 1)]


@pytest.mark.parametrize(
    "cell",
    [
        *(None, "", "1", "1/13/1999", "0000-00-00", "0000-01-01", "2001-02-29", "1999-1-1"),
        *("1999-01-01T00:00", "19990101", "+1999-01-01", "-001-01-01", "12000-01-01"),
    ],
)
def test_anything_else_is_no_date(cell: str | None) -> None:
    assert apply(parse_date, cell) == [None]


def test_amounts_are_finite_and_not_negative() -> None:
    assert apply(parse_amount, "21.9", " 5 ", "1e3", ".5", "0", "-0.0") == [
        21.9,
        5,
        1000,
        0.5,
        0,
        0,
    ]


@pytest.mark.parametrize(
    "cell", [None, "", "nan", "NaN", "inf", "-inf", "1e309", "-1", "/x.jpg", "1,5", "1_0", "$5"]
)
def test_anything_else_is_no_amount(cell: str | None) -> None:
    assert apply(parse_amount, cell) == [None]
    assert apply(parse_whole_amount, cell) == [None]


def test_whole_amounts_keep_every_digit_and_drop_decimals() -> None:
    cells = ("9007199254740993", "373554033.0", "0.9", "1e6", str(2**63 - 1), str(2**63))
    assert apply(parse_whole_amount, *cells) == [2**53 + 1, 373554033, 0, 10**6, 2**63 - 1, None]


@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_any_float_that_python_prints_is_read_back(number: float) -> None:
    assert apply(parse_amount, str(number)) == [number]


@given(st.text(alphabet="0123456789+-.eEinfa_ ", max_size=8))
def test_no_amount_is_read_that_python_would_not_read(cell: str) -> None:
    (amount,) = apply(parse_amount, cell)
    if amount is not None:
        assert float(cell) == amount
        assert isinstance(amount, float)
        assert math.isfinite(amount)


@given(st.text(max_size=8))
def test_text_is_composed_and_stripped_and_cleaning_again_changes_nothing(cell: str) -> None:
    (text,) = apply(clean_text, cell)
    assert apply(clean_text, text if isinstance(text, str) else None) == [text]
    composed = unicodedata.normalize("NFC", cell)
    assert (text or "").strip() == composed.strip()


def test_blank_text_is_null() -> None:
    assert apply(clean_text, None, "", " \u00a0\u3000", "e\u0301") == [None, None, None, "é"]
    assert apply(is_filled, None, "", " ", "a") == [False, False, False, True]
