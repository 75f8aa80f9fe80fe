"""`butaca up` before anything is started: the data, the server, what a log says."""

import datetime as dt
import io
import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from cli.errors import CommandError
from cli.state import StateFolder
from cli.supervisor import ProcessSpec, Supervisor
from cli.up import (
    LOG_TAIL_LINES,
    UpOptions,
    _server,
    _tail,
    _Watch,
    newest_of_run,
    require_data,
    run_up,
)
from shared.contracts.jobs import JobView
from tests.job_views import job_view

NOWHERE = "redis://127.0.0.1:1/0"


def server(environ: dict[str, str], stop: threading.Event, folder: Path) -> str:
    with _server(Supervisor(), StateFolder(folder), environ, stop) as url:
        return url


def test_the_callers_server_is_used_as_it_is(redis_url: str, tmp_path: Path) -> None:
    assert server({"REDIS_URL": redis_url}, threading.Event(), tmp_path) == redis_url
    assert list(tmp_path.iterdir()) == []


def test_a_callers_server_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(CommandError, match="REDIS_URL names does not answer"):
        server({"REDIS_URL": NOWHERE}, stop, tmp_path)


def test_there_must_be_something_to_read(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a folder"):
        require_data(tmp_path / "data")
    (tmp_path / "data").mkdir()
    with pytest.raises(CommandError, match="is empty"):
        require_data(tmp_path / "data")
    (tmp_path / "data" / "movies.csv").touch()
    require_data(tmp_path / "data")


def test_an_empty_data_folder_leaves_no_state(tmp_path: Path) -> None:
    state = tmp_path / "state"
    options = UpOptions(data=tmp_path, state=state, host="127.0.0.1", port=1, demo=False)
    with pytest.raises(CommandError, match="is empty"):
        run_up(options, {}, Console())
    assert not state.exists()


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop([["worker"]])


def restart_dead(supervisor: Supervisor, code: str, folder: Path) -> str:
    """What `up` says when a worker that does this has ended."""
    state, said = StateFolder(folder), io.StringIO()
    state.make_admin_key()
    spec = ProcessSpec(
        name="worker",
        command=[sys.executable, "-c", code],
        environ={},
        cwd=folder,
        log=state.rotate_log("worker"),
    )
    supervisor.start(spec)
    options = UpOptions(data=folder, state=folder, host="127.0.0.1", port=1, demo=False)
    watch = _Watch(options, state, supervisor, NOWHERE, {}, Console(file=said))
    end = time.monotonic() + 10
    while not said.getvalue() and time.monotonic() < end:
        watch._restart_dead()
        time.sleep(0.02)
    return said.getvalue()


def test_a_process_whose_settings_are_wrong_is_not_started_again(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    event = {"event": "settings_invalid", "reason": "BUTACA_X: must be above 0"}
    code = f"print({json.dumps(event)!r}); raise SystemExit(2)"
    with pytest.raises(CommandError, match=r"^worker cannot start: BUTACA_X: must be above 0$"):
        restart_dead(supervisor, code, tmp_path)


def test_a_process_that_ends_is_started_again_and_its_last_error_said(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    said = restart_dead(supervisor, "raise OSError('no [room]')", tmp_path)
    assert said == (
        "worker ended with code 1; started again in 0.5 s (last error: OSError: no [room]; "
        f"log: {tmp_path / 'logs' / 'worker.log'})\n"
    )


def test_a_process_that_ends_without_a_word_is_started_again(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    said = restart_dead(supervisor, "raise SystemExit(3)", tmp_path)
    assert said.startswith("worker ended with code 3; started again in 0.5 s (log: ")


def test_what_a_signal_has_ended_is_given_no_other_reason(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    event = json.dumps({"event": "job_failed", "level": "error", "reason": "long ago"})
    code = f"import os; print({event!r}, flush=True); os.kill(os.getpid(), 9)"
    said = restart_dead(supervisor, code, tmp_path)
    assert said.startswith("worker was ended by SIGKILL; started again in 0.5 s (log: ")


BEGAN = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
BEFORE, AFTER = BEGAN - dt.timedelta(seconds=1), BEGAN + dt.timedelta(seconds=1)


def build(
    number: int, status: str, started_at: dt.datetime | None, ended_at: dt.datetime | None
) -> JobView:
    return job_view(
        id=f"build-{number}",
        status=status,
        attempts=1,
        cause="start",
        created_at=BEFORE,
        started_at=started_at,
        ended_at=ended_at,
    )


def test_a_build_picked_up_again_is_of_this_run_and_one_stopped_before_is_not() -> None:
    again = build(5, "started", AFTER, BEFORE)  # RQ leaves the end of the attempt before
    stopped = build(1, "stopped", BEFORE, None)
    assert newest_of_run([again, stopped], BEGAN) is again
    assert newest_of_run([stopped], BEGAN) is None


def test_a_build_that_has_ended_is_of_this_run_from_its_beginning_on() -> None:
    assert newest_of_run([build(2, "finished", BEFORE, BEFORE)], BEGAN) is None
    for ended in (build(2, "failed", BEFORE, BEGAN), build(2, "stopped", AFTER, None)):
        assert newest_of_run([ended], BEGAN) is ended


def test_the_end_of_a_log_is_quoted(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    assert _tail(log) == f"End of {log}:"
    log.write_text("".join(f"line {number}\n" for number in range(LOG_TAIL_LINES + 1)))
    assert _tail(log).splitlines() == [
        f"End of {log}:",
        *(f"line {number}" for number in range(1, LOG_TAIL_LINES + 1)),
    ]
