"""Numbers and words as each language writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.eda import NamedMovie, Text
from worker.eda.numerals import EN, ES, plural
from worker.eda.wording import amount, column_of, enumerate_names, name_films, name_range, tell

NB = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (0, "0", "0"),
        (1973, "1973", "1,973"),
        (45346, f"45{NB}346", "45,346"),
        (12396383, f"12{NB}396{NB}383", "12,396,383"),
    ],
)
def test_counts_are_grouped(value: int, spanish: str, english: str) -> None:
    assert (ES.count(value), EN.count(value)) == (spanish, english)


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (2.0612, "2,06", "2.06"),
        (115.93, "116", "116"),
        (0.0123, "0,0123", "0.0123"),
        (13.1, "13,1", "13.1"),
        (-0.5, "\N{MINUS SIGN}0,5", "\N{MINUS SIGN}0.5"),
        (0, "0", "0"),
    ],
)
def test_figures_have_three_digits(value: float, spanish: str, english: str) -> None:
    assert (ES.figure(value), EN.figure(value)) == (spanish, english)


@pytest.mark.parametrize(
    ("share", "spanish", "english"),
    [
        (0.3066, f"31{NB}%", "31%"),
        (0.0526, f"5,3{NB}%", "5.3%"),
        (0.9997, f"99,97{NB}%", "99.97%"),
        (0.00002, f"0,002{NB}%", "0.002%"),
        (1, f"100{NB}%", "100%"),
        (0, f"0{NB}%", "0%"),
    ],
)
def test_shares_are_per_cent(share: float, spanish: str, english: str) -> None:
    assert (ES.percent(share), EN.percent(share)) == (spanish, english)


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_only_the_whole_is_a_hundred_per_cent_and_only_nothing_is_none(
    whole: int, part: int
) -> None:
    share = min(part, whole) / whole
    assert (EN.percent(share) == "100%") == (share == 1)
    assert (EN.percent(share) == "0%") == (share == 0)


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (1, f"1{NB}dólar", "$1"),
        (322_000, f"322{NB}000{NB}dólares", "$322,000"),
        (1_000_000, f"1{NB}millón de dólares", "$1 million"),
        (16_822_640, f"16,8{NB}millones de dólares", "$16.8 million"),
        (2_500_000_000, f"2500{NB}millones de dólares", "$2.5 billion"),
        (0.5, f"0,5{NB}dólares", "$0.5"),
    ],
)
def test_money_is_in_dollars(value: float, spanish: str, english: str) -> None:
    assert (ES.money(value), EN.money(value)) == (spanish, english)


def test_words_go_with_their_number() -> None:
    forms = [plural(n, "voto", "votos") for n in (0, 1, 2, "1", "1,5")]
    assert forms == ["votos", "voto", "votos", "voto", "votos"]


def test_lists_end_in_the_conjunction_of_the_language() -> None:
    names = [Text(es=name, en=name) for name in ("Ana", "Luis", "Irene")]
    assert enumerate_names(names) == Text(es="Ana, Luis e Irene", en="Ana, Luis and Irene")
    assert enumerate_names(names[:2]) == Text(es="Ana y Luis", en="Ana and Luis")
    assert enumerate_names(names[:1]) == names[0]


def test_films_are_named_by_title_and_year() -> None:
    films = [NamedMovie(id=n, title=title, year=1990 + n, value=0) for n, title in ((1, "Heat"),)]
    assert name_films(films) == Text(es="«Heat» (1991)", en="“Heat” (1991)")


def test_sentences_begin_in_upper_case_and_keep_the_rest() -> None:
    text = tell("key", "money", "óscar de la BBC.", "January of the BBC.").text
    assert text == Text(es="Óscar de la BBC.", en="January of the BBC.")


@pytest.mark.parametrize(
    ("column", "value", "spanish", "english"),
    [
        ("budget", 2_000_000, f"2{NB}millones de dólares", "$2 million"),
        ("release_year", 1950, "1950", "1950"),
        ("runtime", 1, "1 minuto", "1 minute"),
        ("runtime", 90.5, "90,5 minutos", "90.5 minutes"),
        ("return", 1, "1 vez el presupuesto", "1 time the budget"),
        ("popularity", 12.5, "12,5", "12.5"),
    ],
)
def test_amounts_have_the_unit_of_their_column(
    column: str, value: float, spanish: str, english: str
) -> None:
    assert amount(column, value) == Text(es=spanish, en=english)


def test_a_range_says_its_unit_once() -> None:
    assert [end.es for end in name_range("runtime", 57, 137)] == ["57", "137 minutos"]
    assert [end.en for end in name_range("budget", 500, 2e6)] == ["$500", "$2 million"]


def test_a_column_without_a_profile_is_a_mistake() -> None:
    with pytest.raises(LookupError):
        column_of([], "budget")
