"""What `rebuild` says when a job was there already."""

import msgspec
import pytest

from cli.jobs import describe_joined
from shared.contracts.jobs import JobRequest, JobView

UNDER_WAY = JobView(
    id="build-5",
    name="build",
    status="started",
    attempts=1,
    force=False,
    full=False,
    source=None,
    cause="schedule",
    created_at=None,
    started_at=None,
    ended_at=None,
    joined=True,
)
LINE = "build-5 was asked for before, so nothing else was started."


@pytest.mark.parametrize(
    ("source", "request_", "more"),
    [
        (None, JobRequest(), ""),
        (None, JobRequest(force=True, full=True), " Not asked of it: --force, --full."),
        (None, JobRequest(source="second"), " Not asked of it: --source second."),
        ("second", JobRequest(source="second"), ""),
        ("second", JobRequest(), " Not asked of it: the worker's folder."),
    ],
)
def test_what_was_not_asked_of_the_job_under_way_is_named(
    source: str | None, request_: JobRequest, more: str
) -> None:
    view = msgspec.structs.replace(UNDER_WAY, source=source)
    assert describe_joined(view, request_) == LINE + more


def test_a_job_that_does_more_than_was_asked_lacks_nothing() -> None:
    view = msgspec.structs.replace(UNDER_WAY, force=True, full=True)
    assert describe_joined(view, JobRequest()) == LINE
