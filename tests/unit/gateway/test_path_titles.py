"""The query as people type it: UTF-8 bytes that were never percent-encoded."""

import json

from litestar.types import Message, Scope

from services.gateway.path_titles import PathTitles


async def query_seen_inside(query: bytes) -> bytes:
    seen: list[bytes] = []

    async def app(scope: Scope, _receive: object, _send: object) -> None:
        seen.append(scope["query_string"])

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        seen.append(json.dumps({"status": message.get("status")}).encode())

    scope = {
        "type": "http",
        "path": "/recomendacion",
        "raw_path": b"/recomendacion",
        "query_string": query,
        "headers": [],
    }
    await PathTitles(app, {"/recomendacion": "titulo"})(scope, receive, send)  # type: ignore[arg-type]
    return seen[0]


async def test_raw_utf8_is_percent_encoded_for_the_framework() -> None:
    assert await query_seen_inside("titulo=Amélie&x=1+2%25".encode()) == (
        b"titulo=Am%C3%A9lie&x=1+2%25"
    )


async def test_raw_bytes_that_are_not_utf8_are_refused() -> None:
    assert await query_seen_inside(b"titulo=\xff") == b'{"status": 400}'
