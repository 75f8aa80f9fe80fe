"""Whether who asks for a job may be given the one that is under way."""

import msgspec

from shared.contracts.jobs import BuildPayload, JobView
from shared.errors import JobConflictError


def require_alike(running: JobView, payload: msgspec.Struct) -> None:
    """Refuse who would join a build that does not give what they ask for.

    Raises:
        JobConflictError: it is of another source, or takes steps over that were to be done anew.
    """
    if not isinstance(payload, BuildPayload):
        return
    if running.source != payload.source:
        what = "the worker's own folder" if running.source is None else f"source {running.source}"
    elif payload.full and not running.full:
        what = "the same source, but not in full"
    else:
        return
    raise JobConflictError(
        f"{running.id} is under way: it builds {what}. Ask again when it has ended, or cancel it.",
        job_id=running.id,
    )
