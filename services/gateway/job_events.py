"""A job as server-sent events: one look at Redis in a while for each job, however many watch."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.types import Receive, Scope, Send

from services.gateway.forwarding import HEAD_KEY
from services.gateway.ops import Ops
from services.gateway.prepared import NO_STORE
from shared.contracts.jobs import JobView
from shared.errors import AppError, JobNotFoundError, OverloadedError
from shared.http.problems import problem_document
from shared.telemetry import log

MEDIA_TYPE: Final = "text/event-stream"
POLL_S: Final = 0.5
KEEP_ALIVE_S: Final = 15.0
KEEP_ALIVE: Final = b": keep-alive\n\n"
END: Final = b"event: end\ndata: {}\n\n"
ENDED: Final = frozenset({"finished", "failed", "stopped", "canceled"})
_HEADERS: Final = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", NO_STORE.encode()),
    # A proxy that gathers answers would hold these back.
    (b"x-accel-buffering", b"no"),
]


class JobEvents:
    """Who watches which job. Watchers are bounded: each keeps a connection open."""

    def __init__(
        self,
        ops: Ops,
        *,
        max_watchers: int,
        poll_s: float = POLL_S,
        keep_alive_s: float = KEEP_ALIVE_S,
    ) -> None:
        """Look at jobs through `ops`."""
        self._ops = ops
        self._max_watchers = max_watchers
        self._poll_s = poll_s
        self._keep_alive_s = keep_alive_s
        self._channels: dict[str, Channel] = {}
        self.watchers = 0

    @contextlib.asynccontextmanager
    async def watch(self, job_id: str) -> AsyncGenerator[AsyncIterator[bytes]]:
        """Hand out the events of a job for as long as the block runs.

        Raises:
            OverloadedError: too many watch already.
            JobNotFoundError: there is no such job.
            StoreUnavailableError: Redis does not answer.
        """
        if self.watchers >= self._max_watchers:
            raise OverloadedError(
                f"{self._max_watchers} watch jobs already; ask for the job itself now and then."
            )
        self.watchers += 1
        try:
            channel = await self._join(job_id)
            try:
                yield channel.events(self._keep_alive_s)
            finally:
                self._leave(channel)
        finally:
            self.watchers -= 1

    async def _join(self, job_id: str) -> "Channel":
        if job_id not in self._channels:
            view = await self._ops.job(job_id)
            # Another watcher may have been quicker; a second channel would look for nobody.
            if job_id not in self._channels:
                self._channels[job_id] = Channel(self._ops, view, self._poll_s)
        channel = self._channels[job_id]
        channel.watchers += 1
        return channel

    def _leave(self, channel: "Channel") -> None:
        channel.watchers -= 1
        if channel.watchers == 0:
            channel.close()
            self._channels.pop(channel.job_id, None)


class Channel:
    """One job, looked at now and then by a task of its own for all who watch it."""

    def __init__(self, ops: Ops, view: JobView, poll_s: float) -> None:
        """Begin with `view`."""
        self.job_id = view.id
        self.watchers = 0
        self._ops = ops
        self._poll_s = poll_s
        self._is_over = False
        self._news = asyncio.Event()
        self._event = b""
        self._show(view)
        self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        """Stop looking."""
        self._task.cancel()

    async def events(self, keep_alive_s: float) -> AsyncIterator[bytes]:
        """Yield the event of the moment and each new one, until there is no more to come."""
        seen = b""
        while True:
            news, event, is_over = self._news, self._event, self._is_over
            if event != seen:
                seen = event
                yield event
            if is_over:
                yield END
                return
            try:
                async with asyncio.timeout(keep_alive_s):
                    await news.wait()
            except TimeoutError:
                yield KEEP_ALIVE

    async def _run(self) -> None:
        while not self._is_over:
            await asyncio.sleep(self._poll_s)
            try:
                self._show(await self._ops.job(self.job_id))
            except AppError as error:
                # Without Redis the job may go on all the same; without the job nothing does.
                is_over = isinstance(error, JobNotFoundError)
                self._tell(_event("problem", problem_document(error)), is_over=is_over)
            except Exception as error:  # noqa: BLE001  # a task that dies leaves watchers waiting
                log().error("job_events_broken", exc_info=error)
                self._tell(_event("problem", problem_document(AppError())), is_over=True)

    def _show(self, view: JobView) -> None:
        self._tell(_event("job", view), is_over=view.status in ENDED)

    def _tell(self, event: bytes, *, is_over: bool) -> None:
        """Wake those who watch, if there is anything new."""
        if event == self._event and is_over == self._is_over:
            return
        self._event, self._is_over = event, is_over
        news, self._news = self._news, asyncio.Event()
        news.set()


class EventStream(Response[bytes]):
    """An answer that goes on until the events end or the caller leaves."""

    def __init__(
        self, watch: Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]]
    ) -> None:
        """Watch once the answer is due."""
        super().__init__(b"")
        self._watch = watch

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401  # as the base has it
        """Return the answer as an ASGI application."""
        return self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._watch() as events:
            await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS]})
            if HEAD_KEY not in scope:
                await _until_first(_pass_on(events, send), _until_left(receive))
            with contextlib.suppress(OSError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _pass_on(events: AsyncIterator[bytes], send: Send) -> None:
    async for event in events:
        await send({"type": "http.response.body", "body": event, "more_body": True})


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_first(*works: Any) -> None:  # noqa: ANN401  # coroutines
    """Wait until one is done, and end the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _event(name: str, data: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))
