"""A job on a terminal, and elsewhere."""

import datetime as dt
import io

import msgspec
import pytest
from rich.console import Console

from cli.progress import QUIET_S, BuildDisplay, describe_progress
from shared.contracts.jobs import JobError, JobView
from tests.job_views import job_view

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
QUEUED = job_view(created_at=NOW)
EMBEDDING = msgspec.structs.replace(
    QUEUED,
    status="started",
    step="embed",
    done=20,
    total=40,
    eta_s=6.4,
    seconds={"extract": 1.25},
)
FINISHED = msgspec.structs.replace(
    EMBEDDING,
    status="finished",
    started_at=NOW,
    ended_at=NOW + dt.timedelta(seconds=9.5),
    seconds={"extract": 1.25, "embed": 2.0},
)


def shown(*jobs: JobView, is_terminal: bool) -> str:
    to = Console(file=io.StringIO(), width=100, force_terminal=is_terminal)
    with BuildDisplay(to) as display:
        for job in jobs:
            display.show(job)
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue()


def test_elsewhere_than_on_a_terminal_each_step_is_said_once() -> None:
    text = shown(QUEUED, EMBEDDING, EMBEDDING, FINISHED, is_terminal=False)
    assert text.splitlines() == [
        "build build-1: queued",
        "build build-1: started",
        "  extract: 1.2 s",
        "  embed: 2.0 s",
        "build build-1: finished in 9.5 s",
    ]


def test_elsewhere_a_long_step_says_now_and_then_how_far_it_is() -> None:
    now_s = [0.0]
    to = io.StringIO()
    display = BuildDisplay(Console(file=to, width=100), lambda: now_s[0])
    for at_s in (0.0, QUIET_S - 0.1, QUIET_S, QUIET_S + 1, 2 * QUIET_S):
        now_s[0] = at_s
        display.show(EMBEDDING)
    now_s[0] = 4 * QUIET_S
    display.show(QUEUED)
    assert to.getvalue().splitlines() == [
        "build build-1: started",
        "  extract: 1.2 s",
        "  embed 20/40 · 6 s left",
        "  embed 20/40 · 6 s left",
        "build build-1: queued",
    ]


def test_a_step_whose_size_is_not_known_yet_is_named_alone() -> None:
    begun = msgspec.structs.replace(EMBEDDING, done=0, total=0, eta_s=None)
    assert describe_progress(begun) == "embed"
    assert describe_progress(QUEUED) == "queued"


def test_a_job_that_has_ended_before_is_named_once() -> None:
    stopped = msgspec.structs.replace(QUEUED, status="stopped")
    assert shown(stopped, is_terminal=False) == "build build-1: stopped\n"
    with_steps = msgspec.structs.replace(stopped, seconds={"extract": 1.0})
    assert shown(with_steps, is_terminal=False).splitlines() == [
        "build build-1",
        "  extract: 1.0 s",
        "build build-1: stopped",
    ]


@pytest.mark.parametrize("outcome", ["published", "unchanged"])
def test_the_end_of_a_build_says_what_came_of_it(outcome: str) -> None:
    built = msgspec.structs.replace(FINISHED, result={"outcome": outcome, "release": "3-ab"})
    last = shown(built, is_terminal=False).splitlines()[-1]
    assert last == f"build build-1: finished in 9.5 s · {outcome}, release 3-ab"


def test_on_a_terminal_a_bar_moves_and_is_taken_away() -> None:
    text = shown(QUEUED, EMBEDDING, FINISHED, is_terminal=True)
    assert "embed · 6 s left" in text
    assert "20/40" in text
    assert text.endswith("build build-1: finished in 9.5 s\n")


def test_the_bar_is_taken_away_also_when_the_job_is_left() -> None:
    hidden, back = "\x1b[?25l", "\x1b[?25h"
    text = shown(EMBEDDING, is_terminal=True)
    assert text.count(hidden) == text.count(back) == 1


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_next_job_is_shown_anew(*, is_terminal: bool) -> None:
    other = msgspec.structs.replace(FINISHED, id="build-2")
    text = shown(FINISHED, other, is_terminal=is_terminal)
    assert text.count("  extract: 1.2 s") == 2
    assert "build build-2: finished" in text


def test_a_failure_says_why_in_one_plain_line() -> None:
    error = JobError(code="source_invalid", message="[b]credits.csv[/b] is empty")
    failed = msgspec.structs.replace(QUEUED, status="failed", error=error)
    last = shown(failed, is_terminal=False).splitlines()[-1]
    assert last == "build build-1: failed · source_invalid: [b]credits.csv[/b] is empty"
