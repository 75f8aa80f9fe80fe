"""The recommender process: wiring, nothing else."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, cast

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.types import ASGIApp

from services.recommender.bridge import load_bridge
from services.recommender.controllers import ROUTES
from services.recommender.encoder import QueryEncoder
from services.recommender.index import ARTIFACTS, OPTIONAL, Neighbourhood, load_neighbourhood
from services.recommender.settings import RecommenderSettings
from shared.contracts.releases import HealthReport
from shared.encoder import Encoder, SentenceTransformerEncoder
from shared.http.app import Lifespan, create_http_app, observe_app
from shared.http.health import ReportHealth, watcher_health
from shared.http.metrics import create_release_metrics, metrics_route
from shared.http.parameters import refuse_unusable_parameters
from shared.http.releases import follow_releases, name_release, provide_snapshot
from shared.http.request_id import RequestIdMiddleware
from shared.releases.local import LocalCopy
from shared.releases.store import ReleaseStore, open_store
from shared.releases.watcher import ReleaseWatcher
from shared.settings import read_settings, read_store_settings
from shared.telemetry import LEVEL, configure_logging, ending_on_bad_settings
from shared.tracing import configure_tracing

PROCESS: Final = "recommender"


def create_app(
    settings: RecommenderSettings,
    store: ReleaseStore,
    encoder: QueryEncoder,
) -> ASGIApp:
    """Wire the service; it owns `store` and closes it at the end, and loads `encoder`."""
    watcher: ReleaseWatcher[Neighbourhood] = ReleaseWatcher(
        store,
        None if settings.state is None else LocalCopy(Path(settings.state), store.signer),
        ARTIFACTS,
        load_neighbourhood,
        optional=OPTIONAL,
        poll_s=settings.poll_s,
    )
    metrics = create_release_metrics(PROCESS, watcher)
    report = _health(watcher_health(watcher), encoder)
    app = create_http_app(
        routes=[*ROUTES, metrics_route(metrics, report)],
        report_health=report,
        lifespan=[follow_releases(watcher, store), _load_beside(encoder)],
        dependencies={
            "neighbourhood": provide_snapshot(watcher),
            "encoder": Provide(lambda: encoder, sync_to_thread=False),
        },
        middleware=[
            RequestIdMiddleware,
            name_release(lambda: (*watcher.degraded, *encoder.degraded)),
        ],
        before_request=refuse_unusable_parameters,
    )
    return observe_app(app, metrics, slow_ms=settings.slow_ms)


def from_env() -> ASGIApp:
    """Wire the service from environment variables."""
    with ending_on_bad_settings():
        configure_logging(PROCESS, os.environ.get(LEVEL, "INFO"))
        settings = read_settings(RecommenderSettings, os.environ, "BUTACA_RECOMMENDER_")
        place = read_store_settings(os.environ)
    configure_tracing(PROCESS, os.environ)
    encoder = QueryEncoder(_create_encoder, load_bridge)
    return create_app(settings, open_store(place), encoder)


def _create_encoder() -> Encoder:
    # `Final` in the class reads as a class variable to one of the type checkers.
    return cast("Encoder", SentenceTransformerEncoder(threads=1, batch_rows=1))


def _health(report: ReportHealth, encoder: QueryEncoder) -> ReportHealth:
    """Add what texts lack: without them, or before them, everything else is answered."""

    async def report_both() -> HealthReport:
        health = await report()
        return msgspec.structs.replace(
            health,
            reasons=[*health.reasons, *encoder.reasons],
            degraded=[*health.degraded, *encoder.degraded],
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
