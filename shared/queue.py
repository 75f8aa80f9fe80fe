"""The queue: the only module that touches `rq.Queue`.

Messages are JSON, and a job runs only functions on the allow-list (`shared.allowed_job`): with
JSON alone a message could still name `os.system`.
"""

import datetime as dt
import re
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

import msgspec
import redis
from opentelemetry.trace import SpanKind
from rq import Queue, Retry
from rq.command import (
    send_stop_job_command,  # pyright: ignore[reportUnknownVariableType]  # rq
)
from rq.exceptions import DuplicateJobError, InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus

from shared.allowed_job import SERIALIZER, AllowedJob
from shared.contracts.jobs import (
    JOBS,
    BuildPayload,
    EvaluatePayload,
    JobName,
    JobView,
    LogEntry,
)
from shared.decoding import decode_json
from shared.errors import (
    JobEndedError,
    JobNotEndedError,
    JobNotFoundError,
    SourceUnknownError,
    StoreUnavailableError,
)
from shared.idempotency import Claim, Claims, digest_of, name_of
from shared.job_joining import require_alike
from shared.job_log import JobLogs
from shared.job_numbers import HISTORY, JobNumbers, kind_of, number_of
from shared.job_views import BROKEN, ENDED, view_job
from shared.redaction import without_secrets
from shared.redis_keys import RedisKeys
from shared.telemetry import log
from shared.tracing import carrier, span

# Where a job's meta names the span that asked for it.
TRACE_META: Final = "trace"
# And where the idempotency key that it was made for.
KEY_META: Final = "key"
_JOB_ID = re.compile(rf"(?:{'|'.join(JOBS)})-[0-9]{{1,18}}")
RESULT_TTL_S = 30 * 24 * 3600
# Longer than any job waits for a worker that comes back.
CANCEL_TTL_S: Final = 7 * 24 * 3600
# How long `cancel` waits to see the end of a running job; the caller has a deadline of its own.
CANCEL_WAIT_S: Final = 1.0
_LOOK_S: Final = 0.05


class Asked(NamedTuple):
    """Who asks: the id of the request, its idempotency key, and the id of its API key, if any."""

    request_id: str | None = None
    key: str | None = None
    caller: str | None = None


NOBODY: Final = Asked()


