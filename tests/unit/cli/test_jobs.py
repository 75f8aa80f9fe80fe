"""What `rebuild` says when a job was there already."""

import msgspec
import pytest

from cli.jobs import describe_joined
from shared.contracts.jobs import JobView

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
    ("was_forced", "force", "more"),
    [(False, False, ""), (False, True, " Not asked of it: --force."), (True, True, "")],
)
def test_what_was_not_asked_of_the_job_under_way_is_named(
    was_forced: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    more: str,
) -> None:
    view = msgspec.structs.replace(UNDER_WAY, force=was_forced)
    assert describe_joined(view, force=force) == LINE + more
