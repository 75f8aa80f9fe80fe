"""Answers for the tests of the gateway, and ways to see what is sent."""

from typing import Any

from litestar.types import HTTPScope, Message

from services.gateway.conditional import entity_tag
from services.gateway.prepared import Prepared, prepare


def prepared(release: str | None = "1-a", size: int = 2) -> Prepared:
    tag = None if release is None else entity_tag("/a", release)
    return prepare(b"x" * size, "application/json", {}, release=release, tag=tag)


def scope(*headers: tuple[bytes, bytes], method: str = "GET", path: str = "/a") -> HTTPScope:
    made: Any = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": list(headers),
    }
    return made  # type: ignore[no-any-return]


class Sent:
    """What an ASGI application sent."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        elif message["type"] == "http.response.body":
            self.body += message["body"]


async def receive() -> Message:
    raise AssertionError
