"""What handlers return: kept under a question, tagged only where everybody may have it."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from litestar import Litestar, Response, get
from litestar.testing import TestClient

from services.gateway.cache import ResponseCache
from services.gateway.clients import Answer, Download
from services.gateway.degraded import Degraded
from services.gateway.edge import HeadAsGet, KeptAnswers
from services.gateway.forwarding import PassedOn
from services.gateway.responses import ReleaseResponse
from shared.http.request_id import RequestIds

RELEASE = "1-a"
HEADERS = {"X-Butaca-Release": RELEASE}
ANSWER = Answer(b"x" * 2000, "application/json", RELEASE, HEADERS)


class Site:
    """A gateway of a few routes, and its cache."""

    def __init__(self) -> None:
        self.cache = ResponseCache(1_000_000)
        self.cache.follow(RELEASE)
        self.asked = 0
        self.read = 0
        cache, site = self.cache, self

        def respond(key: str | None, *, is_tagged: bool = True) -> Response[bytes]:
            kept = None if key is None else cache.find(key)
            if kept is not None:
                return ReleaseResponse.from_kept(kept, cache, key)
            site.asked += 1
            return ReleaseResponse(ANSWER, cache, key, is_tagged=is_tagged)

        @get("/open")
        async def open_to_all() -> Response[bytes]:
            response = respond("open")
            response.headers["Content-Language"] = "es"
            return response

        @get("/closed", guards=[lambda *_: None])
        async def closed() -> Response[bytes]:
            return respond("closed")

        @get("/degraded")
        async def degraded() -> Response[bytes]:
            return respond(None, is_tagged=False)

        @get("/file")
        async def file() -> PassedOn:
            return PassedOn(site.download, "movies.csv")

        app = Litestar(
            [open_to_all, closed, degraded, file], openapi_config=None, logging_config=None
        )
        outer: Any = HeadAsGet(KeptAnswers(app, cache, RequestIds(), Degraded()))
        self.client: TestClient[Litestar] = TestClient(outer)

    @asynccontextmanager
    async def download(self) -> AsyncGenerator[Download]:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(3):
                self.read += 1
                yield b"abc"

        yield Download(pieces(), "text/csv", HEADERS)


@pytest.fixture
def site() -> Site:
    return Site()


def test_the_second_request_needs_no_handler_and_keeps_what_it_added(site: Site) -> None:
    first, second = site.client.get("/open"), site.client.get("/open")
    assert site.asked == 1
    assert [each.headers["x-butaca-cache"] for each in (first, second)] == ["miss", "hit"]
    assert second.headers["content-language"] == "es"
    assert second.content == first.content
    assert site.cache.find_request("/open\n\n") is not None


def test_another_spelling_of_the_request_finds_the_same_answer(site: Site) -> None:
    site.client.get("/open")
    answer = site.client.get("/open", headers={"Accept-Language": "es"})
    assert (site.asked, answer.headers["x-butaca-cache"]) == (1, "hit")
    assert answer.headers["content-language"] == "es"


def test_it_is_compressed_once_for_all(site: Site) -> None:
    before = site.cache.size_bytes
    site.client.get("/open", headers={"Accept-Encoding": "identity"})
    plain = site.cache.size_bytes
    answer = site.client.get("/open", headers={"Accept-Encoding": "gzip"})
    packed = site.cache.size_bytes
    assert answer.headers["content-encoding"] == "gzip"
    assert before < plain < packed
    site.client.get("/open", headers={"Accept-Encoding": "gzip"})
    assert site.cache.size_bytes == packed


def test_what_a_guard_protects_has_no_tag_and_no_shortcut_past_the_guard(site: Site) -> None:
    for _ in range(2):
        answer = site.client.get("/closed", headers={"If-None-Match": "*"})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert "etag" not in answer.headers
    assert site.cache.find_request("/closed\n\n") is None


def test_what_is_of_the_moment_is_not_kept(site: Site) -> None:
    for _ in range(2):
        answer = site.client.get("/degraded")
        assert (answer.headers["cache-control"], answer.headers["x-butaca-cache"]) == (
            "no-store",
            "miss",
        )
        assert "etag" not in answer.headers
    assert site.asked == 2


def test_a_file_is_not_stored_and_head_does_not_read_it(site: Site) -> None:
    head = site.client.head("/file")
    assert (head.status_code, head.content, site.read) == (200, b"", 0)
    answer = site.client.get("/file")
    assert (answer.content, site.read) == (b"abcabcabc", 3)
    assert answer.headers["cache-control"] == "no-store"
    assert "movies.csv" in answer.headers["content-disposition"]
