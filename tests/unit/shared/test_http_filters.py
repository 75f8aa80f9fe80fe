import pytest

from shared.contracts.filters import Filters
from shared.errors import InvalidRequestError
from shared.http.filters import filter_parameters, preferred_lang, provide_filters, provide_lang


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-AR,es;q=0.9,en;q=0.8", "es"),
        ("en-GB,en;q=0.9,es;q=0.8", "en"),
        ("en;q=0.3, ES;q=0.7", "es"),
        ("fr,de;q=0.5", "en"),
        ("es;q=0,en;q=0.1", "en"),
        ("es;q=0", "en"),
        ("es;q=x", "en"),
        ("*", "en"),
        (",;=,;q=", "en"),
    ],
)
def test_language_by_preference(accepted: str, lang: str) -> None:
    assert preferred_lang(accepted) == lang


def test_the_parameter_is_stronger_than_the_header() -> None:
    assert provide_lang(lang="en", accept_language="es") == "en"
    assert provide_lang(accept_language="es") == "es"


def test_filters_and_their_parameters_say_the_same() -> None:
    filters = provide_filters(genres_any=["Drama"], year_min=1990, exclude=[1, 2], average_min=7.5)
    assert filters == Filters(genres_any=["Drama"], year_min=1990, exclude=[1, 2], average_min=7.5)
    assert provide_filters(**filter_parameters(filters)) == filters
    assert filter_parameters(Filters()) == {}


def test_what_the_parameters_cannot_bound_the_contract_does() -> None:
    with pytest.raises(InvalidRequestError, match="length"):
        provide_filters(genres_any=[""])
