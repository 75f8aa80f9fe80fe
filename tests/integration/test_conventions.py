"""What holds for every route: tags, caching, compression, methods, refusals, strict bodies."""

import gzip
import http.client
import time
from urllib.parse import quote, urlsplit

import httpx
import pytest

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.queue import JobQueue
from shared.releases.store import ReleaseStore
from tests.contract.conftest import KEY, Gateway, admin_key_file, gateway, still_gateway
from tests.contract.upstreams import free_port, serving

__all__ = ["admin_key_file", "gateway", "still_gateway"]
# 500 characters of three bytes each: an answer above the kilobyte.
LONG = "千" * 500
MANY_TITLES = f"/recomendacion/{quote(LONG)}"
HEAT = "/recomendacion/Heat"
OPS = {"X-API-Key": KEY}


def _ask(gateway: Gateway, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(method, gateway.url + path, headers=named)


def _raw(gateway: Gateway, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask without a client that decompresses."""
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def _go_live(gateway: Gateway, number: int, letter: str) -> None:
    """Let a release go live, and wait until the gateway keeps its answers."""
    gateway.state.release = gateway.point_at(number, letter)
    for _ in range(200):
        if _ask(gateway, "/recomendacion/probe").headers["x-butaca-cache"] == "hit":
            release = _ask(gateway, "/recomendacion/probe").headers["x-butaca-release"]
            if release == gateway.state.release:
                return
        time.sleep(0.02)
    pytest.fail("the gateway did not follow the pointer")


def test_a_release_answers_with_a_tag_and_may_be_kept_for_a_moment(still_gateway: Gateway) -> None:
    answer = _ask(still_gateway, HEAT)
    assert answer.headers["etag"].startswith(f'"{still_gateway.state.release}-')
    assert answer.headers["cache-control"] == "public, max-age=5, must-revalidate"


@pytest.mark.parametrize("is_kept", [False, True], ids=["miss", "hit"])
def test_whoever_has_the_answer_gets_a_304(gateway: Gateway, *, is_kept: bool) -> None:
    if is_kept:
        _go_live(gateway, 1, "a")
        _ask(gateway, HEAT)
    first = _ask(gateway, HEAT)
    for given in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = _ask(gateway, HEAT, If_None_Match=given)
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "cache-control", "x-butaca-release", "x-butaca-cache"):
            assert again.headers[name] == first.headers[name]
        assert "content-type" not in again.headers
        assert again.headers["x-request-id"]


def test_both_forms_of_a_question_and_any_spelling_share_a_tag(still_gateway: Gateway) -> None:
    paths = [
        "/recomendacion/Face%2FOff",
        "/recomendacion/Face/Off",
        "/recomendacion?titulo=Face/Off",
    ]
    assert len({_ask(still_gateway, path).headers["etag"] for path in paths}) == 1
    assert (
        _ask(still_gateway, HEAT).headers["etag"] != _ask(still_gateway, paths[0]).headers["etag"]
    )


def test_another_release_answers_in_full_and_has_another_tag(gateway: Gateway) -> None:
    _go_live(gateway, 1, "a")
    old = _ask(gateway, HEAT).headers["etag"]
    assert _ask(gateway, HEAT, If_None_Match=old).status_code == 304
    _go_live(gateway, 2, "b")
    answer = _ask(gateway, HEAT, If_None_Match=old)
    assert (answer.status_code, answer.json()) == (200, ["Heat", gateway.state.release])
    assert answer.headers["etag"] != old


def test_while_the_services_swap_the_tag_is_of_the_release_that_answers(gateway: Gateway) -> None:
    _go_live(gateway, 1, "a")
    old = _ask(gateway, "/recomendacion/Alien").headers["etag"]
    gateway.state.release = "2-bbbbbbbbbbbb"
    answer = _ask(gateway, HEAT, If_None_Match=old)
    assert answer.headers["etag"].startswith('"2-bbbbbbbbbbbb-')
    assert _ask(gateway, HEAT, If_None_Match=answer.headers["etag"]).status_code == 304


def test_problems_and_health_are_not_stored_and_have_no_tag(still_gateway: Gateway) -> None:
    for path in ("/recomendacion/nada", "/nowhere", "/health/live", "/health/ready", "/v1/jobs"):
        answer = _ask(still_gateway, path, If_None_Match="*")
        assert answer.status_code != 304
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


@pytest.mark.parametrize("is_kept", [False, True], ids=["miss", "hit"])
def test_large_answers_are_compressed_for_those_who_want_it(
    gateway: Gateway, *, is_kept: bool
) -> None:
    if is_kept:
        _go_live(gateway, 1, "a")
        _ask(gateway, MANY_TITLES)
    _, plain_headers, plain = _raw(gateway, MANY_TITLES)
    for _ in range(2):
        _, headers, packed = _raw(gateway, MANY_TITLES, Accept_Encoding="br, gzip;q=0.8")
        assert (headers["content-encoding"], headers["vary"]) == ("gzip", "Accept-Encoding")
        assert headers["content-length"] == str(len(packed))
        assert gzip.decompress(packed) == plain
        assert headers["etag"] == plain_headers["etag"][:-1] + '-gzip"'
        assert headers["x-butaca-cache"] == ("hit" if is_kept else "miss")
    assert plain_headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain_headers


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "identity, gzip;q=0.1", ""])
def test_whoever_prefers_it_plain_gets_it_plain(still_gateway: Gateway, accepted: str) -> None:
    _, headers, body = _raw(still_gateway, MANY_TITLES, Accept_Encoding=accepted)
    assert "content-encoding" not in headers
    assert LONG.encode() in body


def test_small_answers_are_never_compressed(still_gateway: Gateway) -> None:
    _, headers, _ = _raw(still_gateway, HEAT, Accept_Encoding="gzip, identity;q=0")
    assert "content-encoding" not in headers
    assert "vary" not in headers


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_the_tag_of_either_form_is_recognised_in_both(
    still_gateway: Gateway, encoding: str
) -> None:
    for asked in ("identity", "gzip"):
        _, headers, _ = _raw(still_gateway, MANY_TITLES, Accept_Encoding=asked)
        status, again, _ = _raw(
            still_gateway, MANY_TITLES, Accept_Encoding=encoding, If_None_Match=headers["etag"]
        )
        assert (status, again["vary"]) == (304, "Accept-Encoding")


@pytest.mark.parametrize("path", [HEAT, MANY_TITLES, "/", "/docs", "/recomendacion/nada", "/no"])
def test_head_is_get_without_the_body(gateway: Gateway, path: str) -> None:
    _go_live(gateway, 1, "a")
    _ask(gateway, path)
    got, head = (
        _ask(gateway, path, X_Request_Id="a"),
        _ask(gateway, path, "HEAD", X_Request_Id="a"),
    )
    assert (head.status_code, head.content) == (got.status_code, b"")
    ignored = {"date"}
    assert {k: v for k, v in head.headers.items() if k not in ignored} == {
        k: v for k, v in got.headers.items() if k not in ignored
    }


def test_head_of_what_the_caller_has_is_a_304(still_gateway: Gateway) -> None:
    tag = _ask(still_gateway, HEAT, "HEAD").headers["etag"]
    assert _ask(still_gateway, HEAT, "HEAD", If_None_Match=tag).status_code == 304


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/recomendacion", "GET, HEAD, OPTIONS"),
        ("/recomendacion/Face/Off", "GET, HEAD, OPTIONS"),
        ("/get_actor/Tom%20Hanks?x=1", "GET, HEAD, OPTIONS"),
        ("/v1/movies/862/similar", "GET, HEAD, OPTIONS"),
        ("/v1/recommendations", "OPTIONS, POST"),
        ("/v1/jobs", "GET, HEAD, OPTIONS, POST"),
        ("/health/live", "GET, HEAD, OPTIONS"),
        ("/schema/openapi.json", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_and_405_name_the_methods(still_gateway: Gateway, path: str, allow: str) -> None:
    asked = _ask(still_gateway, path, "OPTIONS")
    assert (asked.status_code, asked.content, asked.headers["allow"]) == (204, b"", allow)
    refused = _ask(still_gateway, path, "PATCH")
    assert (refused.status_code, refused.headers["allow"]) == (405, allow)
    assert refused.json()["code"] == "method_not_allowed"
    assert "PATCH" in refused.json()["detail"]


def test_a_method_that_nobody_knows_is_a_405(still_gateway: Gateway) -> None:
    assert _ask(still_gateway, HEAT, "BREW").json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/v1/movie", "/v1/movies"),
        ("/v1/movies/abc", "/v1/movies/{movie_id}"),
        ("/v1/movies/862/similiar", "/v1/movies/{movie_id}/similar"),
        ("/recomendaciones/Heat", "/recomendacion/{titulo}"),
        ("/schema/redoc", "/schema"),
        ("/docs/x.js", None),
        ("/zzzzzzzz", None),
    ],
)
def test_an_unknown_route_names_the_nearest(
    still_gateway: Gateway, path: str, nearest: str | None
) -> None:
    answer = _ask(still_gateway, path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")
    assert answer.json()["type"] == "urn:butaca:problem:route_not_found"
    if nearest is not None:
        assert f"Did you mean {nearest}?" in answer.json()["detail"]


def test_options_of_no_route_is_a_404(still_gateway: Gateway) -> None:
    assert _ask(still_gateway, "/zzzzzzzz", "OPTIONS").json()["code"] == "route_not_found"


def _post(gateway: Gateway, path: str, body: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(gateway.url + path, content=body, headers=named)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b'{"limit": "5"}', "invalid_request", "limit: must be an integer, not a string"),
        (b'{"limit": 101}', "invalid_request", "limit: must be <= 100"),
        (b'{"limit": 0}', "invalid_request", "limit: must be >= 1"),
        (b'{"filters": {"year_min": 1}}', "invalid_request", "filters.year_min: must be >= 1800"),
        (b'{"filters": {"yaer_min": 1}}', "invalid_request", "did you mean year_min?"),
        (b'{"weights": {"foo": 1}}', "invalid_request", "weights.foo: unknown name; known: ave"),
        (b'{"lang": "fr"}', "invalid_request", "lang: must be one of en, es"),
        (b'{"positve": [1]}', "invalid_request", "positve: unknown field; did you mean positive?"),
        (b"", "invalid_request", "body: missing"),
        (b"{", "invalid_body", "truncated"),
        (b'{"text": "\xff"}', "invalid_body", "UTF-8"),
    ],
)
def test_bodies_are_strict_and_each_fault_is_named(
    still_gateway: Gateway, body: bytes, code: str, words: str
) -> None:
    answer = _post(still_gateway, "/v1/recommendations", body, Content_Type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/v1/movies/1/similar?limit=51", "limit: must be <= 50"),
        ("/v1/movies/1/similar?limit=0", "limit: must be >= 1"),
        ("/v1/movies/1/similar?limit=x", "limit: must be an integer"),
        ("/v1/movies/1/similar?lang=fr", "lang: must be one of en, es"),
        ("/v1/movies/1/similar?year_min=1799", "year_min: must be >= 1800"),
        ("/v1/movies/1/similar?genres_any=", "genres_any[0]: must be of length >= 1"),
        ("/v1/movies/1/similar?exclude=x", "exclude: must be an integer"),
        ("/eda?lang=fr", "lang: must be one of en, es"),
    ],
)
def test_parameters_name_their_bounds_and_choices(
    still_gateway: Gateway, path: str, detail: str
) -> None:
    answer = _ask(still_gateway, path)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)
    assert answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"]
)
def test_a_body_that_is_not_declared_as_json_is_a_415(
    still_gateway: Gateway, content_type: str
) -> None:
    answer = _post(
        still_gateway, "/v1/recommendations", b'{"text": "x"}', Content_Type=content_type
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 202), (64 * 1024 + 1, 413)])
def test_a_body_has_a_largest_size(gateway: Gateway, size: int, status: int) -> None:
    for key in gateway.client.scan_iter("rq:*build*"):
        gateway.client.delete(key)
    body = b"{}".ljust(size)
    answer = _post(gateway, "/v1/jobs", body, Content_Type="application/json", **OPS)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["code"] == "body_too_large"


def test_a_dead_service_is_named(gateway: Gateway) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    settings = GatewaySettings(queries_url=nowhere, recommender_url=nowhere)
    queue = JobQueue(gateway.client, gateway.keys)
    app = create_app(settings, queue=queue, store=ReleaseStore(gateway.client, gateway.keys))
    with serving(app) as url:
        problem = httpx.get(f"{url}/v1/movies/1/similar").json()
    assert (problem["status"], problem["service"]) == (503, "recommender")
    assert "recommender" in problem["detail"]


def test_texts_are_utf8_and_never_escaped(still_gateway: Gateway) -> None:
    _, headers, body = _raw(still_gateway, "/recomendacion/Am%C3%A9lie")
    assert "Amélie".encode() in body
    assert headers["content-type"] == "application/json"
    assert "ó".encode() in _raw(still_gateway, "/recomendacion?titulo=")[2]
