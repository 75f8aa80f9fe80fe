"""What one request may take of the gateway: a place among those being served, and time.

Stands behind the kept answers, which take neither: they are served under any load.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from services.gateway.front.places import METRICS, is_health, is_stream
from services.gateway.front.refusals import CountRefusal, Languages, Refusal, send_refusal
from services.gateway.settings import GatewaySettings
from shared.errors import (
    AppError,
    OverloadedError,
    RequestTimeoutError,
    UpstreamTimeoutError,
)

_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Bounds:
    """Serves so many requests at once, each within its time; more are turned away at once.

    As many again may be sending their body, so that those who send slowly turn away nobody who
    has none to send. Streams take as long as they take: only their body must keep coming.
    """

    def __init__(  # noqa: PLR0913  # all by name
        self,
        app: ASGIApp,
        languages: Languages,
        *,
        max_concurrent: int,
        body_deadline_s: float,
        answer_deadline_s: float,
        count_refusal: CountRefusal = lambda _: None,
    ) -> None:
        """Wrap `app`."""
        self.app = app
        self._served: set[object] = set()
        self._arriving: set[object] = set()
        self._languages = languages
        self._max_concurrent = max_concurrent
        self._body_deadline_s = body_deadline_s
        self._answer_deadline_s = answer_deadline_s
        self._count_refusal = count_refusal

    @property
    def running(self) -> int:
        """How many requests hold a place."""
        return len(self._served) + len(self._arriving)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan events on."""
        if scope["type"] != ScopeType.HTTP or _is_exempt(scope["path"]):
            await self.app(scope, receive, send)
            return
        has_body = scope["method"] not in _WITHOUT_BODY
        if is_stream(scope["method"], scope["path"]):
            await self.app(scope, self._coming(receive) if has_body else receive, send)
            return
        place, places = object(), self._arriving if has_body else self._served
        if len(places) >= self._max_concurrent:
            await self._refuse(scope, send, OverloadedError())
            return
        places.add(place)
        try:
            await self._serve(scope, self._arrived(receive, place) if has_body else receive, send)
        finally:
            self._arriving.discard(place)
            self._served.discard(place)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        is_started = False

        async def send_started(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            async with asyncio.timeout(self._answer_deadline_s):
                await self.app(scope, receive, send_started)
        except TimeoutError:
            if is_started:
                raise
            await self._refuse(scope, send, UpstreamTimeoutError())

    async def _refuse(self, scope: HTTPScope, send: Send, error: AppError) -> None:
        self._count_refusal(error.code)
        await send_refusal(send, Refusal(error), self._languages.of(scope["path"]))

    def _arrived(self, receive: Receive, place: object) -> Receive:
        """Make the `receive` of a body that must be whole in time, and then finds a place."""
        until = asyncio.get_running_loop().time() + self._body_deadline_s
        return self._within(receive, lambda: until, lambda: self._move(place))

    def _move(self, place: object) -> None:
        self._arriving.discard(place)
        if len(self._served) >= self._max_concurrent:
            self._count_refusal(OverloadedError.code)
            raise OverloadedError
        self._served.add(place)

    def _coming(self, receive: Receive) -> Receive:
        """Make the `receive` of a body whose next piece must come in time."""
        loop = asyncio.get_running_loop()
        return self._within(receive, lambda: loop.time() + self._body_deadline_s)

    def _within(
        self,
        receive: Receive,
        until: Callable[[], float],
        when_whole: Callable[[], None] = lambda: None,
    ) -> Receive:
        is_whole = False

        async def receive_in_time() -> Any:  # noqa: ANN401  # any message
            nonlocal is_whole
            if is_whole:
                # What comes now is that the caller has left, some day.
                return await receive()
            try:
                async with asyncio.timeout_at(until()):
                    message = await receive()
            except TimeoutError as error:
                self._count_refusal(RequestTimeoutError.code)
                raise RequestTimeoutError("The body did not arrive in time.") from error
            is_whole = not (message["type"] == "http.request" and message.get("more_body", False))
            if is_whole:
                when_whole()
            return message

        return receive_in_time


def put_bounds(
    app: ASGIApp, settings: GatewaySettings, languages: Languages, count_refusal: CountRefusal
) -> Bounds:
    """Put the bounds of the settings around `app`."""
    return Bounds(
        app,
        languages,
        max_concurrent=settings.max_concurrent,
        body_deadline_s=settings.request_deadline_s,
        answer_deadline_s=settings.answer_deadline_s,
        count_refusal=count_refusal,
    )


def _is_exempt(path: str) -> bool:
    return is_health(path) or path == METRICS
