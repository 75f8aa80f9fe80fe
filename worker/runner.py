"""The RQ worker of this product: spawns a child per job, notices dead ones within seconds.

Differs from the stock `SpawnWorker` in that the child's command line holds no address or
password, an abandoned job is picked up within 15 s, SIGTERM gives the job back to the queue
instead of waiting for it, Redis may be away for a while during a job, and a cancelled job is
not run, whenever its worker hears of it.
"""

import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import inf
from types import FrameType
from typing import Any, Final

import redis
import structlog
from redis.client import Pipeline
from rq import Queue
from rq.exceptions import NoSuchJobError, StopRequested
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.registry import (
    StartedJobRegistry,
    clean_registries,  # pyright: ignore[reportUnknownVariableType]  # rq
)
from rq.utils import str_to_date
from rq.worker import SpawnWorker
from rq.worker.base import WorkerStatus
from rq.worker_registration import clean_worker_registry

from shared.allowed_job import SERIALIZER, AllowedJob
from shared.contracts.jobs import BUILD_RELEASE
from shared.job_log import JobLogs
from shared.job_views import view_job
from shared.redis_keys import RedisKeys
from shared.telemetry import log
from worker.job_log import kept_logs
from worker.metrics import WorkerMetrics
from worker.tracing import run_traced

# Together with the start of a child, what is lost runs again within 15 s.
HEARTBEAT_TTL_S: Final = 5
MONITOR_S: Final = 1
MAINTENANCE_S: Final = 2
DEQUEUE_S: Final = 1
CLEANING_S: Final = 6
WORKER_TTL_S: Final = 20
# A blocked call must not keep a SIGTERM waiting for long.
ANSWER_S: Final = 4
# RQ would wait up to a minute after an outage.
LONGEST_RETRY_S: Final = 3.0

WORKER_KEY: Final = "BUTACA_HORSE_WORKER"
QUEUE: Final = "BUTACA_HORSE_QUEUE"
JOB_ID: Final = "BUTACA_HORSE_JOB"
EXECUTION_ID: Final = "BUTACA_HORSE_EXECUTION"
PARENT: Final = "BUTACA_HORSE_PARENT"


