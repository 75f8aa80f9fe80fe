"""The recommender process: wiring, nothing else."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec
import redis
from litestar import Litestar
from litestar.di import Provide

from services.recommender.bridge import load_bridge
from services.recommender.controllers import ROUTES
from services.recommender.encoder import QueryEncoder
from services.recommender.index import ARTIFACTS, OPTIONAL, Neighbourhood, load_neighbourhood
from services.recommender.settings import RecommenderSettings
from shared.contracts.releases import HealthReport
from shared.encoder import Encoder, SentenceTransformerEncoder
from shared.http.app import Lifespan, create_http_app
from shared.http.health import NOT_READY, READY, ReportHealth, watcher_health
from shared.http.parameters import refuse_unusable_parameters
from shared.http.releases import ReleaseHeaderMiddleware, follow_releases, provide_snapshot
from shared.http.request_id import RequestIdMiddleware
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.local import LocalCopy
from shared.releases.store import ReleaseStore
from shared.releases.watcher import ReleaseWatcher
from shared.settings import read_settings, read_store_settings
from shared.telemetry import configure_logging


def create_app(
    settings: RecommenderSettings,
    client: redis.Redis,
    keys: RedisKeys,
    encoder: QueryEncoder,
) -> Litestar:
    """Wire the service; it owns `client` and closes it at the end, and loads `encoder`."""
    watcher: ReleaseWatcher[Neighbourhood] = ReleaseWatcher(
        ReleaseStore(client, keys),
        None if settings.state is None else LocalCopy(Path(settings.state)),
        ARTIFACTS,
        load_neighbourhood,
        optional=OPTIONAL,
        poll_s=settings.poll_s,
    )
    return create_http_app(
        routes=ROUTES,
        report_health=_health(watcher_health(watcher), encoder),
        lifespan=[follow_releases(watcher, client), _load_beside(encoder)],
        dependencies={
            "neighbourhood": provide_snapshot(watcher),
            "encoder": Provide(lambda: encoder, sync_to_thread=False),
        },
        middleware=[RequestIdMiddleware, ReleaseHeaderMiddleware],
        before_request=refuse_unusable_parameters,
    )


def from_env() -> Litestar:
    """Wire the service from environment variables."""
    configure_logging("recommender", os.environ.get("BUTACA_LOG_LEVEL", "INFO"))
    store = read_store_settings(os.environ)
    settings = read_settings(RecommenderSettings, os.environ, "BUTACA_RECOMMENDER_")
    encoder = QueryEncoder(_create_encoder, load_bridge)
    return create_app(settings, connect(store.url), RedisKeys(store.namespace), encoder)


def _create_encoder() -> Encoder:
    # `Final` in the class reads as a class variable to one of the type checkers.
    return cast("Encoder", SentenceTransformerEncoder(threads=1, batch_rows=1))


def _health(report: ReportHealth, encoder: QueryEncoder) -> ReportHealth:
    """Report ready once a release is loaded and the encoder is warm, or known to be missing."""

    async def report_both() -> HealthReport:
        health = await report()
        is_ready = health.status == READY and encoder.is_tried
        return msgspec.structs.replace(
            health,
            status=READY if is_ready else NOT_READY,
            reasons=[*health.reasons, *encoder.reasons],
        )

    return report_both


def _load_beside(encoder: QueryEncoder) -> Lifespan:
    """Make the lifespan that loads the encoder while other requests are answered already."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        loading = asyncio.create_task(asyncio.to_thread(encoder.load))
        yield
        await loading

    return lifespan
