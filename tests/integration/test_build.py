"""Builds through `python -m worker.main`: a real server, a real spawned child, real signals."""

import os
from functools import partial
from pathlib import Path

import msgspec
import pytest
from rq import Queue, Retry

from shared.contracts.eda import Analysis
from shared.contracts.evaluation import Evaluation
from shared.contracts.jobs import BUILD_RELEASE
from shared.contracts.releases import ArtifactName
from shared.contracts.reports import BuildReport
from shared.contracts.scorecards import Movement
from tests.integration.house import PASSWORD, House, house, write_films
from worker.pipeline import SEARCH_STEP, TABLE_STEPS, VECTOR_STEPS

__all__ = ["house"]
pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")


def test_a_release_is_built_kept_when_unchanged_and_rebuilt_by_reuse(  # noqa: PLR0915  # one story
    house: House,
) -> None:
    write_films(house.folder, 40)
    worker = house.start()
    house.until(house.queue.jobs, 15)
    house.until(house.child, 15)
    cmdline = Path(f"/proc/{house.child()}/cmdline")
    # Between fork and exec it is still the parent's.
    house.until(lambda: b"worker.horse" in cmdline.read_bytes(), 15)
    child = house.child()
    assert child is not None
    nice = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    house.until(lambda: os.getpriority(os.PRIO_PROCESS, child) == nice, 15)
    command = cmdline.read_bytes()
    assert b"redis://" not in command
    assert PASSWORD.encode() not in command

    first = house.ended("build-1")
    assert (first.status, first.attempts, first.error) == ("finished", 1, None)
    assert first.result is not None
    assert (first.result["outcome"], first.result["movies"]) == ("published", 40)
    assert first.result["encoded"] == 40
    assert {"extract", "embed", "neighbours", "upload", "publish"} <= first.seconds.keys()
    live = house.store.live()
    assert live is not None
    assert first.result["release"] == live.label
    manifest = house.store.manifest(live)
    assert [canary.movie_id for canary in manifest.canaries] == [40, 39, 38, 37, 36]
    assert {source.name for source in manifest.sources} == {"movies", "credits"}
    report = msgspec.json.decode(
        house.store.artifact(manifest, ArtifactName.REPORT), type=BuildReport
    )
    first_report = report
    steps = {step.step: step for step in report.steps}
    assert (steps["extract.movies"].rows_in, steps["extract.movies"].rows_out) == (40, 40)
    assert steps["neighbours"].rows_out == 40
    assert not steps["neighbours"].reused
    assert report.quarantine == []
    assert "scorecard" in steps
    card = house.card(manifest)
    assert (card.movies, card.fill_rate, card.movement, card.truths) == (40, 1.0, None, [])
    assert [canary.movie_id for canary in card.canaries] == [40, 39, 38, 37, 36]
    assert all(canary.holds for canary in card.canaries)
    assert len(card.filters) > 10

    second = house.build()
    assert second.result is not None
    assert second.result["outcome"] == "unchanged"
    assert house.store.live() == live

    third = house.build(force=True)
    assert third.result is not None
    assert (third.result["outcome"], third.result["encoded"]) == ("published", 0)
    again = house.store.live()
    assert again is not None
    assert again.number > live.number
    rebuilt = house.store.manifest(again)
    # These tell of the build, and of the release before it.
    telling = {ArtifactName.REPORT, ArtifactName.EDA, ArtifactName.PAGE_ES, ArtifactName.PAGE_EN}
    telling.add(ArtifactName.SCORECARD)
    assert house.card(rebuilt).movement == Movement(
        release=live.number, movies=40, overlap_at_10=1.0, same_first=1.0
    )
    for name in set(manifest.artifacts) - telling:
        assert rebuilt.artifacts[name] == manifest.artifacts[name], name
    report = msgspec.json.decode(
        house.store.artifact(rebuilt, ArtifactName.REPORT), type=BuildReport
    )
    reused = {step.step for step in report.steps if step.reused}
    assert reused >= {*TABLE_STEPS, *VECTOR_STEPS, SEARCH_STEP, "extract.movies"}
    assert [step.step for step in report.steps if step.rows_in == 40 and step.file] == [
        step.step for step in first_report.steps if step.rows_in == 40 and step.file
    ]
    assert not reused & {"scorecard", "eda", "artifacts"}
    analysis = msgspec.json.decode(house.store.artifact(rebuilt, ArtifactName.EDA), type=Analysis)
    assert analysis.comparison is not None
    assert analysis.comparison.previous == live.number
    assert analysis.comparison.changed == 0

    films = (house.folder / "movies_dataset.csv").read_text()
    (house.folder / "movies_dataset.csv").write_text(films.replace("Film 7", "Another title"))
    changed = house.build()
    assert changed.result is not None
    assert (changed.result["outcome"], changed.result["encoded"]) == ("published", 1)
    again = house.store.live()
    assert again is not None
    analysis = msgspec.json.decode(
        house.store.artifact(house.store.manifest(again), ArtifactName.EDA), type=Analysis
    )
    assert analysis.comparison is not None
    assert analysis.comparison.sources_changed == ["movies_dataset.csv"]
    assert [each.title for each in analysis.comparison.changed_movies] == ["Another title"]

    (house.folder / "credits.csv").write_bytes(b"")
    broken = house.build()
    assert broken.status == "failed"
    assert broken.attempts == 1
    assert broken.error is not None
    assert broken.error.code == "source_invalid"
    assert "credits.csv is empty" in broken.error.message
    assert house.store.live() == again

    write_films(house.folder, 19)
    refused = house.build()
    assert refused.error is not None
    assert refused.error.code == "release_refused"
    assert "movies: 19 rows are less than 50% of the 40" in refused.error.message
    assert house.store.live() == again
    candidate = house.store.candidate()
    assert candidate is not None
    assert len(candidate.reasons) == 3
    stopped = house.store.manifest(candidate.ref)
    assert stopped.counts["movies"] == 19
    assert house.card(stopped).movies == 19

    worker.terminate()
    assert worker.wait(10) == 0


