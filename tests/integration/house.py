"""A worker process on a small input folder: a real server, a real spawned child, real signals."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from shared.contracts.jobs import BuildPayload, EvaluatePayload, JobView
from shared.contracts.releases import ArtifactName, Manifest
from shared.contracts.reports import BuildReport
from shared.contracts.scorecards import ScoreCard
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.unit.worker.etl.factories import Row, credits_row, movie, write_pair

PASSWORD = "child-must-not-show-this"  # noqa: S105


ENDED = frozenset({"finished", "failed", "stopped", "canceled"})


class House:
    """A worker process, and what it is seen through."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.client = connect(url)
        self.keys = RedisKeys("house")
        self.store = ReleaseStore(self.client, self.keys)
        self.queue = JobQueue(connect(url), self.keys)
        self._environ = os.environ | {
            "REDIS_URL": url,
            "BUTACA_NAMESPACE": "house",
            "BUTACA_WORKER_DATA": str(folder),
            "BUTACA_WORKER_THREADS": "1",
        }
        self.log = folder / "worker.log"
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        self._environ |= more
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "worker.main"], env=self._environ, stdout=log, stderr=log
            )
        self.workers.append(worker)
        return worker

    def ended(self, job_id: str, within_s: float = 150) -> JobView:
        self.until(lambda: self.queue.job(job_id).status in ENDED, within_s)
        return self.queue.job(job_id)

    def build(self, payload: BuildPayload | None = None, *, force: bool = False) -> JobView:
        job, _ = self.queue.enqueue_build(payload or BuildPayload(force=force))
        return self.ended(job.id)

    def report(self, manifest: Manifest) -> BuildReport:
        data = self.store.artifact(manifest, ArtifactName.REPORT)
        return msgspec.json.decode(data, type=BuildReport)

    def evaluate(self) -> JobView:
        job, _ = self.queue.enqueue_evaluation(EvaluatePayload())
        return self.ended(job.id)

    def live(self) -> Manifest:
        ref = self.store.live()
        assert ref is not None
        return self.store.manifest(ref)

    def card(self, manifest: Manifest) -> ScoreCard:
        data = self.store.artifact(manifest, ArtifactName.SCORECARD)
        return msgspec.json.decode(data, type=ScoreCard)

    def until(self, holds: Callable[[], object], within_s: float) -> float:
        began = time.monotonic()
        while not holds():
            spent = time.monotonic() - began
            assert spent < within_s, self.log.read_text()[-6000:]
            time.sleep(0.05)
        return time.monotonic() - began

    def child(self) -> int | None:
        pid = self.workers[-1].pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[0]) if children else None

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.terminate()
                worker.wait(10)
        self.client.flushdb()
        self.client.close()


def films(count: int) -> list[Row]:
    return [
        movie(n, title=f"Film {n}", overview=f"Story {n}.", vote_count=str(n))
        for n in range(1, count + 1)
    ]


def write_films(folder: Path, count: int) -> None:
    write_pair(folder, films(count), [credits_row(n) for n in range(1, count + 1)])


@pytest.fixture
def house(redis_url: str, tmp_path: Path) -> Iterator[House]:
    """A database of its own, since RQ's keys have no namespace, and a user with a password."""
    address = redis_url.rpartition("/")[0]
    admin = connect(f"{address}/9")
    admin.flushdb()
    admin.execute_command("ACL", "SETUSER", "house", "on", f">{PASSWORD}", "~*", "&*", "+@all")
    house = House(address.replace("://", f"://house:{PASSWORD}@", 1) + "/9", tmp_path)
    yield house
    house.close()
    admin.execute_command("ACL", "DELUSER", "house")
    admin.close()
