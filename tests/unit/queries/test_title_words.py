"""Words of titles as masks."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from services.queries.title_words import TitleWords, all_of, edits_allowed, first_rows

TITLES = ["Spider-Man", "The Batman", "Man on the Moon", "Rocky II", "Amélie", "Up"]


@pytest.fixture(scope="module")
def words() -> TitleWords:
    return TitleWords(TITLES)


def rows(mask: int) -> list[int]:
    return first_rows(mask, len(TITLES))


def test_a_start_finds_every_title_with_such_a_word(words: TitleWords) -> None:
    assert rows(words.starting("m")) == [0, 2]
    assert rows(words.starting("mo")) == [2]
    assert rows(words.starting("spiderm")) == [0]
    assert rows(words.starting("ame")) == [4]
    assert rows(words.starting("2")) == [3]
    assert rows(words.starting("zz")) == rows(words.starting("zzz")) == []


def test_a_whole_word_is_no_start(words: TitleWords) -> None:
    assert rows(words.having("man")) == [0, 2]
    assert rows(words.having("ma")) == rows(words.having("zzz")) == []


@pytest.mark.parametrize(
    "typed",
    [
        "batmn",
        "btaman",
        "bqtman",
        "batmman",
        "atman",
        "vatman",
        "xbatman",
        "abtman",
        "batm",
        "batnan",
    ],
)
def test_one_edit_is_forgiven_anywhere(words: TitleWords, typed: str) -> None:
    assert 1 in rows(words.near(typed, 1))


def test_more_edits_than_asked_are_not_forgiven(words: TitleWords) -> None:
    assert rows(words.near("bqtmon", 1)) == []
    assert rows(words.near("bqtmon", 2)) == [1]


def test_errors_are_allowed_from_four_and_eight_letters_on() -> None:
    assert [edits_allowed("x" * letters) for letters in (3, 4, 7, 8)] == [0, 1, 1, 2]


def test_no_mask_leaves_every_movie() -> None:
    assert all_of([]) == -1
    assert all_of([0b110, 0b011]) == 0b010


def test_the_first_rows_are_the_lowest_bits() -> None:
    assert first_rows(0b101100, 2) == [2, 3]
    assert first_rows(0, 2) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_one_edit_finds_what_comparing_every_start_finds(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # test data
    known = ["".join(draw.choices("abc", k=draw.randint(4, 8))) for _ in range(12)]
    typed = "".join(draw.choices("abc", k=5))
    found = set(first_rows(TitleWords(known).near(typed, 1), 99))
    every = {
        row
        for row, word in enumerate(known)
        if any(OSA.distance(typed, word[:length]) <= 1 for length in range(4, 7))
    }
    assert found == every
