"""`butaca up` before anything is started: the data, the server, what a log says."""

import threading
from pathlib import Path

import pytest
from rich.console import Console

from cli.errors import CommandError
from cli.state import StateFolder
from cli.supervisor import Supervisor
from cli.up import LOG_TAIL_LINES, UpOptions, _server, _tail, require_data, run_up

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


def test_the_end_of_a_log_is_quoted(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    assert _tail(log) == f"End of {log}:"
    log.write_text("".join(f"line {number}\n" for number in range(LOG_TAIL_LINES + 1)))
    assert _tail(log).splitlines() == [
        f"End of {log}:",
        *(f"line {number}" for number in range(1, LOG_TAIL_LINES + 1)),
    ]
