"""What the worker measures, and the port that tells it: jobs, steps of a build, Redis's memory.

Everything is counted by the parent: a child ends with its job, and so would its figures.
"""

from collections.abc import Iterator
from threading import Thread
from typing import Final
from wsgiref.simple_server import WSGIServer

import redis
from prometheus_client import Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.contracts.jobs import JOBS, JobView
from shared.errors import SettingsError
from shared.metrics import create_registry

PROCESS: Final = "worker"
# A job that is neither of these goes back to the queue.
ENDS: Final = ("finished", "failed", "stopped", "canceled")
REQUEUED: Final = "requeued"
JOB_BUCKETS: Final = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)


class WorkerMetrics:
    """The registry of the worker, and what it counts with."""

    def __init__(self, client: redis.Redis) -> None:
        """Ask `client`, which blocks, for the memory of the server."""
        self.registry = create_registry()
        self.registry.register(RedisCollector(client))
        self._jobs = Counter(
            "butaca_jobs", "Jobs by how they ended.", ["name", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "butaca_job_seconds",
            "Time of a job, with the start of its process.",
            ["name"],
            registry=self.registry,
            buckets=JOB_BUCKETS,
        )
        self._steps = Gauge(
            "butaca_build_step_seconds",
            "Time of each step of the last build that ended here.",
            ["step"],
            registry=self.registry,
        )
        for name in JOBS:
            self._seconds.labels(name)
            for outcome in (*ENDS, REQUEUED):
                self._jobs.labels(name, outcome)

    def note(self, job: JobView, seconds: float) -> None:
        """Count a job that this worker ran for so long."""
        if job.name not in JOBS:
            return
        outcome = job.status if job.status in ENDS else REQUEUED
        self._jobs.labels(job.name, outcome).inc()
        self._seconds.labels(job.name).observe(seconds)
        if job.name == "build" and job.seconds:
            self._steps.clear()
            for step, taken in job.seconds.items():
                self._steps.labels(step).set(taken)

    def serve(self, host: str, port: int) -> tuple[WSGIServer, Thread]:
        """Answer Prometheus on this port from now on, in a thread that ends with the process.

        Raises:
            SettingsError: the port cannot be opened.
        """
        try:
            return start_http_server(port, addr=host, registry=self.registry)
        except OSError as error:
            raise SettingsError(
                f"BUTACA_WORKER_METRICS_PORT: port {port} of {host} cannot be opened: "
                f"{error.strerror}"
            ) from error


class RedisCollector(Collector):
    """Whether Redis answers, what it holds, and how much it may hold (0: no bound)."""

    def __init__(self, client: redis.Redis) -> None:
        """Ask `client`."""
        self._client = client

    def describe(self) -> Iterator[Metric]:
        """Return nothing, so that registering asks nothing."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Return the figures of the moment."""
        up = GaugeMetricFamily("butaca_redis_up", "Redis answered.", labels=["process"])
        try:
            memory = self._client.info("memory")
        except redis.RedisError:
            up.add_metric([PROCESS], 0)
            yield up
            return
        up.add_metric([PROCESS], 1)
        yield up
        yield GaugeMetricFamily(
            "butaca_redis_used_memory_bytes", "What Redis holds.", value=memory["used_memory"]
        )
        yield GaugeMetricFamily(
            "butaca_redis_max_memory_bytes", "Its bound, 0 for none.", value=memory["maxmemory"]
        )
