"""A soak: real processes under steady load, with a rebuild and a swap each minute.

    python -m tests.bench.soak [--minutes 10] [--rate 300] [--data DIR]

Starts `butaca up` on the demonstration data, sends mixed traffic at a fixed rate, whatever the
answers take, forces a rebuild each minute and reads the memory of each process every ten seconds.
It prints failed requests, answers that differ from another answer to the same request of the
same release, latencies and the slope of the memory, and exits with 1 where one of them is amiss.
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cli.demo_data import obtain_demo_data
from cli.processes import CODE
from tests.bench.arguments import read_arguments
from tests.bench.bench_swap import force_rebuild
from tests.bench.load import LoadResult, run_load
from tests.bench.loader import Ask
from tests.bench.memory import Watch, fit
from tests.bench.traffic import ROUTES, mix

DRAWN: Final = 6000
SEED: Final = 5
REBUILD_S: Final = 60.0
SAMPLE_S: Final = 10.0
# The first build encodes every text, which takes minutes on a busy machine.
READY_S: Final = 1200.0
# The services look at the pointer every two seconds, then load.
SWAP_S: Final = 12.0
# The first swaps fill caches and pools that stay.
WARM_SHARE: Final = 0.3
# What tells the command lines of each process; builds run in a child that ends with them.
PROCESSES: Final = {
    "gateway": "services.gateway.app",
    "queries": "services.queries.app",
    "recommender": "services.recommender.app",
    "worker": "worker.main",
    "server": "valkey",
}
CHILD: Final = "worker.horse"


@dataclass
class Builds:
    """The ends of the rebuilds."""

    ends: list[str] = field(default_factory=list[str])
    longest_s: float = 0.0

    @property
    def finished(self) -> int:
        """How many made a release."""
        return self.ends.count("finished")


@dataclass(frozen=True)
class Up:
    """A running `butaca up`."""

    url: str
    key: str
    pid: int


@contextmanager
def running_up(data: Path, folder: Path) -> Generator[Up]:
    """Start `butaca up`, wait until it is ready, and stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environ = {k: v for k, v in os.environ.items() if k != "REDIS_URL"}
    command = [sys.executable, "-m", "cli.main", "up", "--data", str(data.resolve())]
    command += ["--state", str(folder / "state"), "--port", str(port)]
    log = folder / "up.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=CODE, env=environ, stdout=stream, stderr=stream)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"ready {url}", process, log)
        key = (folder / "state" / "admin.key").read_text("utf-8").strip()
        yield Up(url, key, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def _wait_for(line: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_S
    while line not in log.read_text("utf-8"):
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"butaca up is not ready:\n{log.read_text('utf-8')}")
        time.sleep(0.2)


async def soak(up: Up, asks: list[Ask], *, minutes: float, rate: float) -> "Soaked":
    """Load, rebuild and sample at once for so many minutes."""
    stop, builds = asyncio.Event(), Builds()
    watch = Watch(up.pid, PROCESSES, CHILD)
    tasks = [
        asyncio.create_task(_rebuild_each_minute(up, builds, 60 * minutes)),
        asyncio.create_task(_every(SAMPLE_S, lambda: asyncio.to_thread(watch.sample))),
    ]
    accepted = {ask.path: ask.accepted for ask in asks}
    load = asyncio.create_task(
        run_load(up.url, [ask.path for ask in asks], rate=rate, stop=stop, accepted=accepted)
    )
    await tasks[0]
    stop.set()
    result = await load
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return Soaked(result, builds, watch)


@dataclass(frozen=True)
class Soaked:
    """All that was seen."""

    load: LoadResult
    builds: Builds
    watch: Watch

    def floors(self) -> dict[str, tuple[list[float], list[float]]]:
        """The least memory of each process between two swaps, after it was warm."""
        return {
            name: memory.floors(REBUILD_S, WARM_SHARE * memory.seconds[-1])
            for name, memory in self.watch.groups.items()
        }


async def _rebuild_each_minute(up: Up, builds: Builds, seconds: float) -> None:
    """Force a rebuild at every full minute, the last one early enough to be swapped in."""
    began = time.monotonic()
    turn = 0
    while turn * REBUILD_S <= seconds - REBUILD_S:
        await asyncio.sleep(max(0.0, turn * REBUILD_S - (time.monotonic() - began)))
        asked = time.monotonic()
        _, status = await force_rebuild(up.url, up.key)
        builds.ends.append(status)
        builds.longest_s = max(builds.longest_s, time.monotonic() - asked)
        turn = int((time.monotonic() - began) // REBUILD_S) + 1
    await asyncio.sleep(max(SWAP_S, seconds - (time.monotonic() - began)))


async def _every(period_s: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await work()
        await asyncio.sleep(period_s)


def report(soaked: Soaked) -> bool:
    """Print the figures; return whether all is as it should be."""
    load, builds = soaked.load, soaked.builds
    total = sum(load.statuses.values())
    swaps = len(load.releases.keys() - {"none"}) - 1
    print(
        f"requests {total} ({dict(load.statuses)}), failed {load.failed}, mixed {load.mixed}, "
        f"half of a search missing {load.partial}"
    )
    print(f"latency p50 {load.quantile_ms(0.5):.1f} ms, p99 {load.quantile_ms(0.99):.1f} ms")
    print(f"rebuilds {builds.ends}, longest {builds.longest_s:.0f} s; swaps seen {swaps}")
    is_flat = True
    for name, (seconds, floors) in soaked.floors().items():
        mb, trend = soaked.watch.groups[name].mb, fit(seconds, floors)
        print(f"{name:<12} {mb[0]:7.1f} MB first {mb[-1]:7.1f} last {max(mb):7.1f} most", end="  ")
        print("between swaps", *(f"{each:.0f}" for each in floors), end="  ")
        if trend is None:
            print("too short a run for a slope")
            continue
        is_flat &= trend.is_flat
        print(
            f"{trend.slope_mb_per_hour:+8.1f} MB/hour, {trend.grown_mb:+.1f} MB in the run: "
            f"{'flat' if trend.is_flat else 'GROWS'}"
        )
    is_sound = load.failed == load.mixed == 0 and set(builds.ends) == {"finished"}
    return is_sound and is_flat and swaps >= builds.finished


def main() -> None:
    """Parse the command line, soak, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=300.0)
    parser.add_argument("--data", type=Path, default=Path("data/demo"))
    options = parser.parse_args()
    obtain_demo_data(options.data)
    asks = mix(read_arguments(options.data), ROUTES, DRAWN, seed=SEED)
    with (
        tempfile.TemporaryDirectory(prefix="butaca-soak-") as folder,
        running_up(options.data, Path(folder)) as up,
    ):
        soaked = asyncio.run(soak(up, asks, minutes=options.minutes, rate=options.rate))
    sys.exit(0 if report(soaked) else 1)


if __name__ == "__main__":
    main()
