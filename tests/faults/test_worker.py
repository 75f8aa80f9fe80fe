"""The worker's parent, its child or both killed at many points of a build.

Each kind has an installation of its own (server and worker only), so that the three run at the
same time: most of a run is waiting for the heartbeat of the dead.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from shared.contracts.jobs import BuildPayload, JobView
from tests.faults.house import ENDED, House
from tests.faults.parts import until
from tests.faults.publications import Publications
from tests.faults.table import Record

KINDS = ("child", "parent", "both")
POINTS = int(os.environ.get("FAULT_POINTS", "20"))
MOVIES = 40
BACK_S = 15.0
# A child of the worker imports its modules.
START_S = 1.0
# From the first chunk of an upload to the end of a build.
PUBLISHING_S = 0.03


@dataclass
class Killed:
    """What happened to the builds of one kind; seconds from a kill to the next attempt."""

    back_s: list[float] = field(default_factory=list[float])
    steps: set[str] = field(default_factory=set[str])
    over: int = 0
    publications: list[int] = field(default_factory=list[int])
    jobs: list[JobView] = field(default_factory=list[JobView])


class Killer:
    """Builds again and again, and kills once in each build."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.house = House(folder, movies=MOVIES)
        self.seen = Killed()
        self._random = random.Random(f"worker killed: {kind}")  # noqa: S311  # a seed, no secret
        # Of the last build with new texts, and of the last one with the old ones.
        self._build_s = [0.0, 0.0]

    def run(self, points: int) -> Killed:
        """Kill in the middle of so many builds, at seeded points."""
        house = self.house
        try:
            house.start("server", "worker")
            house.ended("build-1", 180)
            with house.keep_running("worker"):
                for point in range(2):
                    self._note(point, house.ended(self._enqueue(point)))
                for point in range(2, 2 + 3 * points):
                    if len(self.seen.back_s) == points:
                        break
                    self._kill_once(point)
        finally:
            house.close()
        return self.seen

    def _note(self, point: int, job: JobView) -> None:
        """Remember how long a build takes, from the start of its child."""
        if "publish" not in job.seconds:
            return  # it only found that it had published before it was killed
        steps_s = sum(took for step, took in job.seconds.items() if "." not in step)
        self._build_s[point % 2] = START_S + steps_s

    def _kill_once(self, point: int) -> None:
        with Publications(self.house) as published:
            job = self._enqueue(point)
            self._wait_for_point(point)
            before = self._kill(job)
            began = time.monotonic()
            until(lambda: self._is_back(job, before), 3 * BACK_S, self.house.describe)
            if before.status not in ENDED:
                self.seen.back_s.append(time.monotonic() - began)
                self.seen.steps.add(before.step or "queued")
            ended = self.house.ended(job)
        self._note(point, ended)
        self.seen.jobs.append(ended)
        self.seen.over += before.status in ENDED
        self.seen.publications.append(len(published.new))

    def _wait_for_point(self, point: int) -> None:
        """Wait for some time of the build; at each fourth point, for the moments of publishing."""
        if point % 4:
            until(self.house.worker.children, 15, self.house.describe)
            time.sleep(self._random.random() * self._build_s[point % 2])
            return
        client = self.house.server.client()
        before = self._chunks(client)
        until(lambda: self._chunks(client) - before, 180, self.house.describe, every_s=0.001)
        time.sleep(self._random.random() * PUBLISHING_S)
        client.close()

    def _chunks(self, client: redis.Redis) -> set[bytes]:
        return set(client.scan_iter(self.house.keys.chunk("*"), count=1000))

    def _enqueue(self, point: int) -> str:
        """Ask for a build of other texts, or of the same with other figures."""
        self.house.new_films(f"Told {point // 2} times.", MOVIES, votes=2000 + 100 * point)
        view, is_new = self.house.queue().enqueue_build(BuildPayload())
        assert is_new
        return view.id

    def _kill(self, job_id: str) -> JobView:
        """Kill, and say how the job stood."""
        worker = self.house.worker
        # The child may be just about to come.
        until(lambda: worker.children() or self._has_ended(job_id), 15, self.house.describe)
        children = worker.children()
        before = self.house.job(job_id)
        assert before is not None
        if self.kind != "parent":
            for pid in children:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.kind != "child":
            os.kill(worker.pid, signal.SIGKILL)
        return before

    def _has_ended(self, job_id: str) -> bool:
        job = self.house.job(job_id)
        return job is not None and job.status in ENDED

    def _is_back(self, job_id: str, before: JobView) -> bool:
        """Whether the build runs again, or had got through before the kill."""
        job = self.house.job(job_id)
        return job is not None and (
            job.status in ENDED or (job.status == "started" and job.attempts > before.attempts)
        )


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Killed]]]:
    """Run the three kinds beside each other."""
    killers = {kind: Killer(kind, tmp_path_factory.mktemp(kind)) for kind in KINDS}
    with ThreadPoolExecutor(len(KINDS)) as threads:
        yield {kind: threads.submit(killer.run, POINTS) for kind, killer in killers.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_build_whose_worker_is_killed_runs_again_soon_and_publishes_once(
    killed: dict[str, Future[Killed]], kind: str, record: Record
) -> None:
    seen = killed[kind].result()
    assert {job.status for job in seen.jobs} == {"finished"}
    assert seen.publications == [1] * len(seen.jobs)
    assert len(seen.back_s) == POINTS
    assert max(seen.back_s) <= BACK_S
    back = sorted(seen.back_s)
    record(
        f"Worker {'parent and child' if kind == 'both' else kind} killed at {POINTS} points",
        "the build runs again within 15 s, finishes, publishes once",
        f"again after {back[len(back) // 2]:.1f} s (median), {back[-1]:.1f} s (longest); "
        f"{len(seen.publications)} builds, {sum(seen.publications)} publications; in "
        f"{len(seen.steps)} steps: {', '.join(sorted(seen.steps))}; {seen.over} more kills came "
        "after the end",
    )
