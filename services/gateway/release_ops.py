"""Stored releases for the event loop: each call to Redis in a thread, under a deadline."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import msgspec

from services.gateway.audit import record
from services.gateway.callers import Caller
from services.gateway.clients import PIECE_BYTES, Download
from services.gateway.deadlines import in_time
from shared.contracts.releases import ReleaseList, ReleaseView
from shared.releases.store import ReleaseStore
from shared.releases.transfer import Export, Imported, export_release, importing

FILE_TYPE: Final = "application/octet-stream"
T = TypeVar("T")


class ReleaseOps:
    """What operators may do with releases; `deadline_s` bounds each step of a transfer anew.

    Every step is all or nothing, and done again is done once, so a caller that met a deadline
    may simply try again.
    """

    def __init__(self, store: ReleaseStore, *, deadline_s: float, import_max_bytes: int) -> None:
        """Use `store`; a file that unpacks to more than `import_max_bytes` is refused."""
        self._store = store
        self._deadline_s = deadline_s
        self._import_max_bytes = import_max_bytes

    async def releases(self) -> ReleaseList:
        """Return every stored release, newest first."""
        return ReleaseList(items=await self._call(self._store.views))

    async def release(self, number: int) -> ReleaseView:
        """Return one stored release."""
        return await self._call(lambda: self._store.view(number))

    async def activate(self, number: int, caller: Caller) -> ReleaseView:
        """Make a stored release live."""
        await self._change(self._store.activate, number, "release_activated", caller)
        return await self.release(number)

    async def pin(self, number: int, caller: Caller) -> ReleaseView:
        """Let a release stay until it is unpinned."""
        await self._change(self._store.pin, number, "release_pinned", caller)
        return await self.release(number)

    async def unpin(self, number: int, caller: Caller) -> ReleaseView:
        """Take the pin away; the answer is the release as it was, since it may be gone now."""
        view = await self.release(number)
        await self._change(self._store.unpin, number, "release_unpinned", caller)
        return msgspec.structs.replace(view, pinned=False)

    @asynccontextmanager
    async def export(self, number: int, caller: Caller) -> AsyncGenerator[Download]:
        """Read a release as a file, within the block."""
        export = await self._call(lambda: export_release(self._store, number))
        record("release_exported", caller, number=number, size_bytes=export.size_bytes)
        headers = {"Content-Length": str(export.size_bytes)}
        yield Download(self._pieces(export), FILE_TYPE, headers)

    async def take_in(self, body: AsyncGenerator[bytes], caller: Caller) -> ReleaseView:
        """Store the release of a file; what is held of it is never more than one chunk."""
        steps = importing(self._store, max_bytes=self._import_max_bytes)
        wanted = await self._call(lambda: next(steps))
        held, is_over = bytearray(), False
        while True:
            while len(held) < wanted and not is_over:
                piece = await anext(body, None)
                is_over = piece is None
                held += piece or b""
            done = await self._step(steps, _cut(held, wanted), caller)
            if isinstance(done, Imported):
                return await self.release(done.ref.number)
            wanted = done

    async def _change(
        self, change: Callable[[int], object], number: int, event: str, caller: Caller
    ) -> None:
        def work() -> None:
            change(number)
            record(event, caller, number=number)

        await self._call(work)

    async def _step(
        self, steps: Generator[int, bytes, Imported], block: bytes, caller: Caller
    ) -> int | Imported:
        def send() -> int | Imported:
            try:
                return steps.send(block)
            except StopIteration as end:  # which must not leave a thread
                done: Imported = end.value
                record("release_imported", caller, number=done.ref.number, is_new=done.is_new)
                return done

        return await self._call(send)

    async def _pieces(self, export: Export) -> AsyncIterator[bytes]:
        """In small pieces, of which a server holds several for a caller that reads slowly."""
        while (block := await self._call(lambda: next(export.pieces, None))) is not None:
            for at in range(0, len(block), PIECE_BYTES):
                yield block[at : at + PIECE_BYTES]

    async def _call(self, work: Callable[[], T]) -> T:
        return await in_time(work, self._deadline_s)


def _cut(held: bytearray, size_bytes: int) -> bytes:
    """Take so many bytes from the front, or all there are."""
    block = bytes(held[:size_bytes])
    del held[:size_bytes]
    return block
