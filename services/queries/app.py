"""The queries process: wiring, nothing else."""

import os
from pathlib import Path

import redis
from litestar import Litestar
from litestar.di import Provide

from services.queries.archive import ReleaseArchive
from services.queries.catalogue import OPTIONAL, TABLES, Catalogue, load_catalogue
from services.queries.controllers import ROUTES
from services.queries.settings import QueriesSettings
from shared.http.app import create_http_app
from shared.http.health import watcher_health
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


def create_app(settings: QueriesSettings, client: redis.Redis, keys: RedisKeys) -> Litestar:
    """Wire the service; it owns `client` and closes it at the end."""
    store = ReleaseStore(client, keys)
    archive = ReleaseArchive(store)
    watcher: ReleaseWatcher[Catalogue] = ReleaseWatcher(
        store,
        None if settings.state is None else LocalCopy(Path(settings.state)),
        TABLES,
        load_catalogue,
        optional=OPTIONAL,
        poll_s=settings.poll_s,
    )
    return create_http_app(
        routes=ROUTES,
        report_health=watcher_health(watcher),
        lifespan=[follow_releases(watcher, client)],
        dependencies={
            "catalogue": provide_snapshot(watcher),
            "archive": Provide(lambda: archive, sync_to_thread=False),
        },
        middleware=[RequestIdMiddleware, ReleaseHeaderMiddleware],
        before_request=refuse_unusable_parameters,
    )


def from_env() -> Litestar:
    """Wire the service from environment variables."""
    configure_logging("queries", os.environ.get("BUTACA_LOG_LEVEL", "INFO"))
    store = read_store_settings(os.environ)
    settings = read_settings(QueriesSettings, os.environ, "BUTACA_QUERIES_")
    return create_app(settings, connect(store.url), RedisKeys(store.namespace))
