"""One question to one service: from the cache, else passed on, byte for byte."""

from urllib.parse import quote

from litestar import MediaType, Response

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
        query = "&".join(
            f"{name}={quote(str(value), safe='')}" for name, value in parameters.items()
        )
        target = f"{path}?{query}" if query else path
        found = self._cache.find(target)
        if found is not None:
            return _respond(found, "hit")
        answer = await self._client.get(target)
        self._cache.keep(target, answer)
        return _respond(answer, "miss")


def _respond(answer: Answer, cache: str) -> Response[bytes]:
    return Response(
        answer.body,
        media_type=MediaType.JSON,
        headers={**answer.headers, CACHE_HEADER: cache},
    )
