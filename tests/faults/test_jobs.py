"""Many callers at once, a rebuild after a failed one, and worker and Redis lost together."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec

from shared.contracts.jobs import JobView
from tests.faults.house import ROUTES, House
from tests.faults.parts import until
from tests.faults.prober import Prober, failures, mixed
from tests.faults.publications import Publications
from tests.faults.table import Record

CALLERS = 64
BACK_S = 15.0


def running(house: House, job_id: str) -> JobView | None:
    """Return a job once it is in one of its steps."""
    job = house.job(job_id)
    return job if job is not None and job.status == "started" and job.step else None


def test_64_callers_at_once_get_one_job_and_one_release(house: House, record: Record) -> None:
    house.new_films()
    together = threading.Barrier(CALLERS)

    def ask(_: int) -> JobView:
        together.wait()
        answer = house.send("POST", "/v1/jobs", json={"name": "build", "force": True})
        assert answer.status == 202, answer.data
        return msgspec.json.decode(answer.data, type=JobView)

    with Publications(house) as published:
        began = time.monotonic()
        with ThreadPoolExecutor(CALLERS) as threads:
            jobs = {job.id for job in threads.map(ask, range(CALLERS))}
        took = time.monotonic() - began
        assert len(jobs) == 1
        assert house.ended(jobs.pop()).status == "finished"
        house.wait_ready(house.live().label)
    assert len(published.new) == 1
    record(
        f"{CALLERS} simultaneous rebuild requests",
        "one job, which every caller gets; one publication",
        f"{CALLERS} answers 202 in {took:.1f} s, 1 job, {len(published.new)} publication",
    )


def test_a_rebuild_after_a_failed_one_works(house: House, record: Record) -> None:
    before = house.live()
    with Publications(house) as published, Prober(house.url, ROUTES) as prober:
        (house.data / "credits.csv").write_bytes(b"")
        failed = house.ended(house.start_build().id)
        assert failed.status == "failed"
        assert failed.error is not None
        assert failed.error.code == "source_invalid"
        assert house.live() == before
        house.new_films()
        job = house.rebuild()
    assert failures(prober.seen) == []
    assert len(published.new) == 1
    record(
        "Rebuild after a failed one",
        "the failure says why and changes nothing; the next build starts and goes live",
        f"{failed.id} failed after {failed.attempts} attempt ({failed.error.code}), {job.id} "
        f"published; {len(prober.seen)} answers, 0 failed",
    )


def test_worker_and_redis_lost_together_cost_one_attempt(house: House, record: Record) -> None:
    house.new_films()
    with Publications(house) as published, Prober(house.url, ROUTES) as prober:
        job = house.start_build()
        until(lambda: running(house, job.id), 30, house.describe)
        time.sleep(1)
        house.server.kill_all()
        house.worker.kill_all()
        house.server.start()
        time.sleep(0.5)
        house.worker.start()
        back_s = until(lambda: attempts(house, job.id) == 2, 3 * BACK_S, house.describe)
        ended = house.ended(job.id)
        house.wait_ready(house.live().label)
    assert ended.status == "finished"
    assert back_s <= BACK_S
    assert len(published.new) == 1
    assert failures(prober.seen) == []
    record(
        "Worker and Redis killed together in a build",
        "after both came back the build runs again within 15 s and publishes once",
        f"again after {back_s:.1f} s, {ended.attempts} attempts, 1 publication; "
        f"{len(prober.seen)} answers, 0 failed",
    )


def test_redis_restarted_empty_in_a_build_ends_with_a_higher_release(
    house: House, record: Record
) -> None:
    old = house.live()
    house.new_films()
    with Prober(house.url, ROUTES) as prober:
        job = house.start_build()
        until(lambda: running(house, job.id), 30, house.describe)
        house.server.kill_all()
        house.server.empty()
        house.server.start()
        began = time.monotonic()
        until(lambda: house.store().live(), 90, house.describe)
        until(lambda: not at_work(house), 90, house.describe)
        house.wait_ready(house.live().label)
        took = time.monotonic() - began
    new = house.live()
    assert new.number > old.number
    assert failures(prober.seen) == []
    assert mixed(prober.seen) == []
    record(
        "Redis restarted empty in the middle of a build",
        "services serve on; in the end one release is live, with a higher number",
        f"release {old.number} → {new.number} after {took:.0f} s, {len(prober.seen)} answers, "
        "0 failed",
    )


def attempts(house: House, job_id: str) -> int:
    job = house.job(job_id)
    return 0 if job is None else job.attempts


def at_work(house: House) -> bool:
    """Whether a build is queued or running."""
    return any(job.status in ("queued", "started") for job in house.queue().jobs())
