"""The leash by itself: the code it returns, whom it tells of a signal, what it leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli import leash
from cli.leash import kill_descendants
from tests.unit.cli.test_supervisor import NAP, PARENT_OF_STRAY, is_alive, logged_pid, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs the kernel of Linux")


def start(code: str, log: Path, *, parent: int | None = None) -> subprocess.Popen[bytes]:
    """Run a piece of Python under a leash of ours, or of another parent's."""
    command = [sys.executable, leash.__file__, str(parent or os.getpid()), sys.executable, "-c"]
    with log.open("wb") as stream:
        return subprocess.Popen([*command, code], stdout=stream, process_group=0)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise SystemExit(0)", 0),
        ("raise SystemExit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL),
    ],
)
def test_the_code_of_the_command_is_returned(code: str, expected: int, tmp_path: Path) -> None:
    assert start(code, tmp_path / "log").wait(10) == expected


def test_nothing_is_run_for_a_parent_that_is_gone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert start("print('ran')", log, parent=2**22).wait(10) == 1
    assert log.read_text("utf-8") == ""


def test_a_request_to_end_reaches_the_command(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = (
        "import signal, sys, time, os\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        "print(os.getpid(), flush=True); time.sleep(60)\n"
    )
    leashed = start(code, log)
    logged_pid(log)
    leashed.terminate()
    assert leashed.wait(10) == 3


def test_what_left_the_group_ends_with_the_command(tmp_path: Path) -> None:
    log = tmp_path / "log"
    leashed = start(PARENT_OF_STRAY.replace("time.sleep(60)\n", "", 1), log)
    stray = logged_pid(log)
    assert leashed.wait(10) == 0
    assert not is_alive(stray)


def test_a_quit_ends_the_command_and_all_that_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    leashed = start(PARENT_OF_STRAY, log)
    stray = logged_pid(log)
    leashed.send_signal(signal.SIGQUIT)
    assert leashed.wait(10) == -signal.SIGKILL
    wait_until(lambda: not is_alive(stray))


def test_descendants_are_killed_and_nobody_else(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as stream:
        parent = subprocess.Popen([sys.executable, "-c", PARENT_OF_STRAY], stdout=stream)
    stray = logged_pid(log)
    other = subprocess.Popen([sys.executable, "-c", NAP])
    kill_descendants(parent.pid)
    wait_until(lambda: not is_alive(stray))
    assert is_alive(parent.pid)
    assert is_alive(other.pid)
    for each in (parent, other):
        each.kill()
        each.wait(10)
