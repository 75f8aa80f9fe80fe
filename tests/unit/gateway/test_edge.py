"""The outer layers: what has no caching of its own gets it, and is compressed."""

import gzip

import pytest
from litestar import Litestar, Response, delete, get
from litestar.params import FromPath
from litestar.response import Stream
from litestar.testing import TestClient

from services.gateway.cache import ResponseCache
from services.gateway.degraded import Degraded
from services.gateway.edge import (
    MAX_REQUEST_LENGTH,
    Finish,
    HeadAsGet,
    KeptAnswers,
    OptionsAsAllow,
)
from services.gateway.responses import REQUEST_KEY
from shared.http.request_id import RequestIds
from tests.unit.gateway.answers import Sent, prepared, receive, scope


@get("/text/{size:int}", media_type="text/plain", sync_to_thread=False)
def text(size: FromPath[int]) -> str:
    return "x" * size


@delete("/text/{size:int}", sync_to_thread=False)
def remove(size: FromPath[int]) -> None:
    assert size


@get("/kept", sync_to_thread=False)
def kept() -> Response[str]:
    return Response("x" * 2000, headers={"Cache-Control": "max-age=1", "Vary": "Origin"})


@get("/varied", media_type="text/plain", sync_to_thread=False)
def varied() -> Response[str]:
    return Response("x" * 2000, headers={"Vary": "Origin"}, media_type="text/plain")


@get("/stream", sync_to_thread=False)
def stream() -> Stream:
    return Stream(iter(["x" * 2000, "y"]), media_type="text/plain")


APP = HeadAsGet(
    Finish(
        OptionsAsAllow(
            Litestar(
                [text, remove, kept, varied, stream], openapi_config=None, logging_config=None
            )
        )
    )
)
GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def client() -> TestClient[Litestar]:
    return TestClient(APP)  # type: ignore[arg-type]  # any ASGI application


def test_an_answer_that_says_nothing_of_caching_is_not_stored(
    client: TestClient[Litestar],
) -> None:
    assert client.get("/text/1").headers["cache-control"] == "no-store"
    assert client.get("/nowhere").headers["cache-control"] == "no-store"
    assert client.get("/kept").headers["cache-control"] == "max-age=1"


@pytest.mark.parametrize(("size", "is_packed"), [(1023, False), (1024, True)])
def test_large_answers_are_compressed(
    client: TestClient[Litestar], size: int, *, is_packed: bool
) -> None:
    with client.stream("GET", f"/text/{size}", headers=GZIP) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-length"] == str(len(raw))
    assert answer.headers.get("content-encoding") == ("gzip" if is_packed else None)
    assert answer.headers.get("vary") == ("Accept-Encoding" if is_packed else None)
    assert (gzip.decompress(raw) if is_packed else raw) == b"x" * size


def test_whoever_wants_it_plain_gets_it_plain(client: TestClient[Litestar]) -> None:
    answer = client.get("/varied", headers=PLAIN)
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Origin, Accept-Encoding"


@pytest.mark.parametrize("path", ["/kept", "/stream"])
def test_complete_answers_and_streams_are_left_alone(
    client: TestClient[Litestar], path: str
) -> None:
    assert "content-encoding" not in client.get(path, headers=GZIP).headers


def test_a_very_large_answer_is_compressed_too(client: TestClient[Litestar]) -> None:
    assert client.get("/text/200000", headers=GZIP).text == "x" * 200_000


def test_head_has_the_headers_of_get_and_no_body(client: TestClient[Litestar]) -> None:
    for headers in (GZIP, PLAIN):
        got, head = (client.request(m, "/text/5000", headers=headers) for m in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers == got.headers


def test_allow_names_head_where_get_is(client: TestClient[Litestar]) -> None:
    asked = client.options("/text/5")
    assert (asked.status_code, asked.content) == (204, b"")
    assert asked.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
    assert client.options("/nowhere").status_code == 404
    refused = client.post("/text/5")
    assert (refused.status_code, refused.headers["allow"]) == (405, "DELETE, GET, HEAD, OPTIONS")


async def test_a_request_that_came_before_is_answered_without_the_app() -> None:
    cache = ResponseCache(100_000)
    cache.follow("1-a")
    seen: list[str | None] = []

    async def app(inner: dict[str, str], _receive: object, _send: object) -> None:
        seen.append(inner.get(REQUEST_KEY))

    layer = KeptAnswers(app, cache, RequestIds(), Degraded())  # type: ignore[arg-type]
    await layer(scope((b"accept-language", b"es")), receive, Sent())
    assert seen == ["/a\n\nes"]
    cache.keep("/a", prepared())
    cache.shorten("/a\n\nes", "/a", "/route")
    sent = Sent()
    await layer(scope((b"accept-language", b"es")), receive, sent)
    assert (sent.body, sent.headers["x-butaca-cache"]) == (b"xx", "hit")
    for other in (scope(), scope((b"accept-language", b"es"), method="POST")):
        await layer(other, receive, Sent())
    assert seen == ["/a\n\nes", "/a\n\n", None]


@pytest.mark.parametrize(("length", "is_kept"), [(0, True), (1, False)])
async def test_a_very_long_request_gets_no_shortcut(length: int, *, is_kept: bool) -> None:
    seen: list[bool] = []

    async def app(inner: dict[str, str], _receive: object, _send: object) -> None:
        seen.append(REQUEST_KEY in inner)

    path = "/" + "x" * (MAX_REQUEST_LENGTH - len("/\n\n") + length)
    layer = KeptAnswers(app, ResponseCache(1), RequestIds(), Degraded())  # type: ignore[arg-type]
    await layer(scope(path=path), receive, Sent())  # type: ignore[arg-type]
    assert seen == [is_kept]


async def test_a_language_in_several_lines_gets_no_shortcut() -> None:
    """A handler reads one of the lines: what it answers is not what both together ask for."""
    cache = ResponseCache(100_000)
    cache.follow("1-a")
    cache.keep("/a", prepared())
    cache.shorten("/a\n\nen, es", "/a", "/route")
    seen: list[bool] = []

    async def app(inner: dict[str, str], _receive: object, _send: object) -> None:
        seen.append(REQUEST_KEY in inner)

    lines = [(b"accept-language", b"en"), (b"accept-language", b"es")]
    await KeptAnswers(app, cache, RequestIds(), Degraded())(scope(*lines), receive, Sent())  # type: ignore[arg-type]
    assert seen == [False]
