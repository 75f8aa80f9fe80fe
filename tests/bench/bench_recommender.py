"""Speed of the recommender, over its own port: stored neighbours, filtered live search, blends.

It is started from the local copy that `butaca up` keeps, twice, so that answers can be compared
across processes: `python -m tests.bench.bench_recommender --state state`. Ratios are to a route
of the same process that does nothing.
"""

import argparse
import asyncio
import hashlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
import numpy as np
import polars as pl

from shared.contracts.releases import ArtifactName
from shared.http.filters import filter_parameters
from shared.releases.local import LocalCopy
from tests.bench.load import run_load
from worker.evaluation.standard_filters import STANDARD_FILTERS

PORT: Final = 8402
TIMED: Final = 300
OPEN_LOOP_S: Final = 20.0
RATES: Final = (50, 75, 100, 125, 150, 200, 250, 300)
# Past this the open loop only measures its own queue.
SATURATED_MS: Final = 500.0
NOWHERE: Final = "redis://127.0.0.1:1/0"
BARE: Final = "/health/live"


def main() -> None:
    """Print the figures; exit with 1 where two processes answer differently."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=Path("state"))
    state = parser.parse_args().state / "recommender"
    ids = _movie_ids(state)
    plain = [f"/v1/movies/{each}/similar" for each in ids]
    filtered = [f"/v1/movies/{each}/similar?{_query(place)}" for place, each in enumerate(ids * 2)]
    with _recommender(state, PORT) as url:
        first = asyncio.run(_measure(url, plain, filtered, ids))
    with _recommender(state, PORT + 1) as url:
        second = asyncio.run(_digest(url, [*plain, *filtered]))
    print(f"answers of two processes: {'the same' if first == second else 'DIFFERENT'}")
    sys.exit(first != second)


async def _measure(
    url: str, plain: Sequence[str], filtered: Sequence[str], ids: Sequence[int]
) -> str:
    bare = await _one_connection(url, [BARE] * TIMED)
    rows = {
        "a route that does nothing": bare,
        "stored neighbours": await _one_connection(url, plain),
        "filtered live search": await _one_connection(url, filtered),
        "5 movies, diversity": await _one_connection(url, _bodies(ids, 5, diversity=0.3)),
        "50 movies": await _one_connection(url, _bodies(ids, 50)[:60]),
        "a text": await _one_connection(url, _texts()),
    }
    print(f"{'one connection':28}{'p50 ms':>10}{'p99 ms':>10}{'to bare':>10}")
    for name, took in rows.items():
        p50, p99 = np.percentile(took, [50, 99])
        print(f"{name:28}{p50:>10.2f}{p99:>10.2f}{p50 / np.median(bare):>9.1f}x")
    await _open_loop(url, filtered)
    return await _digest(url, [*plain, *filtered])


async def _open_loop(url: str, paths: Sequence[str]) -> None:
    """Filtered live search at rising rates, until it is saturated."""
    print(f"{'open loop':28}{'p50 ms':>10}{'p99 ms':>10}{'failed':>10}")
    for rate in RATES:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(OPEN_LOOP_S, stop.set)
        result = await run_load(url, paths, rate=rate, stop=stop)
        p99 = result.quantile_ms(0.99)
        name = f"{rate} filtered a second"
        print(f"{name:28}{result.quantile_ms(0.5):>10.1f}{p99:>10.1f}{result.failed:>10}")
        if p99 > SATURATED_MS:
            print(f"saturated at {rate} a second")
            return


async def _one_connection(url: str, questions: Sequence[str | dict[str, Any]]) -> list[float]:
    """Milliseconds of each answer, one after the other; a body is a POST."""
    took = []
    connector = aiohttp.TCPConnector(limit=1)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        for warm, question in [(True, questions[0]), *((False, each) for each in questions)]:
            began = time.perf_counter()
            if isinstance(question, str):
                request = session.get(question)
            else:
                request = session.post("/v1/recommendations", json=question)
            async with request as answer:
                await answer.read()
                answer.raise_for_status()
            if not warm:
                took.append(1000 * (time.perf_counter() - began))
    return took


async def _digest(url: str, paths: Sequence[str]) -> str:
    """One digest over all answers."""
    total = hashlib.sha256()
    async with aiohttp.ClientSession(url) as session:
        for path in paths:
            async with session.get(path) as answer:
                total.update(await answer.read())
    return total.hexdigest()


def _movie_ids(state: Path) -> list[int]:
    """Well-known movies and any movies, half and half, drawn with a seed."""
    copy = LocalCopy(state)
    ref = copy.ref()
    if ref is None:
        sys.exit(f"{state} holds no release: run `butaca up` first")
    titles = pl.read_parquet(io.BytesIO(copy.artifact(copy.manifest(ref), ArtifactName.TITLES)))
    random = np.random.default_rng(0)
    known = titles.sort("vote_count", descending=True)["movie_id"].head(2000).to_numpy()
    some = [random.choice(known, TIMED // 2), random.choice(titles["movie_id"], TIMED // 2)]
    ids: list[int] = np.concatenate(some).tolist()
    return ids


def _query(place: int) -> str:
    """The standard filters in turn."""
    filters = list(STANDARD_FILTERS.values())[place % len(STANDARD_FILTERS)]
    return urlencode(filter_parameters(filters), doseq=True)


def _bodies(ids: Sequence[int], count: int, **fields: object) -> list[dict[str, Any]]:
    """Requests for several movies each."""
    random = np.random.default_rng(1)
    return [
        {"positive": random.choice(ids, count, replace=False).tolist(), **fields}
        for _ in range(TIMED)
    ]


def _texts() -> list[dict[str, Any]]:
    """Requests by description, each another one."""
    words = ["orphan", "heist", "island", "detective", "ghost", "wedding", "robot", "war", "train"]
    return [
        {"text": f"a {a} and a {b} meet a {c}"} for a in words for b in words for c in words[:4]
    ][:TIMED]


@contextmanager
def _recommender(state: Path, port: int) -> Iterator[str]:
    """A recommender of its own, without Redis."""
    environment = os.environ | {
        "REDIS_URL": NOWHERE,
        "BUTACA_RECOMMENDER_STATE": str(state),
        "BUTACA_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory"]
    command += ["--port", str(port), "--no-log", "services.recommender.app:from_env"]
    process = subprocess.Popen(command, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        asyncio.run(_wait_until_ready(url))
        yield url
    finally:
        process.terminate()
        process.wait(20)


async def _wait_until_ready(url: str) -> None:
    async with aiohttp.ClientSession(url) as session:
        for _ in range(300):
            try:
                body = {"text": "ready?", "limit": 1}
                async with session.post("/v1/recommendations", json=body) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)
    raise TimeoutError(f"nothing is ready at {url}")


if __name__ == "__main__":
    main()