class JobQueue:
    """Puts jobs on the queue, one of a kind at a time, and tells how they stand.

    Raises `StoreUnavailableError` from every method when Redis does not answer.
    """

    def __init__(self, client: redis.Redis, keys: RedisKeys) -> None:
        """Use a connection of its own: RQ changes its time-outs."""
        self._redis = client
        self._keys = keys
        self._logs = JobLogs(client, keys)
        self._claims = Claims(client, keys)
        self._numbers = JobNumbers(client, keys)

    def enqueue_build(self, payload: BuildPayload, asked: Asked = NOBODY) -> tuple[JobView, bool]:
        """Start a build, or find the one that is queued or running; the flag says which.

        Raises:
            SourceUnknownError: the worker's settings name no source like this.
            JobConflictError: the one under way would not give what is asked for.
            IdempotencyConflictError: the key came with another request before.
        """
        with _translated():
            self._require_source(payload.source)
            return self._enqueue_for("build", payload, asked)

    def enqueue_evaluation(
        self, payload: EvaluatePayload, asked: Asked = NOBODY
    ) -> tuple[JobView, bool]:
        """Start an evaluation, or find the one that is queued or running, likewise."""
        with _translated():
            return self._enqueue_for("evaluate", payload, asked)

    def retry(self, job_id: str, asked: Asked = NOBODY) -> tuple[JobView, bool]:
        """Start a new job with the payload of one that failed or was stopped.

        While one of its kind is queued or running, that one is the answer. A build that the
        worker itself had asked for becomes that of the operator.

        Raises:
            JobNotEndedError: it is under way still, or went well.
            JobConflictError: another one is under way, which would not give the same.
        """
        with _translated():
            job = self._require(job_id)
            if job.get_status(refresh=False) not in BROKEN:
                raise JobNotEndedError(
                    f"Job {job_id} is {view_job(job).status}; only jobs that failed or were "
                    "cancelled are tried again."
                )
            if job_id.startswith("build-"):
                payload = msgspec.convert(job.args[0], BuildPayload)
                again = msgspec.structs.replace(payload, cause="operator")
                return self._enqueue_for("build", again, asked)
            return self._enqueue_for("evaluate", EvaluatePayload(), asked)

    def cancel(self, job_id: str, asked: Asked = NOBODY) -> JobView:
        """Take a job off the queue, or let its worker end it, and say how it stands then.

        The wish is kept in Redis too, so that a worker which does not hear the command, or comes
        back later, follows it.

        Raises:
            JobEndedError: there is nothing to cancel.
        """
        with _translated():
            job = self._require(job_id)
            status = job.get_status(refresh=False)
            if status in ENDED:
                raise JobEndedError(f"Job {job_id} has ended: it is {view_job(job).status}.")
            self._redis.set(self._keys.job_cancellation(job_id), b"1", ex=CANCEL_TTL_S)
            self._note(job_id, "job_cancel_requested", asked)
            if status == JobStatus.QUEUED:
                _take_off(job)
            else:
                _stop(job)
            return self._wait_for_end(job_id)

    def job(self, job_id: str) -> JobView:
        """Return one job.

        Raises:
            JobNotFoundError: there is none, or it ended too long ago.
        """
        with _translated():
            return view_job(self._require(job_id))

    def jobs(self) -> list[JobView]:
        """Return the latest jobs of all kinds, newest first, at most 100."""
        with _translated():
            return [view_job(job) for job in self._stored()[:HISTORY]]

    def log(self, job_id: str, limit: int) -> list[LogEntry]:
        """Return the last events of a job, oldest first.

        Raises:
            JobNotFoundError: there is no such job.
        """
        with _translated():
            self._require(job_id)
            return self._logs.tail(job_id, limit)

    def publish_sources(self, names: list[str]) -> None:
        """Say which sources a request may name; the worker does."""
        with _translated():
            self._redis.set(self._keys.worker_sources(), msgspec.json.encode(names))

    def depths(self) -> dict[str, int]:
        """Return how many jobs wait, by queue."""
        with _translated():
            names = sorted({spec.queue for spec in JOBS.values()})
            return {name: _rq_queue(name, self._redis).count for name in names}

    def worker_seen_at(self) -> dt.datetime | None:
        """Return when the worker gave its last sign, None where there is none that lives."""
        with _translated():
            sign = self._redis.get(self._keys.worker_heartbeat())
        return dt.datetime.fromisoformat(sign.decode()) if isinstance(sign, bytes) else None

    # -- inside -----------------------------------------------------------------------------

    def _require_source(self, source: str | None) -> None:
        """Refuse a source that the worker did not name; no worker yet, no refusal."""
        published = self._redis.get(self._keys.worker_sources()) if source is not None else None
        if not isinstance(published, bytes):
            return
        known = decode_json(published, list[str])
        if source not in known:
            names = ", ".join(known) if known else "none"
            raise SourceUnknownError(f"The worker knows no source {source}; known: {names}.")

    def _enqueue_for(
        self, name: JobName, payload: msgspec.Struct, asked: Asked
    ) -> tuple[JobView, bool]:
        view, is_new = (
            self._enqueue_only(name, payload, asked)
            if asked.key is None
            else self._enqueue_once(name, payload, asked, asked.key)
        )
        if is_new:
            self._note(view.id, "job_enqueued", asked)
            self._forget_old()
        return view, is_new

    def _enqueue_only(
        self, name: JobName, payload: msgspec.Struct, asked: Asked
    ) -> tuple[JobView, bool]:
        """Start a job of this kind unless one is under way.

        Job ids are `build-1`, `build-2`, …: RQ lets only one caller make a given id, and the
        sequence moves on only once that job has ended, so there is one of a kind at a time.
        """
        while True:
            job_id, running = self._next(name)
            if running is None:
                view, is_new = self._start_or_find(job_id, payload, asked)
                if is_new:
                    return view, True
                running = None if view.status in ENDED else view
            if running is not None:
                require_alike(running, payload)
                return msgspec.structs.replace(running, joined=True), False

    def _enqueue_once(
        self, name: JobName, payload: msgspec.Struct, asked: Asked, key: str
    ) -> tuple[JobView, bool]:
        """Start the job of an idempotency key, once, however many callers come with it.

        The first one writes down which id the job will have; whoever comes then starts that very
        id or finds it, so a caller that dies between the two leaves nothing undone.
        """
        wanted = digest_of(name, payload)
        while True:
            job_id, running = self._next(name)
            # Where the key stands for a job already, what else is under way says nothing.
            if running is not None and self._claims.find(key, wanted) is None:
                require_alike(running, payload)
            mine = Claim(request=wanted, job=job_id, joins=running is not None)
            claim = self._claims.take(key, mine)
            job = self._fetch(claim.job)
            if job is None and number_of(claim.job) >= self._numbers.current(name):
                view, is_new = self._start_or_find(claim.job, payload, asked)
                if is_new:
                    return view, True
            elif job is not None and (claim.joins or job.meta.get(KEY_META) == name_of(key)):
                return msgspec.structs.replace(view_job(job), joined=claim.joins), False
            else:
                # The job has been forgotten, or somebody else's took the id.
                self._claims.drop(key)

    def _next(self, name: JobName) -> tuple[str, JobView | None]:
        """Return the id of the next job of a kind, or that of the one under way, and that one."""
        while True:
            number = self._numbers.current(name)
            view = self._find(f"{name}-{number}")
            if view is None or view.status not in ENDED:
                return f"{name}-{number}", view
            self._numbers.advance(name, number)

    def _start_or_find(
        self, job_id: str, payload: msgspec.Struct, asked: Asked
    ) -> tuple[JobView, bool]:
        """Start the job of this id; where there is one, return that."""
        spec = JOBS[kind_of(job_id)]
        try:
            with span(f"enqueue {spec.name}", SpanKind.PRODUCER, **{"butaca.job": job_id}):
                job = _rq_queue(spec.queue, self._redis).enqueue_call(
                    spec.path,
                    args=(msgspec.to_builtins(payload),),
                    job_id=job_id,
                    unique=True,
                    timeout=spec.timeout_s,
                    result_ttl=RESULT_TTL_S,
                    failure_ttl=RESULT_TTL_S,
                    retry=Retry(max=spec.retries),
                    meta=_meta_of(asked),
                )
        except DuplicateJobError:
            return view_job(self._require(job_id)), False
        return view_job(job), True

    def _fetch(self, job_id: str) -> Job | None:
        if not _JOB_ID.fullmatch(job_id):
            return None
        try:
            return AllowedJob.fetch(job_id, connection=self._redis, serializer=SERIALIZER)
        except NoSuchJobError:
            return None

    def _find(self, job_id: str) -> JobView | None:
        job = self._fetch(job_id)
        return None if job is None else view_job(job)

    def _require(self, job_id: str) -> Job:
        job = self._fetch(job_id)
        if job is None:
            raise JobNotFoundError(f"There is no job {without_secrets(job_id)[:60]}.")
        return job

    def _wait_for_end(self, job_id: str) -> JobView:
        until = time.monotonic() + CANCEL_WAIT_S
        while True:
            view = view_job(self._require(job_id))
            if view.status in ENDED or time.monotonic() >= until:
                return view
            time.sleep(_LOOK_S)

    def _stored(self) -> list[Job]:
        """The latest jobs of all kinds, newest first; a few more than the history."""
        ids = [job_id for name in JOBS for job_id in self._numbers.latest(name)]
        found = AllowedJob.fetch_many(ids, connection=self._redis, serializer=SERIALIZER)
        return sorted(
            (job for job in found if job is not None),
            key=lambda job: job.created_at,
            reverse=True,
        )

    def _forget_old(self) -> None:
        """Delete the ended jobs past the last 100, and their logs; next time, if it fails."""
        try:
            old = [job for job in self._stored()[HISTORY:] if view_job(job).status in ENDED]
            for job in old:
                # Never again an id that was given: move on before it is free.
                self._numbers.advance(kind_of(job.id), number_of(job.id))
                job.delete()
            self._logs.delete([job.id for job in old])
        except redis.RedisError as error:
            log().warning("old_jobs_kept", reason=str(error))

    def _note(self, job_id: str, event: str, asked: Asked) -> None:
        """Write one event into the log of a job; a log that cannot be written stops nothing."""
        told = {"request_id": asked.request_id, "caller": asked.caller}
        fields = {name: value for name, value in told.items() if value is not None}
        entry = LogEntry(at=dt.datetime.now(dt.UTC), level="info", event=event, fields=fields)
        try:
            self._logs.append([(job_id, entry)])
        except redis.RedisError as error:
            log().warning("job_log_not_written", job=job_id, reason=str(error))


