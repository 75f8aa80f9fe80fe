"""Why a process ended, as far as the end of its log tells."""

import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

# What a server still says after its worker has ended is well below this.
LINES: Final = 30
_TAIL_BYTES: Final = 1 << 16
_SETTINGS: Final = "settings_invalid"
_ERRORS: Final = frozenset({"error", "critical"})
# A line that is no event is an error if a traceback ends so, or a server calls it one (`#` is how
# Valkey does): others tell how things go on.
_ERROR_LINE: Final = re.compile(
    r"\[ERROR\] .+"
    r"|[\w.]*(?:Error|Exception|ExceptionGroup|Expired)(?:: .*)?"
    r"|\d+:[A-Z] .+ # (?!WARNING |.*bye bye).+"
)
# The supervisor of the HTTP servers says only that, below what its worker has said.
_UNTELLING: Final = "[ERROR] Unexpected exit from worker"


class Ending(NamedTuple):
    """The last word of a process, empty if it left none, and whether its settings are wrong."""

    reason: str
    is_settings: bool = False


def read_ending(log: Path, begin: int) -> Ending:
    """Read what a run whose log begins at the byte `begin` said last of what went wrong."""
    lines = _last_lines(log, begin)
    events = [_event_of(line) for line in lines]
    for event in reversed(events):
        if event is not None and event.get("event") == _SETTINGS:
            return Ending(str(event.get("reason", _SETTINGS)), is_settings=True)
    for line, event in zip(reversed(lines), reversed(events), strict=True):
        if event is None and _ERROR_LINE.fullmatch(line) and not line.startswith(_UNTELLING):
            return Ending(line)
        if event is not None and event.get("level") in _ERRORS and not _is_untelling(event):
            return Ending(_sentence(event))
    return Ending("")


def _last_lines(log: Path, begin: int) -> list[str]:
    try:
        with log.open("rb") as stream:
            end = stream.seek(0, 2)
            stream.seek(max(begin, end - _TAIL_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()][-LINES:]


def _event_of(line: str) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:
        return None


def _is_untelling(event: dict[str, Any]) -> bool:
    return f"[ERROR] {event.get('event')}".startswith(_UNTELLING)


def _sentence(event: dict[str, Any]) -> str:
    """The event with its reason, or with the last line of its traceback."""
    exception = str(event.get("exception", "")).strip().splitlines()
    reason = str(event.get("reason") or "".join(exception[-1:]))
    return ": ".join(part for part in (str(event.get("event", "")), reason) if part)
