"""Titles arrive at the services exactly as they were typed, in both forms."""

import http.client
from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.conftest import Gateway

AWKWARD = [
    "Toy Story",
    "Face/Off",
    "Girl Walk // All Day",
    "50%",
    "50%25",
    "What?",
    "#1",
    ".",
    "..",
    "...",
    "a/../b",
    "/",
    "//",
    "trailing/",
    "WALL·E",
    "A+B=C&D;E",
    "{titulo}",
    "千と千尋の神隠し",
    "tab\tand\nline",
    "\x00",
]


@pytest.fixture
def gateway(still_gateway: Gateway) -> Gateway:
    still_gateway.state.asked = 0
    return still_gateway


def _ask(gateway: Gateway, target: str) -> httpx.Response:
    """Send `target` as it is: httpx itself would tidy dots away."""
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=10)
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize("title", AWKWARD)
def test_an_awkward_title_arrives_intact_in_both_forms(gateway: Gateway, title: str) -> None:
    encoded = quote(title, safe="")
    if title.strip():
        for target in (f"/recomendacion/{encoded}", f"/recomendacion?titulo={encoded}"):
            assert _ask(gateway, target).json()[0] == title


@pytest.mark.parametrize("path", ["Face/Off", "Girl%20Walk%20//%20All%20Day", "a/../b", "x/", "."])
def test_slashes_and_dots_need_no_encoding(gateway: Gateway, path: str) -> None:
    answer = _ask(gateway, f"/recomendacion/{path}")
    assert answer.json()[0] == path.replace("%20", " ")


def test_the_path_is_decoded_once(gateway: Gateway) -> None:
    assert _ask(gateway, "/recomendacion/50%2525").json()[0] == "50%25"


def test_an_encoded_route_name_is_the_same_route(gateway: Gateway) -> None:
    assert _ask(gateway, "/recomend%61cion/Face%2FOff").json()[0] == "Face/Off"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_text_goes_through_the_path(gateway: Gateway, title: str) -> None:
    answer = _ask(gateway, f"/recomendacion/{quote(title, safe='')}")
    if title.strip():
        assert answer.json()[0] in (title, title.strip())
    else:
        assert answer.status_code == 400


@pytest.mark.parametrize("target", ["/recomendacion/%FF", "/recomendacion?titulo=%C3"])
def test_invalid_utf8_is_a_problem_in_spanish(gateway: Gateway, target: str) -> None:
    answer = _ask(gateway, target)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert answer.json()["title"] == "Petición no válida"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/recomendacion/Heat?titulo=Heat", "invalid_request"),
        ("/recomendacion?titulo=Heat&titulo=Heat", "invalid_request"),
        ("/recomendacion", "invalid_request"),
        ("/recomendacion/", "invalid_request"),
        ("/recomendacion?titulo=", "invalid_request"),
        ("/recomendacion?titulo=%20", "invalid_request"),
        (f"/recomendacion/{'x' * 501}", "invalid_request"),
        ("/recomendacion?titlo=Heat", "unknown_parameter"),
        ("/recomendacion/Heat?limit=3", "unknown_parameter"),
        ("/v1/movies/862/similar?limite=3", "unknown_parameter"),
        ("/v1/movies/862/similar?limit=51", "invalid_request"),
        ("/v1/movies/862/similar?limit=0", "invalid_request"),
    ],
)
def test_what_cannot_be_a_question_is_refused(gateway: Gateway, target: str, code: str) -> None:
    answer = _ask(gateway, target)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert gateway.state.asked == 0


def test_a_title_of_500_characters_is_taken(gateway: Gateway) -> None:
    assert _ask(gateway, f"/recomendacion/{'ñ' * 500}".replace("ñ", "%C3%B1")).status_code == 200


def test_a_mistyped_parameter_is_named_with_the_nearest(gateway: Gateway) -> None:
    assert "«titulo»" in _ask(gateway, "/recomendacion?titlo=Heat").json()["detail"]
