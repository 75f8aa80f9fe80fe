"""Search-as-you-type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queries.matched_ranges import matched_ranges
from services.queries.suggest import Suggester
from services.queries.title_words import TitleWords
from shared.titles import TitledMovie

MOVIES = [
    TitledMovie(1, "Hercules", 1997, 900),
    TitledMovie(2, "Big Hero 6", 2014, 800),
    TitledMovie(3, "Her", 2013, 700),
    TitledMovie(4, "Jurassic Park", 1993, 600),
    TitledMovie(5, "Spider-Man 2", 2004, 500),
    TitledMovie(6, "WALL·E", 2008, 400),
    TitledMovie(7, "Rocky II", 1979, 300),
    TitledMovie(8, "Hero", 2002, 200),
    TitledMovie(9, "Amélie", 2001, 100),
]


@pytest.fixture(scope="module")
def suggester() -> Suggester:
    return Suggester(MOVIES, TitleWords([movie.title for movie in MOVIES]))


def titles(suggester: Suggester, typed: str, limit: int = 8) -> list[str]:
    return [item.title for item in suggester.suggest(typed, limit).items]


def test_the_well_known_come_first_after_the_film_of_just_this_title(suggester: Suggester) -> None:
    assert titles(suggester, "he") == ["Hercules", "Big Hero 6", "Her", "Hero"]
    assert titles(suggester, "HER ") == ["Her", "Hercules", "Big Hero 6", "Hero"]
    assert titles(suggester, "hero") == ["Hero", "Big Hero 6", "Hercules", "Her"]


def test_every_word_must_begin_a_word(suggester: Suggester) -> None:
    assert titles(suggester, "par jur") == ["Jurassic Park"]
    assert titles(suggester, "jur xy") == []


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("spiderm", "Spider-Man 2"),
        ("spider-m", "Spider-Man 2"),
        ("wall-e", "WALL·E"),
        ("rocky 2", "Rocky II"),
        ("rocky two", "Rocky II"),
        ("amelie", "Amélie"),
        ("AMÉL", "Amélie"),
        ("jurrasic", "Jurassic Park"),
        ("jurrasic prk", "Jurassic Park"),
        ("roky", "Rocky II"),
    ],
)
def test_a_film_is_offered_however_it_is_typed(
    suggester: Suggester, typed: str, title: str
) -> None:
    assert titles(suggester, typed)[:1] == [title]


def test_three_letters_are_taken_as_they_are(suggester: Suggester) -> None:
    assert titles(suggester, "rcy") == []


def test_typing_errors_only_fill_what_is_left(suggester: Suggester) -> None:
    assert titles(suggester, "herc", limit=1) == ["Hercules"]
    assert titles(suggester, "herc", limit=4) == ["Hercules", "Big Hero 6", "Her", "Hero"]


def test_each_film_is_offered_once_and_with_its_year(suggester: Suggester) -> None:
    items = suggester.suggest("her", 20).items
    assert len({item.id for item in items}) == len(items)
    assert (items[0].id, items[0].year) == (3, 2013)


@pytest.mark.parametrize(
    ("title", "typed", "matched"),
    [
        ("Jurassic Park", "par jur", [[0, 3], [9, 12]]),
        ("Spider-Man 2", "spiderm", [[0, 6], [7, 8]]),
        ("Spider-Man 2", "man", [[7, 10]]),
        ("Amélie", "amel", [[0, 4]]),
        # The accent is a character of its own, and goes unmarked.
        ("Ame\u0301lie", "amel", [[0, 3], [4, 5]]),
        ("Rocky II", "rocky 2", [[0, 5], [6, 8]]),
        ("Jurassic Park", "jurrasic", [[0, 8]]),
        ("Straße", "strass", [[0, 5]]),
        ("Heat", "zz", []),
        ("", "heat", []),
    ],
)
def test_what_was_typed_is_marked_in_the_title(
    title: str, typed: str, matched: list[list[int]]
) -> None:
    assert matched_ranges(title, typed) == matched


@given(st.text(max_size=40), st.text(max_size=40))
def test_ranges_are_in_order_inside_the_title_and_apart(title: str, typed: str) -> None:
    ends = [0]
    for start, end in matched_ranges(title, typed):
        assert ends[-1] <= start < end <= len(title)
        ends.append(end)


@given(st.text(min_size=1, max_size=100))
def test_nothing_typed_breaks_it(text: str) -> None:
    suggester = Suggester(MOVIES, TitleWords([movie.title for movie in MOVIES]))
    assert len(suggester.suggest(text, 3).items) <= 3


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("park of", ["Park of Zoo", "Pork of Zoo"]), ("park of zoo", ["Park of Zoo"])],
)
def test_three_right_words_leave_no_room_for_errors(typed: str, offered: list[str]) -> None:
    movies = [TitledMovie(1, "Park of Zoo", 2000, 2), TitledMovie(2, "Pork of Zoo", 2001, 1)]
    suggester = Suggester(movies, TitleWords([movie.title for movie in movies]))
    assert titles(suggester, typed) == offered
