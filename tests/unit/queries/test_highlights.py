"""What matched, marked."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queries.highlights import MOST_CHARACTERS, Highlighter, fragment, mark
from services.queries.search_query import QueryReader

READER = QueryReader()
FILM: dict[str, str | list[str] | None] = {
    "title": "The Amazing Spider-Man",
    "people": ["Marc Webb", "Andrew Garfield", "Emma Stone"],
    "collection": ["The Amazing Spider-Man Collection"],
    "keywords": ["time travel", "vigilantes", "spider bite"],
    "tagline": None,
    "overview": "Peter O'Neil's theme is <loss> & lies.",
}


def highlights(typed: str, **fields: str | list[str] | None) -> dict[str, str]:
    asked = READER.read(typed)
    return Highlighter(READER, asked, []).highlight({**FILM, **fields})


def test_words_are_marked_where_they_are_and_of_lists_only_what_matched() -> None:
    assert highlights("garfield spider") == {
        "title": "The Amazing <em>Spider</em>-Man",
        "people": "Andrew <em>Garfield</em>",
        "collection": "The Amazing <em>Spider</em>-Man Collection",
        "keywords": "<em>spider</em> bite",
    }


def test_the_text_is_escaped_and_an_apostrophe_does_not_part_a_word() -> None:
    assert highlights("oneils loss")["overview"] == (
        "Peter <em>O&#x27;Neil&#x27;s</em> theme is &lt;<em>loss</em>&gt; &amp; lies."
    )


def test_stems_are_marked_in_texts_but_not_in_names() -> None:
    assert highlights("vigilante stones travels") == {
        "keywords": "time <em>travel</em>, <em>vigilantes</em>",
        "people": "Emma <em>Stone</em>",
    }


def test_a_function_word_is_not_marked_for_its_stem() -> None:
    found = highlights("theme", overview="He tells them of the theme.")
    assert found == {"overview": "He tells them of the <em>theme</em>."}


def test_a_joined_word_marks_the_pieces_of_the_title() -> None:
    assert highlights("spiderman")["title"] == "The Amazing <em>Spider-Man</em>"


def test_marks_that_overlap_are_one() -> None:
    assert highlights("spiderman spider")["title"] == "The Amazing <em>Spider-Man</em>"


def test_a_word_past_any_length_is_no_word() -> None:
    assert highlights("heat", title="Heat", tagline="é" + "h" * 100) == {"title": "<em>Heat</em>"}


def test_a_word_that_is_nowhere_marks_those_like_it_in_title_and_people() -> None:
    assert highlights("amazin garfeld vigilantas") == {
        "title": "The <em>Amazing</em> Spider-Man",
        "people": "Andrew <em>Garfield</em>",
    }


def test_a_word_that_no_film_has_marks_those_like_it_everywhere() -> None:
    asked = READER.read("vigilantas")
    assert Highlighter(READER, asked, asked.words).highlight(FILM) == {
        "keywords": "<em>vigilantes</em>"
    }


def test_a_film_found_by_its_title_alone_has_all_of_it_marked() -> None:
    assert highlights("8 1/2", title="8½") == {"title": "<em>8½</em>"}


def test_phrases_are_marked_too() -> None:
    assert highlights('"time travel"')["keywords"] == "<em>time</em> <em>travel</em>"


@pytest.mark.parametrize("length", [MOST_CHARACTERS, MOST_CHARACTERS + 1])
def test_a_text_is_cut_only_past_its_bound(length: int) -> None:
    text = ("word " * 40)[: length - 1] + "x"
    shown, spans = fragment(text, [(0, 4)])
    assert (shown == text) == (length == MOST_CHARACTERS)
    assert spans == [(0, 4)]


def test_a_fragment_has_the_most_matches_whole_words_and_says_where_it_is_cut() -> None:
    text = "start " + "filler " * 40 + "here and here " + "filler " * 40
    at = text.index("here")
    shown, spans = fragment(text, [(0, 5), (at, at + 4), (at + 9, at + 13)])
    assert [shown[start:end] for start, end in spans] == ["here", "here"]
    assert len(shown) <= MOST_CHARACTERS
    assert shown.startswith("…filler ")
    assert shown.endswith(" filler…")


def test_a_fragment_without_spaces_is_cut_where_it_must_be() -> None:
    text = f"{'a' * 200}-heat-{'b' * 200} end"
    shown, spans = fragment(text, [(201, 205)])
    assert [shown[start:end] for start, end in spans] == ["heat"]
    assert len(shown) == MOST_CHARACTERS


def test_a_word_whose_first_letter_is_wrong_is_marked_where_nothing_else_is() -> None:
    assert highlights("qarfield") == {"people": "Andrew <em>Garfield</em>"}


def test_marked_text_is_html() -> None:
    assert mark('<a> & "b"', [(1, 2)]) == "&lt;<em>a</em>&gt; &amp; &quot;b&quot;"


WORDS = st.text("ab <&'é-", max_size=400)


@given(WORDS, st.sampled_from(["ab", "a b", "bab", "é"]))
def test_without_the_marks_it_is_a_piece_of_the_text(overview: str, typed: str) -> None:
    shown = highlights(typed, title="film", overview=overview).get("overview")
    if shown is not None:
        plain = html.unescape(re.sub(r"</?em>", "", shown))
        assert plain.strip("…") in overview
        assert len(plain) <= MOST_CHARACTERS
        assert "<em></em>" not in shown
