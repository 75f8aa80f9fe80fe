"""The functions a queue message may name: decode, call, summarise."""

import os
from typing import Any, cast

import msgspec
from rq import get_current_job
from rq.job import Job

from shared.contracts.jobs import BuildPayload
from shared.encoder import Encoder, SentenceTransformerEncoder
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from shared.settings import read_store_settings
from worker.pipeline import Build, Ports
from worker.progress import tracked
from worker.settings import read_worker_settings


def build_release(payload: dict[str, Any]) -> dict[str, Any]:
    """Build a release and publish it; see `worker.pipeline`."""
    job = get_current_job()
    if job is None:
        raise RuntimeError("this function runs as a job only")
    with tracked(job) as reporter:
        settings = read_worker_settings(os.environ)
        address = read_store_settings(os.environ)
        store = ReleaseStore(connect(address.url, timeout_s=30), RedisKeys(address.namespace))
        ports = Ports(store, reporter, _create_encoder)
        request = msgspec.convert(payload, BuildPayload)
        outcome = Build(settings, ports, build_identity(job)).run(force=request.force)
        return msgspec.structs.asdict(outcome)


def _create_encoder(threads: int) -> Encoder:
    # `Final` in the class reads as a class variable to one of the type checkers.
    return cast("Encoder", SentenceTransformerEncoder(threads=threads))


def build_identity(job: Job) -> str:
    """Name this build for its manifest: the same for each attempt, and never given twice.

    Job ids alone come again once an old job has expired.
    """
    return f"{job.id}@{job.created_at.isoformat()}"
