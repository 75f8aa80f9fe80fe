"""Headers that every answer carries: what browsers may do with it, by default nothing."""

from collections.abc import Sequence
from typing import Final

from litestar.types import Message, Send

RawHeaders = tuple[tuple[bytes, bytes], ...]
POLICY: Final = b"content-security-policy"
_SHARED: Final[RawHeaders] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# Data is no page: it loads nothing, and nobody puts it in a frame. Pages have their own policy.
_WITH_POLICY: Final[RawHeaders] = (
    *_SHARED,
    (POLICY, b"default-src 'none'; frame-ancestors 'none'"),
)
# What some statuses ask for besides: how to say who one is, and that the rest is not read.
_OF_STATUS: Final[dict[int, RawHeaders]] = {
    401: ((b"www-authenticate", b"Bearer"),),
    408: ((b"connection", b"close"),),
}
_NOTHING: Final[RawHeaders] = ()
_PUBLIC: Final = b"public,"
_PRIVATE: Final = b"private,"


class Dresser:
    """Adds the headers to the start of every answer."""

    def __init__(self, *, is_private: bool) -> None:
        """With `is_private` no cache that others share may keep an answer."""
        self._is_private = is_private

    def dress(self, send: Send, more: RawHeaders) -> Send:
        """Make the `send` that adds the headers of every answer, and `more`."""

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if self._is_private:
                    headers = _private(headers)
                headers += _SHARED if _has_policy(headers) else _WITH_POLICY
                headers += _OF_STATUS.get(message["status"], _NOTHING)
                headers += more
                message["headers"] = headers
            await send(message)

        return send_dressed


def _has_policy(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    # A plain loop: a generator takes twice as long, and every answer comes through here.
    for name, _ in headers:  # noqa: SIM110
        if name == POLICY:
            return True
    return False


def _private(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [
        (name, value.replace(_PUBLIC, _PRIVATE, 1) if name == b"cache-control" else value)
        for name, value in headers
    ]
