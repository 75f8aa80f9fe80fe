"""What the end of a log tells of the process that wrote it."""

import json
from pathlib import Path

import pytest

from cli.endings import LINES, Ending, read_ending

SETTINGS = json.dumps(
    {
        "event": "settings_invalid",
        "level": "critical",
        "reason": "bad setting BUTACA_GATEWAY_RATE_PER_S: Expected `float` >= 0.0",
    }
)
WRONG = Ending("bad setting BUTACA_GATEWAY_RATE_PER_S: Expected `float` >= 0.0", is_settings=True)
# What the HTTP server writes below the last word of its worker, as text and as events.
FAREWELL = [
    "[ERROR] Unexpected exit from worker-1",
    "[INFO] Shutting down granian",
    json.dumps({"event": "Unexpected exit from worker-1", "level": "error"}),
    json.dumps({"event": "Granian shutdown completed, see ya!", "level": "info"}),
    "",
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "gateway.log"


def ending(log: Path, *lines: str, begin: int = 0) -> Ending:
    log.write_text("\n".join(lines) + "\n")
    return read_ending(log, begin)


def test_wrong_settings_are_found_below_what_the_server_adds(log: Path) -> None:
    assert ending(log, "[INFO] Starting granian", SETTINGS, *FAREWELL) == WRONG


def test_only_the_last_run_counts(log: Path) -> None:
    assert ending(log, SETTINGS, "", begin=len(SETTINGS) + 1) == Ending("")


def test_only_the_end_of_a_long_log_counts(log: Path) -> None:
    assert ending(log, SETTINGS, *["{}"] * (LINES - 1)) == WRONG
    assert ending(log, SETTINGS, *["{}"] * LINES) == Ending("")


def test_the_last_error_is_said_with_its_reason(log: Path) -> None:
    lost = json.dumps({"event": "redis_lost", "level": "error", "reason": "Connection refused"})
    later = json.dumps({"event": "worker_reconnecting", "level": "warning"})
    assert ending(log, lost, later, *FAREWELL) == Ending("redis_lost: Connection refused")


def test_a_traceback_is_its_last_line(log: Path) -> None:
    trace = (
        "Traceback (most recent call last):\n  File x\nModuleNotFoundError: No module named 'x'"
    )
    event = json.dumps({"event": "unhandled", "level": "critical", "exception": trace})
    assert ending(log, event) == Ending("unhandled: ModuleNotFoundError: No module named 'x'")
    assert ending(log, trace, *FAREWELL) == Ending("ModuleNotFoundError: No module named 'x'")


def test_a_line_that_tells_how_things_go_on_is_no_error(log: Path) -> None:
    for line in (
        "* Ready to accept connections",
        "# WARNING Memory overcommit must be enabled!",
        "# Valkey is now ready to exit, bye bye...",
    ):
        assert ending(log, f"77:M 29 Nov 2026 13:00:00.000 {line}") == Ending("")
    assert ending(log, "[ERROR] address in use", "[INFO] bye") == Ending("[ERROR] address in use")


@pytest.mark.parametrize(
    "line",
    [
        "subprocess.TimeoutExpired: Command 'x' timed out after 5 seconds",
        "ExceptionGroup: several (2 sub-exceptions)",
        "KeyError",
        "7:M 29 Nov 2026 13:00:00.000 # Bad file format reading the append only file",
    ],
)
def test_what_servers_and_tracebacks_end_with_is_a_reason(log: Path, line: str) -> None:
    assert ending(log, line, *FAREWELL) == Ending(line)


def test_a_process_that_says_nothing_leaves_no_reason(log: Path) -> None:
    assert read_ending(log, 0) == Ending("")
    assert ending(log, *FAREWELL) == Ending("")
