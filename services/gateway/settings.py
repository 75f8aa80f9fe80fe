"""Settings of the gateway, read once from `BUTACA_GATEWAY_*`."""

from pathlib import Path
from typing import Annotated

import msgspec

PREFIX = "BUTACA_GATEWAY_"

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the services are and how long the gateway waits for what.

    Without `admin_key_file` the ops routes stay closed. `deadline_s` bounds one answer of a
    service, `ops_deadline_s` one call to the queue, each with everything in it.
    """

    queries_url: str = "http://127.0.0.1:8001"
    recommender_url: str = "http://127.0.0.1:8002"
    admin_key_file: Path | None = None
    deadline_s: Seconds = 2.0
    health_deadline_s: Seconds = 1.0
    redis_timeout_s: Seconds = 0.4
    ops_deadline_s: Seconds = 2.0
    poll_s: Seconds = 2.0
    cache_bytes: Annotated[int, msgspec.Meta(ge=0)] = 64 * 1024 * 1024
