"""The audit trail: one event for each thing that somebody's key has changed or taken out."""

from services.gateway.callers import Caller
from shared.telemetry import audit_log


def record(event: str, caller: Caller, **what: object) -> None:
    """Log what was done, where it is done: a caller that met a deadline has its line too.

    The id of the request and of the trace come along.
    """
    audit_log().info(event, caller=caller.key_id, role=caller.role, **what)
