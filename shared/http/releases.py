"""One snapshot per request, named in the answer with what it lacks: for services of releases."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, TypeVar

from litestar import Litestar, Request
from litestar.datastructures import MutableScopeHeaders
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.middleware import DefineMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.app import RELEASE_HEADER
from shared.http.degraded import HEADER as DEGRADED_HEADER
from shared.http.degraded import TellWords, join_words
from shared.releases.store import ReleaseStore
from shared.releases.watcher import ReleaseWatcher

S = TypeVar("S")
_SCOPE_KEY = "butaca_release"


class ReleaseHeaderMiddleware:
    """Adds `X-Butaca-Release` to what was answered from a snapshot, problems included.

    Every answer says in `X-Butaca-Degraded` what the service lacks, if it lacks anything.
    """

    def __init__(self, app: ASGIApp, tell_degraded: TellWords) -> None:
        """Wrap `app`."""
        self._app = app
        self._tell_degraded = tell_degraded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        # A dict of this request alone: the server may share the one it passes.
        state: dict[str, Any] = dict(scope.get("state") or {})
        scope["state"] = state

        async def send_with_release(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableScopeHeaders.from_message(message)
                if _SCOPE_KEY in state:
                    headers[RELEASE_HEADER] = state[_SCOPE_KEY]
                if words := self._tell_degraded():
                    headers[DEGRADED_HEADER] = join_words(words)
            await send(message)

        await self._app(scope, receive, send_with_release)


def name_release(tell_degraded: TellWords) -> DefineMiddleware:
    """Make the middleware that names releases, and what `tell_degraded` says is lacking."""
    return DefineMiddleware(ReleaseHeaderMiddleware, tell_degraded=tell_degraded)


def provide_snapshot(watcher: ReleaseWatcher[Any]) -> Provide:
    """Make the dependency that takes the current snapshot once for a request."""

    def provide(request: Request[Any, Any, Any]) -> Any:  # noqa: ANN401  # the snapshot's type
        loaded = watcher.current()
        request.scope["state"][_SCOPE_KEY] = loaded.ref.label
        return loaded.snapshot

    return Provide(provide, sync_to_thread=False)


def follow_releases(
    watcher: ReleaseWatcher[Any], store: ReleaseStore
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Make the lifespan that runs `watcher` beside the app and closes `store` at the end."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        task = asyncio.create_task(watcher.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            store.close()

    return lifespan
