"""The supervisor with real processes: restarts, order, nothing left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.supervisor import ProcessSpec, Restart, Supervisor

ROOT = Path(__file__).resolve().parents[3]
NAP = "import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {NAP}"
# Starts a grandchild in a group of its own, as RQ does, and says its number.
PARENT_OF_STRAY = (
    "import subprocess, sys, time\n"
    f"stray = subprocess.Popen([sys.executable, '-c', {NAP!r}], process_group=0)\n"
    "print(stray.pid, flush=True)\n"
    "time.sleep(60)\n"
)
OWNER = (
    "import os, sys, time\n"
    "from pathlib import Path\n"
    "from cli.supervisor import ProcessSpec, Supervisor\n"
    "code, log = sys.argv[1], Path(sys.argv[2])\n"
    "spec = ProcessSpec(name='x', command=[sys.executable, '-c', code], environ=dict(os.environ),"
    " cwd=log.parent, log=log)\n"
    "Supervisor().start(spec)\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop([["a", "b"]])


def spec(folder: Path, code: str, name: str = "a") -> ProcessSpec:
    return ProcessSpec(
        name=name,
        command=[sys.executable, "-c", code],
        environ=dict(os.environ),
        cwd=folder,
        log=folder / f"{name}.log",
    )


def wait_until(holds: Callable[[], bool], limit_s: float = 10.0) -> None:
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def logged_pid(log: Path) -> int:
    wait_until(lambda: log.exists() and log.read_text("utf-8").endswith("\n"))
    return int(log.read_text("utf-8").split()[0])


def test_a_crashing_process_is_started_again_with_a_growing_delay(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(spec(tmp_path, "print('up', flush=True); raise SystemExit(7)"))
    deaths: list[Restart] = []

    def has_died_twice() -> bool:
        deaths.extend(supervisor.tick())
        return len(deaths) == 2

    wait_until(has_died_twice)

    assert [(death.code, death.failures, death.delay_s) for death in deaths] == [
        (7, 1, 0.5),
        (7, 2, 1.0),
    ]
    assert (tmp_path / "a.log").read_text("utf-8") == "up\nup\n"
    assert [(death.log_begin, death.is_first) for death in deaths] == [(0, True), (3, False)]


def test_a_killed_process_is_reported_as_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    code = f"import os; print(os.getpid(), flush=True); {NAP}"
    supervisor.start(spec(tmp_path, code))

    os.kill(logged_pid(tmp_path / "a.log"), signal.SIGKILL)

    wait_until(lambda: not supervisor.is_running("a"))
    assert [death.code for death in supervisor.tick()] == [128 + signal.SIGKILL]


def test_stop_ends_what_ignores_sigterm(supervisor: Supervisor, tmp_path: Path) -> None:
    code = f"import os; print(os.getpid(), flush=True); {STUBBORN}"
    supervisor.start(spec(tmp_path, code))
    pid = logged_pid(tmp_path / "a.log")
    began = time.monotonic()

    supervisor.stop([["a"]])

    assert not is_alive(pid)
    assert time.monotonic() - began < 4


def test_stop_follows_the_stages(supervisor: Supervisor, tmp_path: Path) -> None:
    farewell = (
        "import signal, sys, time, pathlib\n"
        "def end(*_):\n"
        "    pathlib.Path({0!r}).write_text(str(time.monotonic())); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(60)\n"
    )
    for name in ("a", "b"):
        supervisor.start(spec(tmp_path, farewell.format(str(tmp_path / name)), name))
        wait_until(lambda name=name: "up" in (tmp_path / f"{name}.log").read_text("utf-8"))

    supervisor.stop([["b"], ["a"]])

    assert float((tmp_path / "b").read_text("utf-8")) < float((tmp_path / "a").read_text("utf-8"))


@pytest.mark.skipif(sys.platform != "linux", reason="needs the process table of Linux")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_grandchild_outside_the_group_ends_with_its_grandparent(
    supervisor: Supervisor, tmp_path: Path, number: signal.Signals
) -> None:
    supervisor.start(
        spec(tmp_path, "import os; print(os.getpid()); " + f"exec({PARENT_OF_STRAY!r})")
    )
    wait_until(lambda: (tmp_path / "a.log").read_text("utf-8").count("\n") == 2)
    parent, stray = map(int, (tmp_path / "a.log").read_text("utf-8").split())

    os.kill(parent, number)

    wait_until(lambda: not is_alive(stray) and not is_alive(parent))


@pytest.mark.skipif(sys.platform != "linux", reason="needs the process table of Linux")
def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with subprocess.Popen([sys.executable, "-c", OWNER, PARENT_OF_STRAY, log], cwd=ROOT) as owner:
        stray = logged_pid(log)
        assert is_alive(stray)
        owner.kill()

    wait_until(lambda: not is_alive(stray))