def write_truth(file: Path, films: int, wanted: range) -> None:
    lines = [
        msgspec.json.encode({"tmdb_id": seed, "recommendations": list(wanted)})
        for seed in range(1, films + 1)
    ]
    file.write_bytes(b"\n".join(lines))


def test_a_truth_set_is_measured_by_builds_and_evaluations(house: House) -> None:
    write_films(house.folder, 40)
    truth = house.folder / "truth.jsonl"
    write_truth(truth, 20, range(1, 11))
    house.start(BUTACA_TRUTH=str(truth))
    house.until(house.queue.jobs, 15)
    assert house.ended("build-1").status == "finished"
    first = house.live()
    (metrics,) = house.card(first).truths
    assert metrics.seeds == 20
    assert 0 < metrics.hit_at_5 <= 1
    assert len(first.sources) == 2

    unchanged = house.build()
    assert unchanged.result is not None
    assert unchanged.result["outcome"] == "unchanged"
    # Another truth makes another score card of the same neighbours.
    write_truth(truth, 20, range(11, 21))
    changed = house.build()
    assert changed.result is not None
    assert (changed.result["outcome"], changed.result["encoded"]) == ("published", 0)
    (again,) = house.card(house.live()).truths
    assert again.sha256 != metrics.sha256
    assert house.live().artifacts["neighbours"] == first.artifacts["neighbours"]

    job = house.evaluate()
    assert (job.id, job.status, job.error) == ("evaluate-1", "finished", None)
    found = msgspec.convert(job.result, Evaluation)
    assert (found.movies, len(found.truths)) == (40, 1)
    assert found.truths[0].seeds == 20
    assert house.queue.jobs()[0].id == "evaluate-1"

    truth.write_bytes(b"{")
    broken = house.build(force=True)
    assert broken.error is not None
    assert (broken.status, broken.attempts) == ("failed", 1)
    assert broken.error.code == "source_invalid"
    assert "truth.jsonl, line 1" in broken.error.message
    # Before any work was done.
    assert broken.seconds == {}


def test_an_evaluation_without_a_release_or_a_truth_set_says_so(house: House) -> None:
    house.start()
    house.until(house.queue.jobs, 15)
    house.ended("build-1")
    nothing = house.evaluate()
    assert nothing.error is not None
    assert (nothing.attempts, nothing.error.code) == (1, "source_invalid")
    assert "BUTACA_TRUTH" in nothing.error.message
    write_truth(house.folder / "recommendations.jsonl", 2, range(3, 9))
    unpublished = house.evaluate()
    assert unpublished.error is not None
    assert (unpublished.attempts, unpublished.error.code) == (1, "index_not_ready")


def test_a_job_that_names_another_function_is_refused(house: House) -> None:
    marker = house.folder / "ran"
    queue = Queue(BUILD_RELEASE.queue, connection=house.client, serializer="json")
    job = queue.enqueue_call("os.system", args=(f"touch {marker}",), retry=Retry(max=1))
    house.start()
    house.until(lambda: str(job.get_status()) == "JobStatus.FAILED", 25)
    assert not marker.exists()
    assert "JobForbiddenError" in str(job.latest_result().exc_string)  # type: ignore[union-attr]


def test_a_killed_worker_is_followed_by_one_that_publishes_once(house: House) -> None:
    write_films(house.folder, 40)
    worker = house.start()
    house.until(lambda: house.queue.jobs() and house.queue.job("build-1").step == "embed", 30)
    child = house.child()
    assert child is not None
    worker.kill()
    worker.wait(5)
    # Nobody has to kill the child: it dies with its parent.
    house.until(lambda: not is_running(child), 2)
    assert house.store.live() is None

    house.start()
    taken_s = house.until(lambda: house.queue.job("build-1").attempts == 2, 15)
    assert taken_s < 15
    job = house.ended("build-1")
    assert (job.status, job.attempts) == ("finished", 2)
    assert len(house.store.kept()) == 1


def test_a_stop_gives_the_job_back_and_costs_no_retry(house: House) -> None:
    write_films(house.folder, 40)
    for attempt in (1, 2):
        worker = house.start()
        house.until(partial(is_embedding, house, attempt), 30)
        worker.terminate()
        assert worker.wait(10) == 0
        assert house.queue.job("build-1").status == "queued"
    house.start()
    job = house.ended("build-1")
    assert (job.status, job.attempts) == ("finished", 3)
    assert len(house.store.kept()) == 1


def test_a_worker_whose_server_lost_its_data_asks_for_a_build_again(house: House) -> None:
    house.start()
    house.until(house.queue.jobs, 15)
    # Without input it fails at once, and the worker waits for the next.
    assert house.ended("build-1").status == "failed"
    house.client.flushdb()
    house.until(house.queue.jobs, 15)
    assert "worker_unknown_to_redis" in house.log.read_text()


def is_embedding(house: House, attempt: int) -> bool:
    jobs = house.queue.jobs()
    return bool(jobs) and (jobs[0].attempts, jobs[0].step) == (attempt, "embed")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"
