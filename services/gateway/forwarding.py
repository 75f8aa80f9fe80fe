"""One question to one service: from the cache, else passed on, byte for byte."""

from collections.abc import Mapping
from urllib.parse import quote

from litestar import Response
from litestar.response import Stream

from services.gateway.cache import ResponseCache
from services.gateway.clients import Answer, ServiceClient

CACHE_HEADER = "X-Butaca-Cache"


class Forwarder:
    """Answers with what a service says."""

    def __init__(self, client: ServiceClient, cache: ResponseCache) -> None:
        """Ask `client` for what `cache` does not hold."""
        self._client = client
        self._cache = cache

    async def answer(self, path: str, **parameters: str | int) -> Response[bytes]:
        """Answer `path` with these query parameters, given unencoded."""
        target = _target(path, parameters)
        found = self._cache.find(target)
        if found is not None:
            return _respond(found, "hit")
        answer = await self._client.get(target)
        self._cache.keep(target, answer)
        return _respond(answer, "miss")

    async def download(self, path: str, deadline_s: float, **parameters: str | int) -> Stream:
        """Pass on a large body piece by piece; it is not kept."""
        download = await self._client.download(_target(path, parameters), deadline_s)
        return Stream(download.pieces, media_type=download.media_type, headers=download.headers)


def _target(path: str, parameters: Mapping[str, str | int]) -> str:
    """Path and query, encoded."""
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())
    return f"{path}?{query}" if query else path


def _respond(answer: Answer, cache: str) -> Response[bytes]:
    return Response(
        answer.body,
        media_type=answer.media_type,
        headers={**answer.headers, CACHE_HEADER: cache},
    )
