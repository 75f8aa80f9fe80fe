"""kill -9 of every process that `butaca up` started, one after the other."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.ops import OpsClient
from cli.state import KEY_FILE, read_admin_key
from tests.e2e.test_up import Up
from tests.faults.house import write_films
from tests.faults.parts import descendants, is_running, until
from tests.faults.table import Record

# What tells the command lines of each part.
PARTS = {
    "queries": "services.queries.app",
    "recommender": "services.recommender.app",
    "gateway": "services.gateway.app",
    "worker": "worker.main",
    "valkey": "valkey-server",
}
# A restart waits up to 2 s after several deaths, and the recommender loads its model: seconds on a
# machine that does nothing else.
BACK_S = 90.0


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """A running `butaca up` with a small catalogue."""
    write_films(tmp_path / "data")
    running = Up(tmp_path / "data", tmp_path)
    try:
        running.wait_for(f"ready http://127.0.0.1:{running.port}\n")
        yield running
    finally:
        running.process.terminate()
        try:
            running.process.wait(20)
        except subprocess.TimeoutExpired:
            running.process.kill()
            running.process.wait()


def _pids(up: Up, words: str) -> list[int]:
    """The processes of one part: the leash, the process, what it started."""
    return sorted(
        pid for pid in descendants(up.process.pid) if is_running(pid) and words in _line(pid)
    )


def _line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8").replace("\0", " ")
    except OSError:
        return ""


def _answers_all(up: Up) -> bool:
    client = OpsClient(f"http://127.0.0.1:{up.port}", read_admin_key(up.state / KEY_FILE))
    try:
        client.jobs()
    except CommandError:
        return False
    return client.is_whole()


def _is_whole(up: Up, counts: dict[str, int]) -> bool:
    is_there = all(len(_pids(up, words)) == counts[name] for name, words in PARTS.items())
    return is_there and _answers_all(up)


def _restarts(up: Up, name: str) -> int:
    """How many lines say that this part has ended."""
    return len(re.findall(rf"\b{name} (?:ended with code|was ended by) ", up.said()))


@pytest.mark.skipif(sys.platform != "linux", reason="needs the process table of Linux")
def test_whatever_is_killed_is_back_and_a_line_says_so(up: Up, record: Record) -> None:
    until(lambda: _answers_all(up), 20, up.said)
    counts = {name: len(_pids(up, words)) for name, words in PARTS.items()}
    assert all(count >= 2 for count in counts.values()), counts
    took: dict[str, list[float]] = {name: [] for name in PARTS}
    for name, words in PARTS.items():
        for place in range(counts[name]):
            lines = _restarts(up, name)
            began = time.monotonic()
            os.kill(_pids(up, words)[place], signal.SIGKILL)
            until(
                lambda name=name, lines=lines: (  # type: ignore[misc]  # bound in the loop
                    _restarts(up, name) > lines
                ),
                10,
                up.said,
            )
            until(lambda: _is_whole(up, counts), BACK_S, up.said)
            took[name].append(time.monotonic() - began)
            assert _restarts(up, name) == lines + 1
    assert up.process.poll() is None
    for name, each in took.items():
        record(
            f"kill -9 of each of the {counts[name]} processes of {name} under `butaca up`",
            f"back and ready within {BACK_S:g} s, and one line says so",
            f"ready after {', '.join(f'{seconds:.1f}' for seconds in each)} s; one line each",
        )
