"""One question to one service: from the cache, else passed on, byte for byte."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.types import Receive, Scope, Send

from services.gateway.cache import ResponseCache
from services.gateway.clients import Answer, Download, ServiceClient
from shared.contracts.base import Inbound

CACHE_HEADER = "X-Butaca-Cache"
Parameter = str | int | float | list[str] | list[int]


class Forwarder:
    """Answers with what a service says."""

    def __init__(self, client: ServiceClient, cache: ResponseCache) -> None:
        """Ask `client` for what `cache` does not hold."""
        self._client = client
        self._cache = cache

    async def answer(self, path: str, **parameters: Parameter) -> Response[bytes]:
        """Answer `path` with these query parameters, given unencoded."""
        target = _target(path, parameters)
        return await self._ask(target, target)

    async def answer_body(
        self, path: str, body: Inbound, deadline_s: float, *, is_kept: bool
    ) -> Response[bytes]:
        """Answer a question that is put in a body; equal bodies have one answer if it is kept."""
        data = msgspec.json.encode(body, order="deterministic")
        if not is_kept:
            return _respond(await self._client.ask(path, data, deadline_s), "miss")
        key = f"{path} {hashlib.sha256(data).hexdigest()}"
        return await self._ask(path, key, data, deadline_s)

    async def _ask(
        self, target: str, key: str, body: bytes | None = None, deadline_s: float | None = None
    ) -> Response[bytes]:
        """Answer from the cache, where `key` names the question, else from the service."""
        found = self._cache.find(key)
        if found is not None:
            return _respond(found, "hit")
        answer = await self._client.ask(target, body, deadline_s)
        self._cache.keep(key, answer)
        return _respond(answer, "miss")

    def download(
        self, path: str, file: str, deadline_s: float, **parameters: Parameter
    ) -> "PassedOn":
        """Answer with a large body, piece by piece and not kept, that is saved as `file`."""
        target = _target(path, parameters)
        return PassedOn(lambda: self._client.download(target, deadline_s), file)


class PassedOn(Response[bytes]):
    """A body on its way from a service to the caller; whatever happens, the service is let go."""

    def __init__(
        self, start: Callable[[], AbstractAsyncContextManager[Download]], file: str
    ) -> None:
        """Ask the service with `start` once the answer is due."""
        super().__init__(b"")
        self._start = start
        self._file = file

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401  # as the base has it
        """Return the answer as an ASGI application."""
        return self._send

    async def _send(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        async with self._start() as download:
            headers = {
                "content-type": download.media_type,
                "content-disposition": f'attachment; filename="{self._file}"',
                **download.headers,
            }
            raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": 200, "headers": raw})
            async for piece in download.pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _target(path: str, parameters: Mapping[str, Parameter]) -> str:
    """Path and query, encoded; a list repeats its parameter."""
    pairs = [
        (name, each)
        for name, value in parameters.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in pairs)
    return f"{path}?{query}" if query else path


def _respond(answer: Answer, cache: str) -> Response[bytes]:
    return Response(
        answer.body,
        media_type=answer.media_type,
        headers={**answer.headers, CACHE_HEADER: cache},
    )
