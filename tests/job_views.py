"""Jobs as the API shows them."""

from typing import Any

import msgspec

from shared.contracts.jobs import JobView

_QUEUED = JobView(
    id="build-1",
    name="build",
    status="queued",
    attempts=0,
    force=False,
    full=False,
    source=None,
    cause="operator",
    created_at=None,
    started_at=None,
    ended_at=None,
)


def job_view(**changes: Any) -> JobView:  # noqa: ANN401  # fields of each type
    """A queued build, but for what a test has to say of it."""
    return msgspec.structs.replace(_QUEUED, **changes)
