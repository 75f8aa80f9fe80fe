"""What the whole lacks just now, said in a header of every answer, kept ones included."""

from collections.abc import Sequence
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.degraded import HEADER, TellWords, join_words

NAME: Final = HEADER.lower().encode()
RawHeaders = tuple[tuple[bytes, bytes], ...]


class Degraded:
    """The words of the services and of the gateway itself."""

    def __init__(self, *tellers: TellWords) -> None:
        """Ask `tellers`, each of which answers at once."""
        self._tellers = tellers

    @property
    def words(self) -> list[str]:
        """What is lacking, each word once, in order."""
        return sorted({word for tell in self._tellers for word in tell()})

    @property
    def headers(self) -> RawHeaders:
        """The header of an answer that is sent now; none while all is well."""
        for tell in self._tellers:
            if tell():
                return ((NAME, join_words(self.words).encode()),)
        return ()


class DegradedHeader:
    """Adds the header at the moment of the answer, so that the answer itself counts too."""

    def __init__(self, app: ASGIApp, degraded: Degraded) -> None:
        """Wrap `app`."""
        self.app = app
        self._degraded = degraded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan events on."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return

        async def send_degraded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: Sequence[tuple[bytes, bytes]] = tuple(message.get("headers", ()))
                message = {**message, "headers": [*headers, *self._degraded.headers]}
            await send(message)

        await self.app(scope, receive, send_degraded)
