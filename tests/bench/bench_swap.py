"""Rebuild and swap under load: failed requests, answers that mix releases, latency.

Run against a gateway that is up: `python -m tests.bench.bench_swap --key-file state/admin.key`.
It forces a rebuild, keeps the load on until every answer comes from the new release, and prints
the latency before and during the build, measured in the same run.
"""

import argparse
import asyncio
import sys
from pathlib import Path

import aiohttp

from tests.bench.load import LoadResult, run_load

PATHS = [
    "/recomendacion/Toy%20Story",
    "/recomendacion/Inception",
    "/cantidad_filmaciones_mes/enero",
    "/cantidad_filmaciones_dia/lunes",
    "/score_titulo/Avatar",
    "/votos_titulo/Avatar",
    "/get_actor/Tom%20Hanks",
    "/get_director/Christopher%20Nolan",
    "/v1/movies/862",
    "/v1/movies/862/similar?limit=20",
]
CALM_S = 10.0


async def force_rebuild(base_url: str, key: str) -> tuple[str, str]:
    """Start a build and wait for it; return its id and final status."""
    headers = {"X-API-Key": key}
    async with aiohttp.ClientSession(base_url, headers=headers) as session:
        async with session.post("/v1/jobs", json={"force": True}) as answer:
            job = await answer.json()
        while job["status"] not in {"finished", "failed", "stopped", "canceled"}:
            await asyncio.sleep(1)
            async with session.get(f"/v1/jobs/{job['id']}") as answer:
                job = await answer.json()
    return job["id"], job["status"]


async def measure(base_url: str, key: str, rate: float) -> tuple[LoadResult, LoadResult, str]:
    """Load without a build, then with one; return both results and the job's end."""
    stop = asyncio.Event()
    calm_task = asyncio.create_task(run_load(base_url, PATHS, rate=rate, stop=stop))
    await asyncio.sleep(CALM_S)
    stop.set()
    calm = await calm_task
    stop = asyncio.Event()
    busy_task = asyncio.create_task(run_load(base_url, PATHS, rate=rate, stop=stop))
    job, status = await force_rebuild(base_url, key)
    await asyncio.sleep(10)  # the services poll every two seconds, then load
    stop.set()
    return calm, await busy_task, f"{job} {status}"


def report(name: str, result: LoadResult) -> None:
    """Print one phase."""
    print(
        f"{name:<8} requests {sum(result.statuses.values()):>7} failed {result.failed} "
        f"mixed {result.mixed} p50 {result.quantile_ms(0.5):.1f} ms "
        f"p99 {result.quantile_ms(0.99):.1f} ms {dict(result.statuses)} {dict(result.releases)}"
    )


def main() -> None:
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--key-file", type=Path, default=Path("state/admin.key"))
    parser.add_argument("--rate", type=float, default=200.0)
    options = parser.parse_args()
    key = options.key_file.read_text("utf-8").strip()
    calm, busy, job = asyncio.run(measure(options.url, key, options.rate))
    report("calm", calm)
    report("rebuild", busy)
    print(
        f"job {job}; p99 while building / calm: "
        f"{busy.quantile_ms(0.99) / calm.quantile_ms(0.99):.1f}x"
    )
    sys.exit(1 if calm.failed or busy.failed or busy.mixed else 0)


if __name__ == "__main__":
    main()
