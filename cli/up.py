"""`butaca up`: start everything, show the build, stay until told to stop, leave nothing."""

import datetime as dt
import os
import shutil
import signal
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import msgspec
from rich.console import Console

from cli import processes, valkey
from cli.demo import print_answers
from cli.endings import Ending, read_ending
from cli.errors import CommandError
from cli.ops import ENDED, OpsClient
from cli.progress import BuildDisplay
from cli.state import StateFolder, open_state, read_admin_key
from cli.supervisor import ProcessSpec, Restart, Supervisor
from shared.contracts.jobs import JobView
from shared.errors import AppError
from shared.releases.store import open_store
from shared.settings import read_store_settings

TICK_S = 0.2
ASK_S = 0.5
ASK_WHEN_READY_S = 2.0
# A process that dies this often in a row before the first `ready` never will be.
HOPELESS_FAILURES = 6
# Time for services to come up with an older release before a failed build is taken as the end.
FAILED_BUILD_WAIT_S = 6.0
LOG_TAIL_LINES = 15
MAX_REASON = 500


@dataclass(frozen=True, kw_only=True)
class UpOptions:
    """What the person asked for."""

    data: Path
    state: Path
    host: str
    port: int
    demo: bool

    @property
    def url(self) -> str:
        """The address a browser on this machine would use."""
        return f"http://{processes.url_host(self.host)}:{self.port}"


def run_up(options: UpOptions, environ: Mapping[str, str], console: Console) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        CommandError: it cannot start, or the first build failed; everything is stopped then.
    """
    require_data(options.data)
    with open_state(options.state) as state, _stop_signals() as stop:
        processes.require_free_port(options.host, options.port)
        made = state.make_admin_key()
        _say(console, f"admin key: {state.admin_key_file}{' (new)' if made else ''}")
        _say(console, f"logs: {state.folder('logs')}")
        supervisor = Supervisor()
        try:
            with _server(supervisor, state, environ, stop) as redis_url:
                deployment = _start(supervisor, options, state, redis_url, environ)
                urls = deployment.metrics_urls.items()
                _say(console, f"metrics: {', '.join(f'{name} {url}' for name, url in urls)}")
                _Watch(options, state, supervisor, redis_url, environ, console).run(stop)
        finally:
            supervisor.stop(processes.STOP_ORDER)
        _say(console, "stopped")


def require_data(folder: Path) -> None:
    """Check that there is something to read; the build says what is wrong inside.

    Raises:
        CommandError: no folder, or nothing in it.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        state = "is empty" if folder.is_dir() else "is not a folder"
        raise CommandError(
            f"{folder} {state}. Put movies_dataset.csv and credits.csv there and name it with "
            "--data, or get demonstration data: `butaca demo-data DIR`."
        )


@contextmanager
def _stop_signals() -> Generator[threading.Event]:
    """Turn SIGINT, SIGTERM and SIGHUP into an event; more of them change nothing."""
    stop = threading.Event()

    def ask_to_stop(_: int, __: FrameType | None) -> None:
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, ask_to_stop) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _server(
    supervisor: Supervisor, state: StateFolder, environ: Mapping[str, str], stop: threading.Event
) -> Generator[str]:
    """Give the address of the server: the caller's, else an embedded one that is started."""
    given = environ.get("REDIS_URL")
    if given:
        if not valkey.wait_for_server(given, lambda: not stop.is_set(), limit_s=5.0):
            raise CommandError("The server that REDIS_URL names does not answer.")
        yield given
        return
    binary, socket = valkey.find_server(), valkey.choose_socket(state)
    log = state.rotate_log(processes.VALKEY)
    command = valkey.server_command(binary, socket, state.folder(processes.VALKEY))
    supervisor.start(
        ProcessSpec(
            name=processes.VALKEY, command=command, environ=environ, cwd=state.path, log=log
        )
    )
    try:
        url = valkey.socket_url(socket)
        alive = lambda: supervisor.is_running(processes.VALKEY) and not stop.is_set()  # noqa: E731
        if not valkey.wait_for_server(url, alive) and not stop.is_set():
            raise CommandError(f"{binary.name} did not start.\n{_tail(log)}")
        yield url
        supervisor.stop(processes.STOP_ORDER)
    finally:
        if socket.parent != state.path:
            shutil.rmtree(socket.parent, ignore_errors=True)


def _start(
    supervisor: Supervisor,
    options: UpOptions,
    state: StateFolder,
    redis_url: str,
    environ: Mapping[str, str],
) -> processes.Deployment:
    queries_port, recommender_port, metrics_port = processes.find_free_ports(3)
    deployment = processes.Deployment(
        state=state,
        data=options.data,
        host=options.host,
        port=options.port,
        queries_port=queries_port,
        recommender_port=recommender_port,
        worker_metrics_port=metrics_port,
        redis_url=redis_url,
        environ=environ,
    )
    for spec in processes.process_specs(deployment):
        supervisor.start(spec)
    return deployment


