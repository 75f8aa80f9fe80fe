"""`X-Request-Id`: taken from the caller when it is sane, made otherwise, always answered."""

import itertools
import re
import secrets
from contextvars import ContextVar

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from shared.redaction import KEY_PREFIX

HEADER = "X-Request-Id"
_NAME = HEADER.lower().encode()
# An id stands in logs, so an API key that strayed into it is not one.
_SANE = re.compile(rf"(?!{KEY_PREFIX}_)[A-Za-z0-9._-]{{1,64}}")
_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def current_request_id() -> str:
    """Return the id of the request being served, or `-` outside one."""
    return _request_id.get()


class RequestIds:
    """Ids of the requests of one process: a random name of the process, and a number."""

    def __init__(self) -> None:
        """Start to count."""
        self._process = secrets.token_hex(8)
        self._numbers = itertools.count(1)

    def of(self, scope: HTTPScope) -> str:
        """Return the id that the caller gave, or a new one."""
        for name, value in scope["headers"]:
            if name == _NAME or name.lower() == _NAME:
                given = value.decode("latin-1")
                return given if _SANE.fullmatch(given) else self._make()
        return self._make()

    def header_of(self, scope: HTTPScope) -> tuple[bytes, bytes]:
        """Return the header of an answer to this request."""
        return _NAME, self.of(scope).encode()

    def _make(self) -> str:
        return f"{self._process}-{next(self._numbers)}"


class RequestIdMiddleware:
    """Outermost ASGI layer: binds the id to the context and the log, and adds the header."""

    def __init__(self, app: ASGIApp, ids: RequestIds | None = None) -> None:
        """Wrap `app`."""
        self._app = app
        self._ids = ids or RequestIds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its id."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = self._ids.of(scope)
        header = (_NAME, request_id.encode())
        # Layers inside find the same id.
        scope["headers"] = [*(each for each in scope["headers"] if each[0] != _NAME), header]
        _request_id.set(request_id)
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                message["headers"] = [*(each for each in headers if each[0] != _NAME), header]
            await send(message)

        await self._app(scope, receive, send_with_id)
