import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queries.calendar import MONTHS, WEEKDAYS, parse_month, parse_weekday
from shared.errors import UnknownMonthError, UnknownWeekdayError


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("enero", 1),
        ("ENERO", 1),
        (" Énero ", 1),
        ("January", 1),
        ("01", 1),
        ("1", 1),
        ("septiembre", 9),
        ("Setiembre", 9),
        ("12", 12),
    ],
)
def test_a_month_is_read_as_people_write_it(text: str, month: int) -> None:
    assert parse_month(text) == month


@pytest.mark.parametrize(
    ("text", "weekday"),
    [("lunes", 1), ("miercoles", 3), ("MIÉRCOLES", 3), ("sabado", 6), ("Sunday", 7), ("7", 7)],
)
def test_a_weekday_is_read_as_people_write_it(text: str, weekday: int) -> None:
    assert parse_weekday(text) == weekday


@pytest.mark.parametrize(
    ("text", "nearest"), [("enerro", "enero"), ("Decembre", "diciembre"), ("juio", "julio")]
)
def test_a_misspelt_month_is_answered_with_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(UnknownMonthError) as caught:
        parse_month(text)
    suggestions = caught.value.details["suggestions"]
    assert isinstance(suggestions, list)
    assert nearest in suggestions
    assert text in caught.value.message


@pytest.mark.parametrize("text", ["0", "8", "-1", "1.0", "x" * 500, "9" * 500])
def test_what_is_no_weekday_is_refused(text: str) -> None:
    with pytest.raises(UnknownWeekdayError):
        parse_weekday(text)


@given(st.sampled_from([*enumerate(MONTHS, 1)]), st.randoms())
def test_case_does_not_matter(month: tuple[int, str], randomness: object) -> None:
    number, name = month
    choose = getattr(randomness, "choice")  # noqa: B009  # Hypothesis leaves it untyped
    assert parse_month("".join(choose([char.upper(), char]) for char in name)) == number


@given(st.text(max_size=40))
def test_any_text_is_a_weekday_or_refused(text: str) -> None:
    try:
        assert 1 <= parse_weekday(text) <= len(WEEKDAYS)
    except UnknownWeekdayError as error:
        assert error.code == "unknown_weekday"  # noqa: PT017  # either outcome is right
