"""What was typed, read."""

import pytest

from services.queries.search_query import STOP_WORDS, QueryReader, Word

READER = QueryReader()


def plain(typed: str) -> list[str]:
    return [word.plain for word in READER.read(typed).words]


def test_words_are_folded_stemmed_and_each_taken_once() -> None:
    assert READER.read("Amélie RUNNING amelie").words == [
        Word("amelie", "ameli", 1),
        Word("running", "run", 1),
    ]


def test_errors_are_forgiven_from_four_and_eight_letters_on() -> None:
    assert [word.edits for word in READER.read("abc abcd abcdefg abcdefgh").words] == [0, 1, 1, 2]


def test_long_texts_are_taken_at_their_word() -> None:
    six = "alpha bravo charlie delta foxtrot golf"
    assert any(word.edits for word in READER.read(six).words)
    assert not any(word.edits for word in READER.read(f"{six} hotel").words)


def test_function_words_count_only_where_there_are_no_others() -> None:
    assert plain("the lord of the rings") == ["lord", "rings"]
    assert plain("el laberinto del fauno") == ["laberinto", "fauno"]
    assert plain("the who") == ["the", "who"]
    assert {"the", "el"} <= STOP_WORDS


@pytest.mark.parametrize("quotes", ['""', "“”", "«»"])
def test_quotes_make_a_phrase_with_its_function_words(quotes: str) -> None:
    asked = READER.read(f"paris {quotes[0]}Back to the Future{quotes[1]}")
    assert [word.plain for word in asked.words] == ["paris"]
    assert [[word.plain for word in phrase] for phrase in asked.phrases] == [
        ["back", "to", "the", "future"]
    ]


def test_a_lone_quote_and_an_empty_phrase_say_nothing() -> None:
    assert READER.read('"heat').phrases == []
    assert READER.read('"" heat').phrases == []
    assert plain('"heat') == ["heat"]


def test_an_apostrophe_does_not_part_a_word() -> None:
    assert plain("Ocean's don’t") == ["oceans", "dont"]  # noqa: RUF001  # both apostrophes


def test_no_more_than_48_words_are_asked_for() -> None:
    assert len(plain(" ".join(f"word{number}" for number in range(49)))) == 48
