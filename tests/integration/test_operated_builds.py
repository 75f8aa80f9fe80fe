"""Builds that operators cancel, try again, overtake and point elsewhere; a real worker."""

import json
import time
from pathlib import Path

import pytest

from shared.contracts.jobs import BuildPayload
from shared.contracts.releases import ArtifactName
from shared.queue import Asked
from tests.integration.house import PASSWORD, House, house, write_films
from tests.tls_server import tls_server

__all__ = ["house"]
pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")
MADE_ANEW = (
    ArtifactName.MOVIES,
    ArtifactName.CAST,
    ArtifactName.DIRECTORS,
    ArtifactName.TITLES,
    ArtifactName.RANKING,
    ArtifactName.PROFILES,
    ArtifactName.FILTERS,
    ArtifactName.INDEX,
    ArtifactName.NEIGHBOURS,
)


def wait_until_begun(house: House, job_id: str) -> None:
    """Wait until the job has done its first step, and so has its number and a log."""
    house.until(lambda: "build_step" in events_of(house, job_id), 60)
    house.until(lambda: house.queue.job(job_id).step not in {None, "sources"}, 5)


def events_of(house: House, job_id: str) -> set[str]:
    return {entry.event for entry in house.queue.log(job_id, 1000)}


def outcome(house: House, payload: BuildPayload) -> object:
    job = house.build(payload)
    assert job.result is not None, job.error
    return job.result["outcome"]


def restart(house: House) -> None:
    """End the worker and start another one."""
    house.workers[-1].terminate()
    house.workers[-1].wait(10)
    house.start()


def test_a_build_is_cancelled_tried_again_and_overtaken(house: House) -> None:
    write_films(house.folder, 40)
    house.start()
    house.until(house.queue.jobs, 15)
    wait_until_begun(house, "build-1")
    running = house.queue.job("build-1")
    began = time.monotonic()
    house.queue.cancel("build-1", Asked("who-cancelled"))
    stopped = house.ended("build-1", within_s=5)
    assert time.monotonic() - began < 5
    assert (stopped.status, stopped.attempts, stopped.error) == ("stopped", 1, None)
    assert stopped.started_at == running.started_at
    assert stopped.ended_at is not None
    assert stopped.started_at is not None
    assert stopped.started_at < stopped.ended_at
    time.sleep(3)  # time enough for the worker to pick it up again, if it would
    assert house.queue.job("build-1").status == "stopped"
    assert house.child() is None
    assert house.store.inventory().refs == []

    again, is_new = house.queue.retry("build-1", Asked("who-tried-again"))
    assert (again.id, is_new) == ("build-2", True)
    assert house.ended("build-2").status == "finished"
    first = house.live()

    log = {entry.event: entry for entry in house.queue.log("build-1", 1000)}
    assert log["job_cancel_requested"].fields == {"request_id": "who-cancelled"}
    assert {"job_enqueued", "build_step", "job_stopped"} <= log.keys()
    entries = house.queue.log("build-2", 1000)
    steps = [entry for entry in entries if entry.event == "build_step"]
    assert {"embed", "neighbours", "publish"} <= {entry.fields["step"] for entry in steps}
    assert {entry.fields["request_id"] for entry in steps} == {"who-tried-again"}
    assert "build_ended" in events_of(house, "build-2")
    assert PASSWORD not in str(entries)

    # What an operator activates meanwhile stays, and the build is kept aside with the reason.
    overtaken, _ = house.queue.enqueue_build(BuildPayload(full=True))
    wait_until_begun(house, overtaken.id)
    house.store.activate(first.number)
    ended = house.ended(overtaken.id)
    assert ended.error is not None
    assert (ended.status, ended.attempts, ended.error.code) == ("failed", 1, "release_refused")
    assert "published or activated while it was built" in ended.error.message
    assert house.live() == first
    candidate = house.store.candidate()
    assert candidate is not None
    assert candidate.reasons == ["another release was published or activated while it was built"]
    # It was a full one: nothing taken over, and the same bytes.
    aside = house.store.manifest(candidate.ref)
    assert aside.counts["encoded"] == 40
    assert not [step.step for step in house.report(aside).steps if step.reused]
    for name in MADE_ANEW:
        assert aside.artifacts[name] == first.artifacts[name], name


