"""The audit trail: one event for each thing that somebody's key has changed or taken out."""

from services.gateway.keyring import Caller
from shared.telemetry import log


def record(event: str, caller: Caller, **what: object) -> None:
    """Log what was done; the id of the request and of the trace come along."""
    log().info(event, caller=caller.key_id, role=caller.role, **what)
