"""The queries process: wiring, nothing else."""

import os
from pathlib import Path
from typing import Final

from litestar.di import Provide
from litestar.types import ASGIApp

from services.queries.archive import ReleaseArchive
from services.queries.aside import Aside
from services.queries.catalogue import OPTIONAL, TABLES, Catalogue, load_catalogue
from services.queries.controllers import ROUTES
from services.queries.settings import QueriesSettings
from shared.http.app import create_http_app, observe_app
from shared.http.health import watcher_health
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

PROCESS: Final = "queries"


def create_app(settings: QueriesSettings, store: ReleaseStore) -> ASGIApp:
    """Wire the service; it owns `store` and closes it at the end."""
    archive, aside = ReleaseArchive(store), Aside()
    watcher: ReleaseWatcher[Catalogue] = ReleaseWatcher(
        store,
        None if settings.state is None else LocalCopy(Path(settings.state), store.signer),
        TABLES,
        load_catalogue,
        optional=OPTIONAL,
        poll_s=settings.poll_s,
    )
    metrics = create_release_metrics(PROCESS, watcher)
    report = watcher_health(watcher)
    app = create_http_app(
        routes=[*ROUTES, metrics_route(metrics, report)],
        report_health=report,
        lifespan=[follow_releases(watcher, store)],
        dependencies={
            "catalogue": provide_snapshot(watcher),
            "archive": Provide(lambda: archive, sync_to_thread=False),
            "aside": Provide(lambda: aside, sync_to_thread=False),
        },
        middleware=[RequestIdMiddleware, name_release(lambda: watcher.degraded)],
        before_request=refuse_unusable_parameters,
    )
    return observe_app(app, metrics, slow_ms=settings.slow_ms)


def from_env() -> ASGIApp:
    """Wire the service from environment variables."""
    with ending_on_bad_settings():
        configure_logging(PROCESS, os.environ.get(LEVEL, "INFO"))
        settings = read_settings(QueriesSettings, os.environ, "BUTACA_QUERIES_")
        place = read_store_settings(os.environ)
    configure_tracing(PROCESS, os.environ)
    return create_app(settings, open_store(place))
