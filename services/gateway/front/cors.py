"""Which pages of other origins may read the answers (CORS); without a setting none."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.gateway.front.headers import RawHeaders
from shared.errors import SettingsError

ANY: Final = "*"
_EXPOSED: Final = (
    "Content-Disposition, Content-Language, ETag, Location, Retry-After, X-Butaca-Cache, "
    "X-Butaca-Degraded, X-Butaca-Missing, X-Butaca-Movie-Id, X-Butaca-Release, X-Request-Id"
)
_METHODS: Final = "DELETE, GET, HEAD, OPTIONS, POST, PUT"
_HEADERS: Final = (
    "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-None-Match, X-API-Key, "
    "X-Request-Id"
)
_MAX_AGE_S: Final = "600"
_ASKS_FOR: Final = b"access-control-request-method"
_VARY: Final = (b"vary", b"Origin")


class Cors:
    """Says to browsers whose pages may read. Keys are sent by pages themselves, no cookies."""

    def __init__(self, origins: Sequence[str]) -> None:
        """Let pages of `origins` read, such as `https://example.org`, or of `*`.

        Raises:
            SettingsError: one is no origin.
        """
        for origin in origins:
            scheme, colon, host = origin.partition("://")
            if origin != ANY and (not colon or "/" in host or scheme not in {"http", "https"}):
                raise SettingsError(
                    "bad setting BUTACA_GATEWAY_CORS_ORIGINS: "
                    "give origins such as https://example.org, with commas, or *"
                )
        self._is_any = ANY in origins
        self._of_origin: dict[bytes, RawHeaders] = {
            origin.lower().encode(): _allowing(origin.lower()) for origin in origins
        }
        self._of_any = _allowing(ANY)
        # Caches must not hand an answer without the header to a page that may read it.
        self._of_others: RawHeaders = (_VARY,) if origins and not self._is_any else ()

    def headers_for(self, origin: bytes | None) -> RawHeaders:
        """Return the headers of an answer to a page of `origin`, None where none is named."""
        if self._is_any:
            return self._of_any
        if origin is None or not self._of_origin:
            return self._of_others
        return self._of_origin.get(origin, self._of_others)

    def is_preflight(self, method: str, headers: Mapping[bytes, bytes]) -> bool:
        """Tell whether a browser asks on its own what a page may do, without the page's key."""
        origin = headers.get(b"origin")
        if method != "OPTIONS" or origin is None or _ASKS_FOR not in headers:
            return False
        return self._is_any or origin in self._of_origin


PREFLIGHT: Final[RawHeaders] = (
    (b"access-control-allow-methods", _METHODS.encode()),
    (b"access-control-allow-headers", _HEADERS.encode()),
    (b"access-control-max-age", _MAX_AGE_S.encode()),
    (b"cache-control", b"no-store"),
)


def _allowing(origin: str) -> RawHeaders:
    allowed: RawHeaders = (
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-expose-headers", _EXPOSED.encode()),
    )
    return allowed if origin == ANY else (*allowed, _VARY)
