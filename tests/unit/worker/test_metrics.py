"""What the worker counts, and the port that tells it."""

import socket
import urllib.request

import msgspec
import pytest
import redis

from cli.processes import find_free_ports
from shared.errors import SettingsError
from shared.redis_client import connect
from tests.job_views import job_view
from worker.metrics import WorkerMetrics

AWAY = "redis://127.0.0.1:1/0"
JOB = job_view(status="finished", attempts=1, seconds={"extract": 1.5, "embed": 20.0})


def value(metrics: WorkerMetrics, metric: str, /, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(metric, labels)


def metrics_without_redis() -> WorkerMetrics:
    return WorkerMetrics(connect(AWAY, timeout_s=0.1))


def test_jobs_are_counted_by_name_and_outcome_from_zero() -> None:
    metrics = metrics_without_redis()
    assert value(metrics, "butaca_jobs_total", name="evaluate", outcome="failed") == 0
    metrics.note(JOB, 42.0)
    for status in ("failed", "queued", "scheduled"):
        metrics.note(msgspec.structs.replace(JOB, status=status), 1.0)
    metrics.note(msgspec.structs.replace(JOB, name="strange"), 1.0)
    for outcome, count in {"finished": 1, "failed": 1, "requeued": 2, "stopped": 0}.items():
        assert value(metrics, "butaca_jobs_total", name="build", outcome=outcome) == count
    assert value(metrics, "butaca_job_seconds_count", name="build") == 4
    assert value(metrics, "butaca_job_seconds_sum", name="build") == 45
    assert value(metrics, "butaca_jobs_total", name="strange", outcome="finished") is None


def test_the_steps_are_those_of_the_last_build() -> None:
    metrics = metrics_without_redis()
    metrics.note(JOB, 42.0)
    assert value(metrics, "butaca_build_step_seconds", step="embed") == 20
    evaluation = msgspec.structs.replace(JOB, name="evaluate", seconds={"evaluate": 3.0})
    metrics.note(evaluation, 3.0)
    assert value(metrics, "butaca_build_step_seconds", step="evaluate") is None
    metrics.note(msgspec.structs.replace(JOB, seconds={"sources": 0.1}), 1.0)
    assert value(metrics, "butaca_build_step_seconds", step="sources") == 0.1
    assert value(metrics, "butaca_build_step_seconds", step="embed") is None


def test_the_memory_of_redis_is_told(redis_client: redis.Redis) -> None:
    metrics = WorkerMetrics(redis_client)
    used = value(metrics, "butaca_redis_used_memory_bytes")
    assert used is not None
    assert used > 100_000
    bound = float(redis_client.config_get("maxmemory")["maxmemory"])
    assert value(metrics, "butaca_redis_max_memory_bytes") == bound
    assert value(metrics, "butaca_redis_up", process="worker") == 1


def test_without_redis_its_absence_is_told_and_nothing_else_of_it() -> None:
    metrics = metrics_without_redis()
    assert value(metrics, "butaca_redis_up", process="worker") == 0
    assert value(metrics, "butaca_redis_used_memory_bytes") is None


def test_the_port_answers_prometheus_and_one_that_is_taken_is_said() -> None:
    metrics = metrics_without_redis()
    port = find_free_ports(1)[0]
    server, thread = metrics.serve("127.0.0.1", port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b'butaca_jobs_total{name="build",outcome="failed"} 0.0' in answer.read()
    server.shutdown()
    thread.join()
    server.server_close()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {taken} of 127.0.0.1 cannot be opened"):
            metrics.serve("127.0.0.1", taken)