class _Watch:
    """What `up` does while everything runs: restart, show, say `ready`."""

    def __init__(  # noqa: PLR0913, PLR0917  # made once, above
        self,
        options: UpOptions,
        state: StateFolder,
        supervisor: Supervisor,
        redis_url: str,
        environ: Mapping[str, str],
        console: Console,
    ) -> None:
        self._options = options
        self._state = state
        self._supervisor = supervisor
        self._console = console
        self._client = OpsClient(options.url, read_admin_key(state.admin_key_file))
        place = msgspec.structs.replace(read_store_settings(environ), url=redis_url)
        self._store = open_store(place, timeout_s=1.0)
        self._began = dt.datetime.now(dt.UTC)
        self._ready = False
        self._shown_ends: set[str] = set()
        self._failed_at: float | None = None

    def run(self, stop: threading.Event) -> None:
        """Look after everything until `stop` is set."""
        ask_at = 0.0
        with BuildDisplay(self._console) as display:
            while not stop.wait(TICK_S):
                self._restart_dead()
                if time.monotonic() >= ask_at:
                    self._ask(display)
                    ask_at = time.monotonic() + (ASK_WHEN_READY_S if self._ready else ASK_S)

    def _restart_dead(self) -> None:
        for death in self._supervisor.tick():
            log = self._state.log_file(death.name)
            # What was killed may have logged an error of long ago.
            was_killed = death.signal in {"SIGKILL", "SIGTERM"}
            ending = Ending("") if was_killed else read_ending(log, death.log_begin)
            if ending.is_settings and death.is_first:
                raise CommandError(f"{death.name} cannot start: {ending.reason}")
            if not self._ready and death.failures >= HOPELESS_FAILURES:
                raise CommandError(f"{death.name} does not stay up.\n{_tail(log)}")
            why = f"last error: {ending.reason[:MAX_REASON]}; " if ending.reason else ""
            self._say(
                f"{death.name} {_how(death)}; started again in {death.delay_s:g} s "
                f"({why}log: {log})"
            )

    def _ask(self, display: BuildDisplay) -> None:
        """Show the newest build of this run, and say `ready` once."""
        job = self._newest_job()
        if job is not None and job.id not in self._shown_ends:
            display.show(job)
            if job.status in ENDED:
                self._shown_ends.add(job.id)
        if not self._ready and self._client.is_whole():
            display.close()
            self._ready = True
            # Plain, on a line of its own: scripts wait for it.
            print(f"ready {self._options.url}", flush=True)  # noqa: T201
            if self._options.demo:
                print_answers(self._client, self._options.url, self._console)
        if job is not None and job.status == "failed":
            self._weigh_failure(job)

    def _newest_job(self) -> JobView | None:
        try:
            jobs = self._client.builds()
        except CommandError:
            return None  # not up yet, or for a moment; the supervisor sees to it
        return newest_of_run(jobs, self._began)

    def _weigh_failure(self, job: JobView) -> None:
        """Give up after a failed build if nothing older can serve, else warn once."""
        error = "no reason is known" if job.error is None else _describe(job)
        if self._ready or self._has_release():
            if self._failed_at is None:
                self._say(f"warning: the build failed, the release before it serves on ({error})")
            self._failed_at = time.monotonic()
            return
        self._failed_at = self._failed_at or time.monotonic()
        if time.monotonic() - self._failed_at > FAILED_BUILD_WAIT_S:
            raise CommandError(f"The first build failed. {error}")

    def _has_release(self) -> bool:
        try:
            return self._store.live() is not None
        except AppError:
            return False

    def _say(self, line: str) -> None:
        _say(self._console, line)


def newest_of_run(jobs: list[JobView], began: dt.datetime) -> JobView | None:
    """Return the first job that is under way, or has ended since `began`."""
    for job in jobs:
        # A job that was stopped may not know when it ended.
        last = job.ended_at or job.started_at or job.created_at
        if job.status not in ENDED or (last is not None and last >= began):
            return job
    return None


def _how(death: Restart) -> str:
    return f"was ended by {death.signal}" if death.signal else f"ended with code {death.code}"


def _describe(job: JobView) -> str:
    return f"{job.error.code}: {job.error.message}" if job.error else job.status


def _tail(log: Path) -> str:
    try:
        lines = log.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    return os.linesep.join([f"End of {log}:", *lines[-LOG_TAIL_LINES:]])


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
