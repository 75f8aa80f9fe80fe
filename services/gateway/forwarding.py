"""One question to one service: from the cache, else passed on, byte for byte."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.types import Receive, Scope, Send

from services.gateway.cache import ResponseCache
from services.gateway.clients import Download, ServiceClient
from services.gateway.prepared import NO_STORE
from services.gateway.responses import ReleaseResponse
from shared.contracts.base import Inbound

# Set in the scope of a HEAD that is answered as GET: nobody waits for the body.
HEAD_KEY: Final = "butaca_head"
Parameter = str | int | float | list[str] | list[int]


class Forwarder:
    """Answers with what a service says.

    A controller may add headers to an answer, such as its language; they are kept with it, so
    they must follow from the question alone.
    """

    def __init__(self, client: ServiceClient, cache: ResponseCache) -> None:
        """Ask `client` for what `cache` does not hold."""
        self._client = client
        self._cache = cache

    async def answer(self, path: str, **parameters: Parameter) -> Response[bytes]:
        """Answer `path` with these query parameters, given unencoded."""
        target = target_of(path, parameters)
        kept = self._cache.find(target)
        if kept is not None:
            return ReleaseResponse.from_kept(kept, self._cache, target)
        answer = await self._client.ask(target)
        return ReleaseResponse(answer, self._cache, target, is_tagged=True)

    async def answer_anew(
        self, path: str, deadline_s: float | None = None, /, **parameters: Parameter
    ) -> Response[bytes]:
        """Answer what changes within a release too: neither kept nor named."""
        answer = await self._client.ask(target_of(path, parameters), deadline_s=deadline_s)
        return ReleaseResponse(answer, self._cache, None, is_tagged=False)

    async def answer_body(
        self, path: str, body: Inbound, deadline_s: float, *, is_kept: bool
    ) -> Response[bytes]:
        """Answer a question that is put in a body; equal bodies have one answer if it is kept."""
        data = msgspec.json.encode(body, order="deterministic")
        key = f"{path} {hashlib.sha256(data).hexdigest()}" if is_kept else None
        kept = None if key is None else self._cache.find(key)
        if kept is not None:
            return ReleaseResponse.from_kept(kept, self._cache, key)
        answer = await self._client.ask(path, data, deadline_s)
        return ReleaseResponse(answer, self._cache, key, is_tagged=False)

    def download(
        self, path: str, file: str, deadline_s: float, **parameters: Parameter
    ) -> "PassedOn":
        """Answer with a large body, piece by piece and not kept, that is saved as `file`."""
        target = target_of(path, parameters)
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

    async def _send(self, scope: Scope, _receive: Receive, send: Send) -> None:
        async with self._start() as download:
            headers = {
                "content-type": download.media_type,
                "content-disposition": f'attachment; filename="{self._file}"',
                "cache-control": NO_STORE,
                **download.headers,
            }
            raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": 200, "headers": raw})
            if HEAD_KEY not in scope:
                async for piece in download.pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def target_of(path: str, parameters: Mapping[str, Parameter]) -> str:
    """Path and query, encoded; a list repeats its parameter."""
    pairs = [
        (name, each)
        for name, value in parameters.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in pairs)
    return f"{path}?{query}" if query else path
