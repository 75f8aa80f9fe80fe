"""Loose keys of titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.title_keys import loose_keys, numbered_words, split_year, title_parts, title_words


def shares_a_key(one: str, other: str) -> bool:
    keys = [{*k.spelled, *k.arabic, *k.numbered, *k.bare} for k in map(loose_keys, (one, other))]
    return bool(keys[0] & keys[1])


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("WALL-E", "WALL·E"),
        ("wall e", "WALL·E"),
        ("spiderman", "Spider-Man"),
        ("ET", "E.T."),
        ("S W A T", "S.W.A.T."),
        ("mash", "M*A*S*H"),
        ("oceans eleven", "Ocean’s Eleven"),  # noqa: RUF001  # as titles have it
        ("Godfather", "The Godfather"),
        ("matrix, the", "The Matrix"),
        ("Laberinto del fauno", "El laberinto del fauno"),
        ("lilo y stitch", "Lilo & Stitch"),
        ("romeo and juliet", "Romeo + Juliet"),
        ("Rock n Roll", "Rock 'n' Roll"),
        ("rocky 2", "Rocky II"),
        ("rocky dos", "Rocky II"),
        ("twelve angry men", "12 Angry Men"),
        ("doce angry men", "12 Angry Men"),
        ("oceans once", "Ocean's Eleven"),
        ("kill bill volume two", "Kill Bill: Vol. 2"),
        ("the godfather parte 3", "The Godfather: Part III"),
        ("101 dalmatians", "One Hundred and One Dalmatians"),
        ("twenty thousand leagues under the sea", "20,000 Leagues Under the Sea"),
        ("treinta y uno", "31"),
        ("Seven", "Se7en"),
        ("thirteen ghosts", "Thir13en Ghosts"),
        ("fantastic", "Fant4stic"),
        ("8 1/2", "8½"),
        ("eight and a half", "8½"),
        ("9 1/2 weeks", "Nine 1/2 Weeks"),
        ("alien 3", "Alien³"),
        ("Friday the thirteenth", "Friday the 13th"),
        ("mister smith", "Mr. Smith"),
        ("lalaland", "La La Land"),
        ("Lord of Rings", "The Lord of the Rings"),
        ("???", "?? ?"),
    ],
)
def test_a_title_is_the_same_however_it_is_written(typed: str, title: str) -> None:
    assert shares_a_key(typed, title)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rocky II", "Rocky III"),
        ("Cars", "Cars 2"),
        ("One, Two, Three", "Six"),
        ("First Kill", "One Kill"),
        ("Part", "The"),
        ("Y tu mamá también", "Tu mamá también"),
        ("Ocean's Eleven", "Ocean's Twelve"),
    ],
)
def test_titles_that_differ_have_no_key_in_common(one: str, other: str) -> None:
    assert not shares_a_key(one, other)


def test_x_men_are_not_ten_men_only() -> None:
    keys = loose_keys("X-Men")
    assert keys.spelled == ("xmen",)
    assert keys.arabic == ("10men",)


def test_keys_go_from_faithful_to_bare() -> None:
    keys = loose_keys("The Fast and the Furious: Part Two")
    assert keys.spelled == ("thefastandthefuriousparttwo", "fastandthefuriousparttwo")
    assert keys.arabic == ("fastandthefuriousparttwo",)
    assert keys.numbered == ("fastandthefurious2",)
    assert keys.bare == ("fastfurious2",)


def test_only_an_article_is_no_title_without_it() -> None:
    assert loose_keys("The").arabic == ("the",)
    assert loose_keys("A").bare == ("a",)


def test_once_begins_english_titles() -> None:
    assert loose_keys("Once").numbered == ("once",)


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("Heat", []),
        ("Léon: The Professional", ["Léon", "The Professional"]),
        (
            "Star Wars: Episode IV - A New Hope",
            ["Star Wars", "Episode IV - A New Hope", "A New Hope"],
        ),
        ("Kill Bill: Vol. 1", ["Kill Bill"]),
        ("Salò, or the 120 Days of Sodom", ["Salò", "the 120 Days of Sodom"]),
        ("Dr. Strangelove or: How I Learned", ["Dr. Strangelove", "How I Learned"]),
        ("2001: A Space Odyssey", ["2001", "A Space Odyssey"]),
        ("M: Up", []),
        ("Face/Off", []),
        ("Life or Something Like It", []),
    ],
)
def test_a_title_has_parts_where_a_separator_is(title: str, parts: list[str]) -> None:
    assert title_parts(title) == parts


def test_words_are_in_one_spelling() -> None:
    assert title_words("Dr. No & Doctor Who's S.P.Y.") == ["dr", "no", "and", "dr", "whos", "spy"]
    assert title_words("Matrix, The") == ["the", "matrix"]
    assert numbered_words("Rocky II, the second") == ["rocky", "2", "the", "2nd"]


@given(st.text(max_size=60))
def test_any_text_has_keys(text: str) -> None:
    keys = loose_keys(text or "x")
    assert all(keys)
    assert all(all(group) for group in keys)
    assert isinstance(title_parts(text), list)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Toy Story (1995)", ("Toy Story", 1995)),
        ("Up [2009] ", ("Up", 2009)),
        ("1984", ("1984", None)),
        ("(1995)", ("(1995)", None)),
        ("Blade Runner 2049", ("Blade Runner 2049", None)),
        ("Room (237)", ("Room (237)", None)),
        ("Heat (2295)", ("Heat (2295)", None)),
    ],
)
def test_a_year_in_brackets_is_apart(title: str, expected: tuple[str, int | None]) -> None:
    assert split_year(title) == expected


def test_letters_that_are_two_in_english_are_two() -> None:
    assert title_words("Æon Flux Œuvre Smørrebrød") == ["aeon", "flux", "oeuvre", "smorrebrod"]