class ButacaWorker(SpawnWorker):
    """Runs allowed jobs in children of its own; RQ's bookkeeping, our time limits."""

    keys = RedisKeys()
    logs: JobLogs | None = None
    is_stopping = False
    metrics: WorkerMetrics | None = None
    max_connection_wait_time = LONGEST_RETRY_S
    pubsub_thread: Any  # RQ does not declare it
    _cleaned_at = -inf
    _stuck: frozenset[str] = frozenset()

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Whether to look after abandoned jobs again; a clock that is set changes nothing."""
        return time.monotonic() - self._cleaned_at >= MAINTENANCE_S

    @property
    def dequeue_timeout(self) -> int:
        """Seconds to wait for a job before looking after the abandoned ones."""
        return DEQUEUE_S

    @property
    def connection_timeout(self) -> int:
        """Seconds after which a call to Redis has failed."""
        return DEQUEUE_S + ANSWER_S

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002
        """Seconds without a heartbeat after which a job counts as abandoned."""
        return HEARTBEAT_TTL_S

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Also write the key that says the worker lives."""
        super().heartbeat(timeout, pipeline)
        connection = self.connection if pipeline is None else pipeline
        now = dt.datetime.now(dt.UTC).isoformat()
        connection.set(self.keys.worker_heartbeat(), now, ex=WORKER_TTL_S)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run a job, unless it was cancelled while it waited or nobody worked on it."""
        if not self._is_cancelled(job):
            began = time.monotonic()
            super().execute_job(job, queue)
            self._measure(job.id, time.monotonic() - began)
            return
        log().info("job_canceled", job=job.id)
        with self.connection.pipeline() as pipe:
            pipe.lrem(queue.intermediate_queue_key, 1, job.id)
            pipe.execute()
        if not job.is_canceled:
            job.cancel()

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """Let the child go on while Redis is away: what it does there fails by itself.

        A command to stop it that was not heard is found here.
        """
        try:
            super().maintain_heartbeats(job, execution)
            if self._is_cancelled(job):
                self.request_stop_execution(execution.id)
        except redis.RedisError as error:
            log().warning("heartbeat_failed", job=job.id, reason=str(error))

    def _measure(self, job_id: str, seconds: float) -> None:
        """Count a job by what is stored of it; a server that is away leaves it uncounted."""
        if self.metrics is None:
            return
        with suppress(redis.RedisError, NoSuchJobError):
            job = AllowedJob.fetch(job_id, connection=self.connection, serializer=SERIALIZER)
            self.metrics.note(view_job(job), seconds)

    def _is_cancelled(self, job: Job) -> bool:
        return bool(self.connection.exists(self.keys.job_cancellation(job.id)))

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Spawn `worker.horse`, told by its environment what to run."""
        execution = self.execution
        if execution is None:
            raise RuntimeError("a job is started without an execution")
        told = {
            WORKER_KEY: self.key,
            QUEUE: queue.name,
            JOB_ID: job.id,
            EXECUTION_ID: execution.id,
            PARENT: str(os.getpid()),
        }
        command = [sys.executable, "-m", "worker.horse"]
        # A process group of its own, so that what the child starts ends with it.
        self._horse_pid = os.posix_spawn(sys.executable, command, os.environ | told, setpgroup=0)
        if self.is_stopping or self._stopped_job_id == job.id:
            self.kill_horse()

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """Kill the child, if there is one: RQ would kill our own process group instead."""
        if self.horse_pid:
            super().kill_horse(sig)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Do the work, in the child, and keep what is logged meanwhile."""
        perform = partial(super().perform_job, job, queue, execution)
        if self.logs is None:
            return run_traced(job, perform)
        with kept_logs(self.logs, job.id):
            return run_traced(job, perform)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End: kill the child, whose job goes back to the queue, and leave the loop."""
        self.is_stopping = self._stop_requested = True
        log().info("worker_stopping", signal=signum, child=self.horse_pid)
        if self.horse_pid:
            self.kill_horse()
        elif self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGINT, self.request_stop)
        signal.signal(signal.SIGTERM, self.request_stop)

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: StartedJobRegistry | None = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Keep what the child wrote into the meta; a stop costs the job no attempt."""
        if not self.is_horse:
            job.get_meta(refresh=True)
            self._take_start(job)
            if self.is_stopping:
                job.retries_left = (job.retries_left or 0) + 1
            self._log_end_of_child(job, exc_string)
        super().handle_job_failure(job, queue, started_job_registry, exc_string, execution)

    def _take_start(self, job: Job) -> None:
        """Leave the start that the child has noted in place: ours is that of the waiting."""
        noted = self.connection.hget(job.key, "started_at")
        if isinstance(noted, bytes) and noted:
            job.started_at = str_to_date(noted)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:  # noqa: ANN401  # as RQ has it
        """Leave out what RQ would log of a failure that `worker.progress` has logged."""
        if "error" in job.meta:
            return
        super().handle_exception(job, *exc_info)

    def _log_end_of_child(self, job: Job, reason: str) -> None:
        """Say in the job's log what its process no longer could."""
        if self._stopped_job_id == job.id:
            log().info("job_stopped", job=job.id)
            return
        event = "job_given_back" if self.is_stopping else "job_child_lost"
        log().warning(event, job=job.id, reason=reason, retries_left=job.retries_left)

    def clean_registries(self) -> None:
        """Pick up abandoned jobs; the lock is one that a dead worker does not keep for long.

        Raises:
            StopRequested: the server has lost its data, so that work begins anew: with a look at
                what is live.
        """
        self._cleaned_at = time.monotonic()
        # Heartbeats alone do not write this.
        if not self.connection.hexists(self.key, "birth"):
            log().warning("worker_unknown_to_redis", worker=self.name)
            raise StopRequested
        for queue in self.queues:
            lock = queue.registry_cleaning_key
            if self.connection.set(lock, self.name, nx=True, ex=CLEANING_S):
                clean_registries(queue, [*self._exc_handlers, _log_abandoned])
                clean_worker_registry(queue)
                self._requeue_stuck(queue)
                queue.release_maintenance_lock()  # type: ignore[no-untyped-call]  # rq

    def clean_group_registries(self) -> None:
        """There are no groups."""

    def _requeue_stuck(self, queue: Queue) -> None:
        """Give back jobs that a worker took off the queue and never started.

        They are seen twice, so that one which is just being taken is left alone. RQ would wait
        for a minute, and count it as a failure.
        """
        started = set(queue.started_job_registry.get_job_ids(cleanup=False))
        stuck = set(queue.intermediate_queue.get_job_ids()) - started
        for job_id in stuck & self._stuck:
            with self.connection.pipeline() as pipe:
                pipe.lrem(queue.intermediate_queue_key, 1, job_id)
                if self._is_queued(queue, job_id):
                    pipe.lpush(queue.key, job_id)
                pipe.execute()
            log().warning("stuck_job_requeued", job=job_id)
        self._stuck = frozenset(stuck - self._stuck)

    def _is_queued(self, queue: Queue, job_id: str) -> bool:
        job = queue.fetch_job(job_id)
        return job is not None and job.get_status(refresh=False) == JobStatus.QUEUED

    def abandon(self) -> None:
        """End the child and the listener, after the loop broke without the server."""
        if self.horse_pid:
            self.kill_horse()
            self.wait_for_horse()
        if self.pubsub_thread:
            self.pubsub_thread.stop()


def _log_abandoned(job: Job, *_: object) -> bool:
    """Say in the job's log that its worker has gone (an RQ exception handler)."""
    log().warning("job_abandoned", job=job.id, retries_left=job.retries_left)
    return True


def create_worker(
    client: redis.Redis, keys: RedisKeys, metrics: WorkerMetrics | None = None
) -> ButacaWorker:
    """Make the worker of the build queue; `client` becomes its own, `metrics` count its jobs."""
    worker = ButacaWorker(
        [BUILD_RELEASE.queue],
        connection=client,
        job_class=AllowedJob,
        serializer=SERIALIZER,
        worker_ttl=WORKER_TTL_S,
        job_monitoring_interval=MONITOR_S,
        log_job_description=False,
    )
    worker.keys = keys
    worker.metrics = metrics
    return worker


def run_child(
    client: redis.Redis, keys: RedisKeys, logs: JobLogs, told: Callable[[str], str]
) -> None:
    """Do what the child of a worker does: run one job and end the process."""
    worker = ButacaWorker.find_by_key(
        told(WORKER_KEY), connection=client, job_class=AllowedJob, serializer=SERIALIZER
    )
    if not isinstance(worker, ButacaWorker):
        sys.exit("the worker that started this child has gone")
    worker.keys, worker.logs = keys, logs
    worker.log_job_description = False
    job = AllowedJob.fetch(told(JOB_ID), connection=client, serializer=SERIALIZER)
    queue = Queue(
        told(QUEUE), connection=client, job_class=AllowedJob, serializer=worker.serializer
    )
    execution = Execution.fetch(told(EXECUTION_ID), job.id, connection=client)
    worker.execution = execution
    structlog.contextvars.bind_contextvars(job=job.id)
    if asked_by := job.meta.get("request_id"):
        structlog.contextvars.bind_contextvars(request_id=asked_by)
    worker.main_work_horse(job, queue)
