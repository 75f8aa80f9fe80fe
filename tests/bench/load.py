"""Open-loop HTTP load for the benchmarks: a fixed rate, whatever the answers take."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp


@dataclass
class LoadResult:
    """What came back: counts by status or failure, by release, and latencies in seconds."""

    statuses: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    bodies: dict[tuple[str, str], set[bytes]] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Requests that were not answered 200."""
        return sum(count for status, count in self.statuses.items() if status != "200")

    @property
    def mixed(self) -> int:
        """Answers that differ for the same path and the same release."""
        return sum(len(bodies) - 1 for bodies in self.bodies.values())

    def quantile_ms(self, share: float) -> float:
        """Latency below which `share` of the requests were answered, in milliseconds."""
        ordered = sorted(self.latencies_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000


async def run_load(
    base_url: str, paths: Sequence[str], *, rate: float, stop: asyncio.Event
) -> LoadResult:
    """Send `rate` requests a second over `paths` in turn until `stop` is set."""
    result = LoadResult()
    connector = aiohttp.TCPConnector(limit=256)
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        running: set[asyncio.Task[None]] = set()
        began, sent = time.perf_counter(), 0
        while not stop.is_set():
            due = began + sent / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(_ask(session, base_url, paths[sent % len(paths)], result))
            running.add(task)
            task.add_done_callback(running.discard)
            sent += 1
        await asyncio.gather(*running)
    return result


async def _ask(
    session: aiohttp.ClientSession, base_url: str, path: str, result: LoadResult
) -> None:
    began = time.perf_counter()
    try:
        async with session.get(base_url + path) as answer:
            body = await answer.read()
            status, release = str(answer.status), answer.headers.get("X-Butaca-Release", "none")
    except (aiohttp.ClientError, TimeoutError) as error:
        result.statuses[type(error).__name__] += 1
        return
    result.latencies_s.append(time.perf_counter() - began)
    result.statuses[status] += 1
    result.releases[release] += 1
    result.bodies.setdefault((path, release), set()).add(body)
