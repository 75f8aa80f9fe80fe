from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.spanish.glossary import Glossary, load_glossary, read_forms, without_accents


def unchanged(words: Sequence[str]) -> Sequence[str]:
    return words


def test_words_are_put_into_english_in_their_order() -> None:
    assert (
        load_glossary().gloss("Un astronauta en la luna.", unchanged) == "a astronaut in the moon"
    )


def test_accents_may_be_left_out() -> None:
    glossary = load_glossary()
    assert glossary.find("ladron") == glossary.find("ladrón") == "thief"
    assert glossary.find("sueno") == "dream"


def test_a_word_that_an_accent_tells_apart_is_told_apart() -> None:
    glossary = load_glossary()
    assert (glossary.find("el"), glossary.find("él")) == ("the", "he")


@pytest.mark.parametrize(
    ("form", "english"),
    [
        ("ladrones", "thief"),
        ("trabajadoras", "worker"),
        ("veces", None),
        ("jueces", "judge"),
        ("extraña", "strange"),
        ("buscando", "search for"),
        ("roban", "steal"),
        ("corrió", "run"),
        ("sobrevivieron", "survive"),
        ("vengarse", "avenge"),
        ("muere", "die"),
    ],
)
def test_plurals_feminines_and_regular_verbs_are_known(form: str, english: str | None) -> None:
    assert load_glossary().find(form) == english


def test_the_longest_phrase_goes_first() -> None:
    text = "un asesino en serie con una máquina del tiempo"
    assert load_glossary().gloss(text, unchanged) == "a serial killer with a time machine"


def test_all_unlisted_words_are_asked_about_at_once() -> None:
    asked: list[Sequence[str]] = []

    def guess(words: Sequence[str]) -> Sequence[str]:
        asked.append(words)
        return [f"<{word}>" for word in words]

    gloss = load_glossary().gloss("el Xilófono de la marmota", guess)
    assert gloss == "the <xilófono> of the <marmota>"
    assert asked == [["xilófono", "marmota"]]


def test_a_word_without_english_is_left_out() -> None:
    assert load_glossary().gloss("ya se ve", unchanged) == "see"
    assert load_glossary().gloss("¿?", unchanged) == ""


def test_a_written_form_wins_over_one_that_is_bent() -> None:
    forms = read_forms(["[bent]", "tale = cuento", "[fixed]", "I tell = cuentos"])
    assert forms == {"cuento": "tale", "cuenta": "tale", "cuentas": "tale", "cuentos": "I tell"}


def test_notes_and_empty_lines_are_no_words() -> None:
    assert read_forms(["# a note", "", "[fixed]", "yes = sí"]) == {"sí": "yes"}


def test_a_form_without_accents_that_is_written_wins_over_one_that_lost_them() -> None:
    glossary = Glossary({"mí": "me", "mi": "my"})
    assert (glossary.find("mi"), glossary.find("mí"), glossary.find("mì")) == ("my", "me", None)


@given(st.text(max_size=30))
def test_without_accents_is_idempotent(word: str) -> None:
    plain = without_accents(word)
    assert without_accents(plain) == plain


@given(st.text(max_size=60))
def test_any_text_has_a_gloss(text: str) -> None:
    assert load_glossary().gloss(text, unchanged).strip() == load_glossary().gloss(text, unchanged)
