"""Processes that faults are made on: started, killed, hung, resumed, restarted, logged."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from redis import Redis, RedisError

from cli.processes import CODE
from cli.valkey import find_server
from shared.redis_client import connect

POLL_S = 0.05


def until(
    holds: Callable[[], object],
    within_s: float,
    what: str | Callable[[], str],
    *,
    every_s: float = POLL_S,
) -> float:
    """Wait until `holds()`; return the seconds it took, or fail and say what did not come."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within_s:
            said = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {within_s} s: {said}")
        time.sleep(every_s)
    return time.monotonic() - began


class Part:
    """One process of ours in a group of its own; its output goes to `log`."""

    def __init__(
        self, name: str, command: list[str], environ: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.command = command
        self.environ = dict(environ)
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def start(self, **more: str) -> None:
        """Start it (again); `more` is added to its environment, for this and later starts."""
        assert not self.is_alive, f"{self.name} runs already"
        self.environ |= more
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=CODE,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # Python ignores SIGXFSZ; so does the server then, and a full disk is an error.
                restore_signals=False,
            )
        self._stopped = False

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs, hung or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_hung(self) -> bool:
        """Whether it was stopped by `hang` and not resumed."""
        return self._stopped

    def kill_all(self) -> None:
        """SIGKILL to the process and everything below it, as its supervisor would see to."""
        if self._process is None or self._process.poll() is not None:
            return
        for pid in (self.pid, *descendants(self.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(10)
        self._stopped = False

    def hang(self) -> None:
        """SIGSTOP to the process and everything below it: it answers nothing, closes nothing."""
        for pid in (self.pid, *descendants(self.pid)):
            os.kill(pid, signal.SIGSTOP)
        self._stopped = True

    def resume(self) -> None:
        """SIGCONT after `hang`."""
        for pid in (*descendants(self.pid), self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self._stopped = False

    def stop(self, within_s: float = 10) -> int:
        """SIGTERM; return the exit code, or kill and fail if it does not end."""
        if self._process is None:
            return 0
        if self._stopped:
            self.resume()
        self._process.terminate()
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise

    def children(self) -> list[int]:
        """Process ids of its direct children that live."""
        return [pid for pid in child_pids(self.pid) if is_running(pid)]

    def rss_bytes(self) -> int:
        """Resident memory of the process and everything below it."""
        return sum(_rss(pid) for pid in (self.pid, *descendants(self.pid)))

    def said(self) -> str:
        """All that it has logged."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""


class Server(Part):
    """A Redis-compatible server on a loopback port, in a folder of its own."""

    def __init__(self, folder: Path, port: int, *, aof: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "port": str(port),
            "bind": "127.0.0.1",
            "dir": str(folder),
            "save": "",
            "appendonly": "yes" if aof else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        command = [str(find_server())]
        command += [part for key, value in settings.items() for part in (f"--{key}", value)]
        super().__init__("server", command, os.environ, folder.with_suffix(".log"))
        self.folder = folder
        self.url = f"redis://127.0.0.1:{port}/0"

    def start(self, **more: str) -> None:
        """Start it and wait until it answers."""
        super().start(**more)
        client = self.client()
        until(lambda: _answers(client), 20, self.said)
        client.close()

    def client(self) -> Redis:
        """Make a connection for the test itself."""
        return connect(self.url, timeout_s=1.0)

    def empty(self) -> None:
        """Remove what it keeps on disk; it must not run."""
        assert not self.is_alive
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()

    def limit_files(self, size_bytes: int | None) -> None:
        """Let no file of it grow past a size, as a full disk does; None lifts that."""
        size = resource.RLIM_INFINITY if size_bytes is None else size_bytes
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def limit_memory(self, more_bytes: int | None) -> None:
        """Bound its memory to what it uses and so many bytes; None lifts that."""
        client = self.client()
        used = int(client.info("memory")["used_memory"])
        client.config_set("maxmemory", 0 if more_bytes is None else max(used + more_bytes, 1))
        client.close()

    def lift_limits(self) -> None:
        """Give it room again, on disk and in memory."""
        self.limit_files(None)
        self.limit_memory(None)


def child_pids(pid: int) -> list[int]:
    """Process ids of the direct children, of all threads."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found


def descendants(pid: int) -> list[int]:
    """Process ids of everything below `pid`."""
    return [each for child in child_pids(pid) for each in (child, *descendants(child))]


def is_running(pid: int) -> bool:
    """Whether a process lives, hung or not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] not in "ZX"


def _rss(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False
