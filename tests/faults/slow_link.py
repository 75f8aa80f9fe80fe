"""A link between two processes that holds everything back: what makes a sound service slow."""

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class SlowLink:
    """Passes connections on to `url`, each piece of an answer `delay_s` late."""

    def __init__(self, url: str, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.url = ""
        split = urlsplit(url)
        self._target = (str(split.hostname), int(split.port or 80))
        self._loop = asyncio.new_event_loop()
        self._is_open = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._is_open.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._is_open.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._let_go())
        self._loop.close()

    async def _let_go(self) -> None:
        """End what is under way; a transport closes in the round after."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        there = asyncio.create_task(self._pass_on(reader, far_writer, is_answer=False))
        back = asyncio.create_task(self._pass_on(far_reader, writer, is_answer=True))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (there, back):
                task.cancel()
            for each in (writer, far_writer):
                each.close()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(65536):
                if is_answer:
                    await asyncio.sleep(self.delay_s)
                writer.write(piece)
                await writer.drain()
