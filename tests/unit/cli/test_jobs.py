"""What `rebuild` says when a job was there already."""

import msgspec
import pytest

from cli.jobs import describe_joined
from tests.job_views import job_view

UNDER_WAY = job_view(id="build-5", status="started", attempts=1, cause="schedule", joined=True)
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
