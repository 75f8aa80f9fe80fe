import pytest

from shared.spanish.languages import detect_lang


@pytest.mark.parametrize(
    "text",
    [
        "un ladrón que roba secretos en los sueños",
        "un ladron que roba secretos en los suenos",
        "UNA NIÑA Y SU DRAGÓN",
        "¿la del barco?",
        "película triste",
        "pelicula de perros",
        "robots asesinos",
        "comedia romántica",
        "ciencia ficcion",
        "vampiros adolescentes",
        "amor prohibido en la guerra",
        "algo como Blade Runner pero en la selva",
        "los detectives de Los Angeles",
        "terror psicológico",
        "España",
    ],
)
def test_a_spanish_text_is_spanish(text: str) -> None:
    assert detect_lang(text) == "es"


@pytest.mark.parametrize(
    "text",
    [
        "a heist in dreams",
        "zombies",
        "time travel romance",
        "La La Land",
        "gangsters in Los Angeles",
        "a con man in Las Vegas",
        "something like El Mariachi but in space",
        "Amélie",
        "Sin City",
        "the last days of Señor Muñoz and his family",
        "no more secrets",
        "suspense",
        "final countdown",
        "come home",
        "Pokémon",
        "真夜中",
        "123",
        "",
    ],
)
def test_any_other_text_is_taken_for_english(text: str) -> None:
    assert detect_lang(text) == "en"


def test_as_many_little_words_of_both_leave_it_to_the_others() -> None:
    assert detect_lang("the una guerra y of venganza") == "es"
    assert detect_lang("the una world war y of revenge") == "en"


def test_a_third_of_the_words_is_enough_and_less_is_not() -> None:
    assert detect_lang("venganza kung fu") == "es"
    assert detect_lang("venganza kung fu dojo") == "en"
