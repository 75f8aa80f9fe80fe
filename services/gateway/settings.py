"""Settings of the gateway, read once from `BUTACA_GATEWAY_*`."""

from pathlib import Path
from typing import Annotated

import msgspec

from shared.http.metrics import SLOW_MS

PREFIX = "BUTACA_GATEWAY_"

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
Burst = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the services are and how long the gateway waits for what.

    Without `admin_key_file` the ops routes stay closed. `deadline_s` bounds one answer of a
    service, `ops_deadline_s` one call to the queue, each with everything in it. `/metrics` needs
    a key unless `metrics_open`; requests that take longer than `slow_ms` are logged as warnings.

    Unless `reads_open`, every route but health, documentation and index needs a key. Of a caller
    `rate_per_s` requests a second are admitted, and `rate_burst` at once after a pause; of a key
    `key_rate_per_s` and `key_rate_burst`; 0 is no limit. So many as `max_watchers` may follow
    jobs at once. X-Forwarded-For is believed of
    `trusted_proxies`. `request_deadline_s` is for a body to arrive, `answer_deadline_s` for a
    request to be answered, its body included. An imported release may hold `import_max_bytes`.
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
    metrics_open: bool = False
    slow_ms: Annotated[float, msgspec.Meta(gt=0)] = SLOW_MS
    reads_open: bool = True
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    max_target_bytes: Annotated[int, msgspec.Meta(ge=256)] = 16 * 1024
    max_concurrent: Annotated[int, msgspec.Meta(ge=1)] = 256
    max_watchers: Annotated[int, msgspec.Meta(ge=1)] = 32
    request_deadline_s: Seconds = 30.0
    answer_deadline_s: Seconds = 100.0
    rate_per_s: Rate = 0.0
    rate_burst: Burst = 20
    key_rate_per_s: Rate = 0.0
    key_rate_burst: Burst = 100
    import_max_bytes: Annotated[int, msgspec.Meta(ge=1)] = 2_000_000_000
