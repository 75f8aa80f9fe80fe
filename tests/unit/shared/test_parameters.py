import pytest
from litestar import Litestar, get
from litestar.params import FromQuery
from litestar.testing import TestClient

from shared.errors import InvalidRequestError
from shared.http.parameters import refuse_unusable_parameters, require_text
from shared.http.problems import EXCEPTION_HANDLERS, SPANISH


@get("/score", opt=SPANISH, sync_to_thread=False)
def spanish(titulo: FromQuery[str] = "") -> str:
    return titulo


@get("/plain", sync_to_thread=False)
def plain() -> str:
    return "plain"


@get("/many", sync_to_thread=False)
def many(
    limit: FromQuery[int] = 1,
    genres: FromQuery[list[str] | None] = None,
    least: FromQuery[int | None] = None,
) -> str:
    return f"{limit}{genres}{least}"


APP = Litestar(
    [spanish, plain, many],
    before_request=refuse_unusable_parameters,
    exception_handlers=EXCEPTION_HANDLERS,
)


@pytest.mark.parametrize(
    ("route", "status", "words"),
    [
        ("/score?titulo=Face%2FOff", 200, "Face/Off"),
        ("/score", 200, ""),
        ("/score?titlo=x", 400, "¿Quiso decir «titulo»?"),
        ("/score?titulo=x&otro=y", 400, "Parámetro desconocido: «otro»"),
        ("/score?otro", 400, "«otro». Los que hay: «titulo»."),
        ("/plain", 200, "plain"),
        ("/many?limt=1", 400, "Did you mean 'limit'?"),
        ("/many?zzz=1", 400, "Unknown parameter 'zzz'. Known: 'genres', 'least', 'limit'."),
        ("/score?titulo=a&titulo=b", 400, "«titulo» se ha dado más de una vez"),
        ("/many?limit=1&limit=2", 400, "limit: is given more than once"),
        ("/many?least=null", 400, "least: must not be null; leave it out."),
        ("/many?least=NULL", 400, "must not be null"),
        ("/many?genres=a&genres=null", 400, "genres: must not be null"),
        ("/many?genres=a&genres=b&least=2", 200, "1['a', 'b']2"),
        ("/score?titulo=null", 200, "null"),
        ("/plain?x=1", 400, "Unknown parameter 'x'. This route has none."),
    ],
)
def test_only_the_parameters_of_a_route_are_taken(route: str, status: int, words: str) -> None:
    with TestClient(APP) as client:
        answer = client.get(route)
    assert answer.status_code == status
    assert words in (answer.text if status == 200 else answer.json()["detail"])


def test_a_text_has_1_to_500_characters() -> None:
    assert require_text("titulo", "x" * 500) == "x" * 500
    for text in ("", " \t", "x" * 501):
        with pytest.raises(InvalidRequestError, match="titulo"):
            require_text("titulo", text)
