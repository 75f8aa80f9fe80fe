"""Settings of the recommender, read with the prefix `BUTACA_RECOMMENDER_`."""

from typing import Annotated

import msgspec

from shared.http.metrics import SLOW_MS
from shared.releases.watcher import POLL_S


class RecommenderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: folder for the last good release, none by default; `poll_s`: pointer polling.

    Requests that take longer than `slow_ms` are logged as warnings.
    """

    state: str | None = None
    poll_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = POLL_S
    slow_ms: Annotated[float, msgspec.Meta(gt=0)] = SLOW_MS
