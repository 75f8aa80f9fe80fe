"""ASGI layer: titles in the path become query parameters.

A router cannot carry every title: it merges slashes or takes `%2F` for one. So the raw path is
read here, decoded once, and both forms of a question meet in one handler.
"""

from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from shared.contracts.recommendations import Lang
from shared.errors import InvalidRequestError
from shared.http.problems import MEDIA_TYPE, problem_document

_PRINTABLE: Final = bytes(range(0x21, 0x7F))


_NOT_UTF8: Final[dict[Lang, str]] = {
    "es": "La dirección no es UTF-8 válido: codifíquela con «%» byte a byte.",
    "en": "The address is not valid UTF-8: encode it with '%', byte by byte.",
}


class PathTitles:
    """Turns `/recomendacion/Face%2FOff` into `/recomendacion?titulo=Face%2FOff`."""

    def __init__(self, app: ASGIApp, parameters: Mapping[str, str]) -> None:
        """Rewrite the paths below each key of `parameters`, such as `/recomendacion`."""
        self.app = app
        self._parameters = {path[1:].encode(): name for path, name in parameters.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan events on."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        try:
            rewritten = self._rewrite(scope)
        except UnicodeDecodeError:
            head = scope["path"].lstrip("/").partition("/")[0].encode("utf-8", "replace")
            await _refuse(send, "es" if head in self._parameters else "en")
            return
        await self.app(rewritten, receive, send)

    def _rewrite(self, scope: HTTPScope) -> HTTPScope:
        """Return the scope of the query form.

        Raises:
            UnicodeDecodeError: the path or the query is not UTF-8.
        """
        query = scope["query_string"]
        if not query.isascii():
            # As a person types it; the framework would read the bytes as Latin-1.
            query = quote_from_bytes(query, safe=_PRINTABLE).encode()
            scope["query_string"] = query
        if b"%" in query:
            unquote_to_bytes(query).decode()
        raw = scope.get("raw_path") or quote_from_bytes(scope["path"].encode()).encode()
        head, slash, rest = raw[1:].partition(b"/")
        name = self._parameters.get(unquote_to_bytes(head) if b"%" in head else head)
        if name is None or not slash:
            return scope
        if rest:
            argument = f"{name}={quote(unquote_to_bytes(rest).decode(), safe='')}".encode()
            query = argument + b"&" + query if query else argument
        path = b"/" + unquote_to_bytes(head)
        rewritten: dict[str, Any] = {
            **cast("dict[str, Any]", scope),
            "path": path.decode(),
            "raw_path": path,
            "query_string": query,
        }
        return cast("HTTPScope", rewritten)


async def _refuse(send: Send, lang: Lang) -> None:
    problem = problem_document(InvalidRequestError(_NOT_UTF8[lang]), lang)
    body = msgspec.json.encode(problem)
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
