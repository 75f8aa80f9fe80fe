"""The functions a queue message may name: decode, call, summarise."""

import os
from pathlib import Path
from typing import Any, cast

import msgspec
from rq import get_current_job
from rq.job import Job

from shared.contracts.jobs import EVALUATE, BuildPayload, EvaluatePayload
from shared.encoder import Encoder, SentenceTransformerEncoder
from shared.errors import SourceError
from shared.releases.store import ReleaseStore, open_store
from shared.settings import read_store_settings
from worker.evaluation.run import evaluate_live
from worker.evaluation.truth_files import find_truth
from worker.pipeline import Build, Ports
from worker.progress import tracked
from worker.settings import TRUTH, read_worker_settings


def build_release(payload: dict[str, Any]) -> dict[str, Any]:
    """Build a release and publish it; see `worker.pipeline`."""
    job = _current_job()
    with tracked(job) as reporter:
        settings = read_worker_settings(os.environ)
        ports = Ports(_open_store(), reporter, _create_encoder)
        request = msgspec.convert(payload, BuildPayload)
        outcome = Build(settings, ports, build_identity(job)).run(request)
        return msgspec.structs.asdict(outcome)


def evaluate_release(payload: dict[str, Any]) -> dict[str, Any]:
    """Evaluate the live release; see `worker.evaluation.run`."""
    with tracked(_current_job()) as reporter:
        msgspec.convert(payload, EvaluatePayload)
        settings = read_worker_settings(os.environ)
        reporter.begin(EVALUATE.name)
        found = evaluate_live(
            _open_store(),
            settings.folder,
            require_truth(settings.folder, settings.truth_file),
            settings.usable_threads,
            reporter.advance,
        )
        reporter.end(EVALUATE.name, found.seconds)
        return cast("dict[str, Any]", msgspec.to_builtins(found))


def require_truth(folder: Path, truth_file: Path | None) -> Path | None:
    """Return `truth_file`, once it is clear that there is any truth to compare with.

    Raises:
        SourceError: there is none, or `truth_file` is missing.
    """
    if not any(find_truth(folder, truth_file)):
        raise SourceError(
            "there is nothing to compare with: name a file of known recommendations in "
            f"{TRUTH}, or put ratings.csv and links.csv into {folder}",
            folder=str(folder),
        )
    return truth_file


def _current_job() -> Job:
    job = get_current_job()
    if job is None:
        raise RuntimeError("this function runs as a job only")
    return job


def _open_store() -> ReleaseStore:
    return open_store(read_store_settings(os.environ), timeout_s=30)


def _create_encoder(threads: int) -> Encoder:
    # `Final` in the class reads as a class variable to one of the type checkers.
    return cast("Encoder", SentenceTransformerEncoder(threads=threads))


def build_identity(job: Job) -> str:
    """Name this build for its manifest: the same for each attempt, and never given twice.

    Job ids alone come again once an old job has expired.
    """
    return f"{job.id}@{job.created_at.isoformat()}"