def test_a_cancelled_job_is_not_run_by_a_worker_that_comes_later(house: House) -> None:
    write_films(house.folder, 40)
    worker = house.start()
    house.until(house.queue.jobs, 15)
    house.until(lambda: house.queue.job("build-1").status == "started", 15)
    worker.kill()
    worker.wait(5)
    assert house.queue.cancel("build-1").status == "started"
    house.start()
    canceled = house.ended("build-1", within_s=25)
    assert (canceled.status, canceled.ended_at is None) == ("canceled", False)
    assert house.store.inventory().refs == []
    wanted = {"job_cancel_requested", "job_abandoned", "job_canceled"}
    house.until(lambda: wanted <= events_of(house, "build-1"), 3)

    # A command that was lost on its way: the wish alone ends a running job too.
    house.queue.enqueue_build(BuildPayload())
    house.until(lambda: house.queue.job("build-2").status == "started", 15)
    house.client.set(house.keys.job_cancellation("build-2"), b"1")
    assert house.ended("build-2", within_s=10).status == "stopped"
    assert house.workers[-1].poll() is None


def test_what_the_worker_asks_for_never_undoes_what_an_operator_did(
    house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far, cache = tmp_path_factory.mktemp("far"), tmp_path_factory.mktemp("cache")
    write_films(house.folder, 40)
    # Their texts are known already.
    write_films(far, 39)
    with tls_server(far) as shelf:
        shelf.files = {path.name: path.read_bytes() for path in far.glob("*.csv")}
        address = shelf.address.replace("https://", f"https://me:{PASSWORD}@")
        house.start(
            BUTACA_WORKER_SOURCES=f"far={address},near={house.folder}",
            BUTACA_WORKER_CACHE=str(cache),
            BUTACA_WORKER_CA_FILE=str(shelf.ca_file),
        )
        house.until(house.queue.jobs, 15)
        assert house.ended("build-1").cause == "start"
        first = house.live()
        assert first.source is None

        assert outcome(house, BuildPayload(source="far")) == "published"
        second = house.live()
        assert (second.source, second.counts["movies"]) == ("far", 39)
        assert second.own_sources == first.sources

        # What has not changed is not sent again.
        shelf.asked.clear()
        assert outcome(house, BuildPayload(source="far")) == "unchanged"
        assert set(shelf.statuses().values()) == {304}

        # The worker's own folder, which has not changed, does not take its place.
        restart(house)
        house.until(lambda: "nothing_new" in house.log.read_text(), 20)
        assert outcome(house, BuildPayload(cause="schedule")) == "unchanged"
        assert house.live() == second

        # Rolled back: neither the schedule nor a start brings the newer one back.
        house.store.activate(first.number)
        assert outcome(house, BuildPayload(cause="schedule")) == "unchanged"
        assert house.live() == first
        restart(house)
        house.until(lambda: house.log.read_text().count("nothing_new") == 2, 20)
        assert house.queue.jobs()[0].id == "build-5"
        assert PASSWORD not in house.log.read_text()
        assert PASSWORD not in str([house.queue.log(job.id, 1000) for job in house.queue.jobs()])


def test_what_was_to_be_expected_is_one_line_without_a_traceback(house: House) -> None:
    house.start()
    house.until(house.queue.jobs, 15)
    failed = house.ended("build-1")
    assert failed.error is not None
    assert (failed.status, failed.error.code) == ("failed", "source_invalid")
    text = house.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["process"] for line in lines} == {"worker"}
    assert [line["reason"] for line in lines if line["event"] == "job_failed"] == [
        failed.error.message
    ]
    assert "Traceback" not in text
    assert "exception raised while executing" not in text
