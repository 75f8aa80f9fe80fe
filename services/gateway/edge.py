"""The gateway's outer ASGI layers: kept answers, HEAD, and what every other answer must carry."""

from typing import Any, Final, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from services.gateway.cache import ResponseCache
from services.gateway.compression import accepts_gzip, is_packable, pack_beside
from services.gateway.degraded import Degraded
from services.gateway.forwarding import HEAD_KEY
from services.gateway.prepared import NO_STORE, header, send_prepared
from services.gateway.responses import HIT, REQUEST_KEY, packed_if_wanted
from shared.http.metrics import note_kept
from shared.http.request_id import RequestIds

# Longer requests are answered all the same, only not from a shortcut.
MAX_REQUEST_LENGTH: Final = 2000
NO_METHOD: Final = "NONE"
NOT_ALLOWED: Final = 405


class KeptAnswers:
    """Answers a request that came before, to the byte, without routing or reading it again."""

    def __init__(
        self, app: ASGIApp, cache: ResponseCache, ids: RequestIds, degraded: Degraded
    ) -> None:
        """Ask `app` for what `cache` has no shortcut to; `ids` name the requests of both.

        `degraded` tells what a kept answer lacks at the moment it is sent.
        """
        self.app = app
        self._cache = cache
        self._ids = ids
        self._degraded = degraded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan events on."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        request = _request_key(scope)
        kept = None if request is None else self._cache.find_request(request)
        if kept is not None:
            answer = await packed_if_wanted(kept.answer, scope, self._cache, kept.key)
            more = (*HIT, self._ids.header_of(scope), *self._degraded.headers)
            note_kept(scope, kept.route)
            await send_prepared(answer, scope, send, more)
            return
        if request is not None and len(request) <= MAX_REQUEST_LENGTH:
            cast("dict[str, Any]", scope)[REQUEST_KEY] = request
        await self.app(scope, receive, send)


class Finish:
    """Gives answers that say nothing of caching the rest: not to be stored, and compressed.

    Prepared answers are complete already. `Allow` names HEAD wherever GET is allowed.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan events on."""
        if scope["type"] == ScopeType.HTTP:
            accepts = accepts_gzip(header(scope, b"accept-encoding"))
            send = _finishing(send, accepts_packed=accepts)
        await self.app(scope, receive, send)


class HeadAsGet:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan events on."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        as_get = cast("HTTPScope", {**scope, "method": "GET", HEAD_KEY: True})
        await self.app(as_get, receive, send_without_body)


class OptionsAsAllow:
    """Answers OPTIONS with the methods of the route, whatever a handler would ask for.

    The router is asked for a method that no route has: its refusal names all that there are.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan events on."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "OPTIONS":
            await self.app(scope, receive, send)
            return
        is_route = False

        async def send_allowed(message: Message) -> None:
            nonlocal is_route
            if message["type"] == "http.response.start" and message["status"] == NOT_ALLOWED:
                is_route = True
                allow = [pair for pair in message["headers"] if pair[0] == b"allow"]
                message = {**message, "status": 204, "headers": allow}
            elif message["type"] == "http.response.body" and is_route:
                message = {**message, "body": b""}
            await send(message)

        asking = cast("HTTPScope", {**scope, "method": NO_METHOD})
        await self.app(asking, receive, send_allowed)


def _request_key(scope: HTTPScope) -> str | None:
    """The request as it came: path, query, and the one header that answers depend on.

    None where that header has several lines, of which handlers read one.
    """
    languages = [value for name, value in scope["headers"] if name == b"accept-language"]
    if len(languages) > 1:
        return None
    path = scope.get("raw_path") or scope["path"].encode()
    parts = (path, scope["query_string"], languages[0] if languages else b"")
    return b"\n".join(parts).decode("latin-1")


def _finishing(send: Send, *, accepts_packed: bool) -> Send:
    """Make the `send` that holds the start of an answer back until its body is known."""
    held: list[dict[str, Any]] = []

    async def send_finished(message: Message) -> None:
        if message["type"] == "http.response.start":
            start = cast("dict[str, Any]", message)
            headers = start["headers"] = [
                (name, _with_head(value) if name == b"allow" else value)
                for name, value in start.get("headers", ())
            ]
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", NO_STORE.encode()))
                held.append(start)
                return
        elif message["type"] == "http.response.body" and held:
            start = held.pop()
            if not message.get("more_body", False):
                body = await _finish(start, message["body"], accepts_packed=accepts_packed)
                message = {**message, "body": body}
            await send(cast("Message", start))
        await send(message)

    return send_finished


async def _finish(start: dict[str, Any], body: bytes, *, accepts_packed: bool) -> bytes:
    """Return the body as it is sent, with the headers of `start` to match."""
    headers = dict(start["headers"])
    media_type = headers.get(b"content-type", b"").decode("latin-1")
    if b"content-encoding" in headers or not is_packable(media_type, len(body)):
        return body
    vary = headers.get(b"vary")
    headers[b"vary"] = b"Accept-Encoding" if vary is None else vary + b", Accept-Encoding"
    if accepts_packed:
        body = await pack_beside(body)
        headers[b"content-encoding"] = b"gzip"
        headers[b"content-length"] = str(len(body)).encode()
    start["headers"] = list(headers.items())
    return body


def _with_head(allow: bytes) -> bytes:
    """The methods in order, HEAD among them where GET is."""
    methods = {method.strip() for method in allow.split(b",")}
    if b"GET" in methods:
        methods.add(b"HEAD")
    return b", ".join(sorted(methods))
