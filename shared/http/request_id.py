"""`X-Request-Id`: taken from the caller when it is sane, made otherwise, always answered."""

import re
import uuid
from contextvars import ContextVar

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
_NAME = HEADER.lower().encode()
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def current_request_id() -> str:
    """Return the id of the request being served, or `-` outside one."""
    return _request_id.get()


class RequestIdMiddleware:
    """Outermost ASGI layer: binds the id to the context and the log, and adds the header."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its id."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        given = next((v for k, v in scope["headers"] if k.lower() == _NAME), b"")
        text = given.decode("latin-1")
        request_id = text
        if not _SANE.fullmatch(text):
            request_id = uuid.uuid4().hex
            # Layers inside find the same id.
            scope["headers"] = [
                *((k, v) for k, v in scope["headers"] if k.lower() != _NAME),
                (_NAME, request_id.encode()),
            ]
        _request_id.set(request_id)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        await self._app(scope, receive, _with_id(send, request_id.encode()))


def _with_id(send: Send, request_id: bytes) -> Send:
    """Make the `send` that names the request, unless a layer inside has done it."""

    async def send_with_id(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(name == _NAME for name, _ in headers):
                headers.append((_NAME, request_id))
            message["headers"] = headers
        await send(message)

    return send_with_id
