"""Open-loop HTTP load for the benchmarks: a fixed rate, whatever the answers take."""

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus

import aiohttp
from yarl import URL


@dataclass
class LoadResult:
    """What came back: counts by status or failure, by release, and latencies in seconds.

    `bodies` are the digests of what was answered, by path and release; half an answer to a
    search is counted in `partial` instead: it says so itself.
    """

    statuses: Counter[str] = field(default_factory=Counter[str])
    releases: Counter[str] = field(default_factory=Counter[str])
    bodies: dict[tuple[str, str], set[bytes]] = field(
        default_factory=dict[tuple[str, str], set[bytes]]
    )
    latencies_s: list[float] = field(default_factory=list[float])
    failed: int = 0
    partial: int = 0

    @property
    def mixed(self) -> int:
        """Answers that differ for the same path and the same release."""
        return sum(len(bodies) - 1 for bodies in self.bodies.values())

    def quantile_ms(self, share: float) -> float:
        """Latency below which `share` of the requests were answered, in milliseconds."""
        ordered = sorted(self.latencies_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000


async def run_load(
    base_url: str,
    paths: Sequence[str],
    *,
    rate: float,
    stop: asyncio.Event,
    accepted: Mapping[str, Collection[int]] | None = None,
) -> LoadResult:
    """Send `rate` requests a second over `paths` in turn until `stop` is set.

    An answer other than 200 has failed, unless `accepted` has its status for the path.
    """
    result = LoadResult()
    connector = aiohttp.TCPConnector(limit=256)
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        running: set[asyncio.Task[None]] = set()
        began, sent = time.perf_counter(), 0
        while not stop.is_set():
            due = began + sent / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            path = paths[sent % len(paths)]
            fine = (accepted or {}).get(path, (200,))
            task = asyncio.create_task(_ask(session, base_url, path, fine, result))
            running.add(task)
            task.add_done_callback(running.discard)
            sent += 1
        await asyncio.gather(*running)
    return result


async def _ask(
    session: aiohttp.ClientSession,
    base_url: str,
    path: str,
    fine: Collection[int],
    result: LoadResult,
) -> None:
    began = time.perf_counter()
    try:
        async with session.get(URL(base_url + path, encoded=True)) as answer:
            body = await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        result.statuses[type(error).__name__] += 1
        result.failed += 1
        return
    release = answer.headers.get("X-Butaca-Release", "none")
    result.latencies_s.append(time.perf_counter() - began)
    result.statuses[str(answer.status)] += 1
    result.failed += answer.status not in fine
    result.releases[release] += 1
    if "X-Butaca-Missing" in answer.headers:
        result.partial += 1
    elif answer.status == HTTPStatus.OK:
        result.bodies.setdefault((path, release), set()).add(sha256(body).digest())
