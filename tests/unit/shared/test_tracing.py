"""Where no exporter is configured, tracing is nothing; without its extra it is one warning."""

import subprocess
import sys

import pytest

from shared.tracing import attached, carrier, configure_tracing, flush, is_tracing, span


def test_without_an_endpoint_nothing_is_made() -> None:
    configure_tracing("queries", {})
    assert not is_tracing()
    with span("step") as made, attached({"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}):
        assert not made.is_recording()
        assert carrier() == {}
    flush()


@pytest.mark.parametrize("name", ["ENDPOINT", "TRACES_ENDPOINT"])
def test_without_the_extra_there_is_one_warning(name: str) -> None:
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None\n"
        "from shared.tracing import configure_tracing, is_tracing\n"
        f"configure_tracing('queries', {{'OTEL_EXPORTER_OTLP_{name}': 'http://127.0.0.1:1'}})\n"
        "print(is_tracing())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *warnings, traces = done.stdout.splitlines()
    assert traces == "False"
    assert len(warnings) == 1
    assert "tracing_unavailable" in warnings[0]
    assert "butaca[tracing]" in warnings[0]


def test_off_the_exporter_is_not_even_loaded() -> None:
    code = "import services.queries.app, worker.main, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "shared.tracing" in loaded
    assert not {"shared.tracing_export", "opentelemetry.exporter"} & set(loaded)


def test_a_collector_that_is_away_delays_the_end_by_two_seconds_at_most() -> None:
    code = (
        "import time\n"
        "from shared.tracing import configure_tracing, flush, span\n"
        "configure_tracing('worker', {'OTEL_EXPORTER_OTLP_ENDPOINT': 'x'})\n"
        "with span('step'): pass\n"
        "began = time.monotonic(); flush(); print(time.monotonic() - began)"
    )
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    assert float(done.stdout.splitlines()[-1]) < 2.5
