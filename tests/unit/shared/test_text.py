"""Normalisation for matching."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import normalise


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("  Amélie  ", "amelie"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Face/Off", "face/off"),
        ("Girl Walk // All\tDay", "girl walk // all day"),
        ("ﬁlm ①", "film 1"),
        ("", ""),
    ],
)
def test_case_accents_and_spaces_do_not_count(text: str, key: str) -> None:
    assert normalise(text) == key


@given(st.text())
def test_normalisation_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