def _rq_queue(name: str, client: redis.Redis) -> Queue:
    return Queue(name, connection=client, serializer=SERIALIZER, job_class=AllowedJob)


def _meta_of(asked: Asked) -> dict[str, object]:
    """What a job remembers of the request that asked for it: its id, its keys, its span."""
    meta: dict[str, object] = {}
    if asked.request_id is not None:
        meta["request_id"] = asked.request_id
    if asked.caller is not None:
        meta["asked_by"] = asked.caller
    if asked.key is not None:
        meta[KEY_META] = name_of(asked.key)
    if carried := carrier():
        meta[TRACE_META] = carried
    return meta


def _take_off(job: Job) -> None:
    """Cancel a queued job; a worker that takes it meanwhile sees the wish."""
    with suppress(InvalidJobOperation):  # somebody else has just cancelled it
        job.cancel()


def _stop(job: Job) -> None:
    """Tell the worker of a running job to end it, if it has one by now."""
    try:
        send_stop_job_command(job.connection, job.id, serializer=SERIALIZER)
    except (InvalidJobOperation, NoSuchJobError):
        log().info("job_has_no_worker", job=job.id)


@contextmanager
def _translated() -> Generator[None]:
    """Turn what redis-py raises for a server that is away, hung or full into our error."""
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailableError(f"Redis does not answer: {error}") from error
