"""The wiring of the gateway, nothing else."""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from typing import Any, Final

from litestar import Litestar, Router, get
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ASGIApp, ControllerRouterHandler

from services.gateway.auth import provide_caller, read_admin_key, role_guard
from services.gateway.cache import ResponseCache
from services.gateway.clients import ServiceClient
from services.gateway.controllers.differences import difference
from services.gateway.controllers.jobs import JobsController
from services.gateway.controllers.keys import KeysController
from services.gateway.controllers.movies import MOVIE_ROUTES
from services.gateway.controllers.people import PEOPLE_ROUTES
from services.gateway.controllers.questions import PARAMETERS, question_routes
from services.gateway.controllers.recommendations import RECOMMENDATION_ROUTES
from services.gateway.controllers.releases import GUARDED_ROUTES, OPEN_ROUTES
from services.gateway.controllers.search import SEARCH_ROUTES
from services.gateway.controllers.stored_releases import StoredReleasesController
from services.gateway.controllers.titles import TITLE_ROUTES
from services.gateway.degraded import Degraded, DegradedHeader
from services.gateway.docs import docs_routes
from services.gateway.documentation import openapi_config
from services.gateway.edge import Finish, HeadAsGet, KeptAnswers, OptionsAsAllow
from services.gateway.forwarding import Forwarder
from services.gateway.front.bounds import put_bounds
from services.gateway.front.front import Front, create_checks
from services.gateway.front.limits import Limiter
from services.gateway.job_events import JobEvents
from services.gateway.keyring import KeyRing
from services.gateway.observed import PROCESS, GatewayMetrics
from services.gateway.ops import Ops
from services.gateway.parameters import check_parameters
from services.gateway.path_titles import PathTitles
from services.gateway.pointer import PointerWatcher
from services.gateway.readiness import Readiness
from services.gateway.release_ops import ReleaseOps
from services.gateway.search import Searcher
from services.gateway.settings import PREFIX, GatewaySettings
from shared.api_keys import KeyStore
from shared.http.app import Lifespan, create_http_app, observe_app
from shared.http.metrics import metrics_route
from shared.http.request_id import RequestIdMiddleware, RequestIds
from shared.limits import LeaseStore
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore, open_store
from shared.settings import read_settings, read_store_settings
from shared.telemetry import LEVEL, configure_logging, ending_on_bad_settings, log
from shared.tracing import configure_tracing

INDEX: dict[str, object] = {
    "name": "Butaca",
    "questions": [f"{path}/{{{name}}}" for path, name in PARAMETERS.items()],
    "v1": [
        "/v1/movies",
        "/v1/movies/{id}",
        "/v1/movies/lookup",
        "/v1/movies/{id}/similar",
        "/v1/people",
        "/v1/people/{id}",
        "/v1/people/{id}/movies",
        "/v1/search",
        "/v1/resolve",
        "/v1/suggest",
        "/v1/stats/releases",
        "/v1/recommendations",
        "/v1/recommendations/batch",
        "/v1/eda",
        "/v1/releases",
        "/v1/releases/{number}",
        "/v1/releases/{number}/report",
        "/v1/releases/{number}/scorecard",
        "/v1/releases/{number}/tables/{table}",
        "/v1/releases/{number}/difference",
        "/v1/jobs",
        "/v1/jobs/{id}",
        "/v1/jobs/{id}/log",
        "/v1/jobs/{id}/events",
        "/v1/keys",
        "/v1/keys/{id}",
    ],
    "pages": ["/docs", "/eda"],
    "health": ["/health/live", "/health/ready"],
    "schema": "/schema/openapi.json",
}


# Between the failure of something that runs beside the requests, and its next try.
WATCH_PAUSE_S: Final = 1.0
READS: Final = (
    *MOVIE_ROUTES,
    *PEOPLE_ROUTES,
    *SEARCH_ROUTES,
    *TITLE_ROUTES,
    *RECOMMENDATION_ROUTES,
    *OPEN_ROUTES,
)


@get("/", tags=["index"], sync_to_thread=False)
def index() -> dict[str, object]:
    """Name the routes."""
    return INDEX


