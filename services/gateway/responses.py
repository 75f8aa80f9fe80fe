"""What the gateway's handlers return: answers that are prepared, kept and told apart by tag."""

from typing import Any, Final, Self

from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Receive, Scope, Send

from services.gateway.cache import ResponseCache
from services.gateway.clients import Answer
from services.gateway.conditional import entity_tag
from services.gateway.prepared import (
    Prepared,
    prepare,
    send_prepared,
    wants_packed,
    with_packed,
)

CACHE_HEADER: Final = b"x-butaca-cache"
HIT: Final = ((CACHE_HEADER, b"hit"),)
MISS: Final = ((CACHE_HEADER, b"miss"),)
# Where the edge leaves the request as it came, for the shortcut to its answer.
REQUEST_KEY: Final = "butaca_request"


class ReleaseResponse(Response[bytes]):
    """An answer that comes from a release.

    `key` names the question in the cache; without one the answer is not kept. Only a tagged
    answer may be kept by others too: it must follow from `key` and the release alone.
    """

    def __init__(
        self, answer: Answer, cache: ResponseCache, key: str | None, *, is_tagged: bool
    ) -> None:
        """Answer with what a service said."""
        super().__init__(answer.body, headers=answer.headers, media_type=answer.media_type)
        self._answer = answer
        self._cache = cache
        self._key = key
        self._is_tagged = is_tagged
        self._kept: Prepared | None = None

    @classmethod
    def from_kept(cls, kept: Prepared, cache: ResponseCache, key: str | None) -> Self:
        """Answer with what was kept; what a controller adds is in it already."""
        response = cls(Answer(b"", "", None, {}), cache, key, is_tagged=kept.tag is not None)
        response._kept = kept
        return response

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **_: Any) -> Any:  # noqa: ANN401, ARG002  # as the base has it
        """Return the answer as an ASGI application."""
        if request.route_handler.resolve_guards():
            self._is_tagged = False
        return self._send

    async def _send(self, scope: Scope, _: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:  # pragma: no cover  # handlers are of HTTP alone
            return
        prepared = self._kept
        if prepared is None:
            prepared = self._prepare()
            if self._key is not None:
                self._cache.keep(self._key, prepared)
        request: Any = scope.get(REQUEST_KEY)
        if self._is_tagged and self._key is not None and request is not None:
            self._cache.shorten(request, self._key, scope["path_template"])
        prepared = await packed_if_wanted(prepared, scope, self._cache, self._key)
        await send_prepared(prepared, scope, send, MISS if self._kept is None else HIT)

    def _prepare(self) -> Prepared:
        release, key = self._answer.release, self._key
        is_tagged = self._is_tagged and release is not None and key is not None
        return prepare(
            self._answer.body,
            self._answer.media_type,
            self.headers,
            release=release,
            tag=entity_tag(str(key), str(release)) if is_tagged else None,
        )


class PreparedResponse(Response[bytes]):
    """An answer that is ready, and belongs to no release."""

    def __init__(self, prepared: Prepared) -> None:
        """Answer with `prepared`."""
        super().__init__(b"")
        self._prepared = prepared

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401  # as the base has it
        """Return the answer as an ASGI application."""
        return self._send

    async def _send(self, scope: Any, _: Receive, send: Send) -> None:  # noqa: ANN401  # HTTP alone
        await send_prepared(self._prepared, scope, send)


async def packed_if_wanted(
    prepared: Prepared, scope: HTTPScope, cache: ResponseCache, key: str | None
) -> Prepared:
    """Return an answer as the caller wants it: the first has it compressed for all."""
    if prepared.packed is None and wants_packed(prepared, scope):
        prepared = await with_packed(prepared)
        if key is not None:
            cache.keep(key, prepared)
    return prepared