def create_app(
    settings: GatewaySettings,
    *,
    queue: JobQueue,
    store: ReleaseStore,
    keys: KeyStore | None = None,
    leases: LeaseStore | None = None,
) -> ASGIApp:
    """Wire the gateway; `queue` and `store` each use a connection of their own.

    Without `keys` the admin key is the only one, without `leases` limits are this gateway's.
    """
    cache = ResponseCache(settings.cache_bytes)
    pointer = PointerWatcher(store, cache, poll_s=settings.poll_s)
    metrics = GatewayMetrics()
    metrics.watch(cache, pointer, store, queue)
    queries = _client("queries", settings.queries_url, settings, metrics)
    recommender = _client("recommender", settings.recommender_url, settings, metrics)
    limiter = Limiter(leases)
    ring = KeyRing(
        read_admin_key(settings.admin_key_file),
        keys,
        poll_s=settings.poll_s,
        deadline_s=settings.ops_deadline_s,
    )
    degraded = Degraded(
        lambda: queries.degraded,
        lambda: recommender.degraded,
        lambda: pointer.degraded,
        lambda: limiter.degraded,
    )
    readiness = Readiness([queries, recommender], pointer, degraded, poll_s=settings.poll_s)
    ask_queries, ask_recommender = Forwarder(queries, cache), Forwarder(recommender, cache)

    ops = Ops(queue, deadline_s=settings.ops_deadline_s)
    job_events = JobEvents(ops, max_watchers=settings.max_watchers)
    guard = role_guard(ring, metrics.refuse)
    scrape = metrics_route(metrics.http, readiness.report, opt={"role": "operator"})
    open_metrics, closed_metrics = ([scrape], []) if settings.metrics_open else ([], [scrape])

    def assemble(
        *pages: ControllerRouterHandler, openapi: OpenAPIConfig | None = None
    ) -> Litestar:
        guarded = Router(
            "/",
            route_handlers=[
                JobsController,
                KeysController,
                StoredReleasesController,
                *GUARDED_ROUTES,
                difference,
                *closed_metrics,
            ],
            guards=[guard],
        )
        return create_http_app(
            routes=[
                index,
                *question_routes(ask_queries, ask_recommender),
                *READS,
                guarded,
                *open_metrics,
                *pages,
            ],
            report_health=readiness.report,
            lifespan=[
                _keep_open(
                    queries,
                    recommender,
                    pointer.run,
                    readiness.run,
                    ring.run,
                    limiter.run,
                )
            ],
            dependencies={
                "queries": _provide(ask_queries),
                "recommender": _provide(ask_recommender),
                "searcher": _provide(Searcher(queries, recommender, cache)),
                "ring": _provide(ring),
                "caller": Provide(provide_caller, sync_to_thread=False),
                "release_ops": _provide(_release_ops(store, settings)),
                "ops": _provide(ops),
                "job_events": _provide(job_events),
            },
            before_request=check_parameters,
            openapi=openapi,
        )

    app = assemble(
        *docs_routes(lambda: assemble(openapi=openapi_config()), reads_open=settings.reads_open)
    )
    whole = Finish(OptionsAsAllow(PathTitles(app, PARAMETERS)))
    ids = RequestIds()
    checks = create_checks(settings, PARAMETERS, ring, limiter)
    bounded = put_bounds(whole, settings, checks.languages, metrics.refuse)
    named = DegradedHeader(RequestIdMiddleware(bounded, ids), degraded)
    kept = KeptAnswers(named, cache, ids, degraded)
    edge = HeadAsGet(Front(kept, checks, settings, ids, metrics.refuse))
    return observe_app(edge, metrics.http, level="info", slow_ms=settings.slow_ms)


def _keep_open(
    queries: ServiceClient,
    recommender: ServiceClient,
    *watches: Callable[[], Coroutine[Any, Any, None]],
) -> Lifespan:
    """Make the lifespan that holds connections and keeps `watches` running."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        async with queries, recommender:
            tasks = [asyncio.create_task(_go_on(watch)) for watch in watches]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    return lifespan


async def _go_on(watch: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Keep a watch running: following must outlive any surprise."""
    while True:
        try:
            await watch()
        except Exception as error:  # noqa: BLE001  # what it is about is seen in the log
            log().error("watch_failed", watch=watch.__qualname__, exc_info=error)
        await asyncio.sleep(WATCH_PAUSE_S)


def from_env(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """Create the app from environment variables."""
    env = os.environ if environ is None else environ
    with ending_on_bad_settings():
        configure_logging(PROCESS, env.get(LEVEL, "INFO"))
        settings = read_settings(GatewaySettings, env, PREFIX)
        place = read_store_settings(env)
        configure_tracing(PROCESS, env)
        keys = RedisKeys(place.namespace)
        client, own = (connect(place.url, timeout_s=settings.redis_timeout_s) for _ in range(2))
        return create_app(
            settings,
            queue=JobQueue(client, keys),
            store=open_store(place, timeout_s=settings.redis_timeout_s),
            keys=KeyStore(own, keys),
            leases=LeaseStore(own, keys),
        )


def _client(
    name: str, url: str, settings: GatewaySettings, metrics: GatewayMetrics
) -> ServiceClient:
    return ServiceClient(
        name,
        url,
        deadline_s=settings.deadline_s,
        health_deadline_s=settings.health_deadline_s,
        calls=metrics.calls.of(name),
    )


def _release_ops(store: ReleaseStore, settings: GatewaySettings) -> ReleaseOps:
    return ReleaseOps(
        store,
        deadline_s=settings.ops_deadline_s,
        import_max_bytes=settings.import_max_bytes,
    )


def _provide(collaborator: object) -> Provide:
    return Provide(lambda: collaborator, sync_to_thread=False)
