"""The wiring of the gateway, nothing else."""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Mapping
from typing import Final

import redis
from litestar import Litestar, Router, get
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ASGIApp, ControllerRouterHandler

from services.gateway.auth import admin_guard, read_admin_key
from services.gateway.cache import ResponseCache
from services.gateway.clients import ServiceClient
from services.gateway.controllers.jobs import JobsController
from services.gateway.controllers.movies import MOVIE_ROUTES
from services.gateway.controllers.people import PEOPLE_ROUTES
from services.gateway.controllers.questions import PARAMETERS, question_routes
from services.gateway.controllers.recommendations import RECOMMENDATION_ROUTES
from services.gateway.controllers.releases import GUARDED_ROUTES, OPEN_ROUTES
from services.gateway.controllers.search import SEARCH_ROUTES
from services.gateway.controllers.titles import TITLE_ROUTES
from services.gateway.docs import docs_routes
from services.gateway.documentation import openapi_config
from services.gateway.edge import Finish, HeadAsGet, KeptAnswers, OptionsAsAllow
from services.gateway.forwarding import Forwarder
from services.gateway.ops import Ops
from services.gateway.parameters import check_parameters
from services.gateway.path_titles import PathTitles
from services.gateway.pointer import PointerWatcher
from services.gateway.readiness import gateway_health
from services.gateway.search import Searcher
from services.gateway.settings import PREFIX, GatewaySettings
from shared.http.app import Lifespan, create_http_app
from shared.http.request_id import RequestIdMiddleware, RequestIds
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from shared.settings import read_settings, read_store_settings
from shared.telemetry import configure_logging

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
        "/v1/releases/{number}/report",
        "/v1/releases/{number}/scorecard",
        "/v1/releases/{number}/tables/{table}",
        "/v1/jobs",
        "/v1/jobs/{id}",
    ],
    "pages": ["/docs", "/eda"],
    "health": ["/health/live", "/health/ready"],
    "schema": "/schema/openapi.json",
}


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


def create_app(settings: GatewaySettings, *, queue: JobQueue, store: ReleaseStore) -> ASGIApp:
    """Wire the gateway; `queue` and `store` each use a connection of their own."""
    cache = ResponseCache(settings.cache_bytes)
    pointer = PointerWatcher(store, cache, poll_s=settings.poll_s)
    queries = _client("queries", settings.queries_url, settings)
    recommender = _client("recommender", settings.recommender_url, settings)
    ask_queries, ask_recommender = Forwarder(queries, cache), Forwarder(recommender, cache)

    guard = admin_guard(read_admin_key(settings.admin_key_file))

    def assemble(
        *pages: ControllerRouterHandler, openapi: OpenAPIConfig | None = None
    ) -> Litestar:
        guarded = Router("/", route_handlers=[JobsController, *GUARDED_ROUTES], guards=[guard])
        return create_http_app(
            routes=[
                index,
                *question_routes(ask_queries, ask_recommender),
                *READS,
                guarded,
                *pages,
            ],
            report_health=gateway_health([queries, recommender], pointer),
            lifespan=[_keep_open(queries, recommender, pointer)],
            dependencies={
                "queries": _provide(ask_queries),
                "recommender": _provide(ask_recommender),
                "searcher": _provide(Searcher(queries, recommender, cache)),
                "ops": _provide(Ops(queue, deadline_s=settings.ops_deadline_s)),
            },
            before_request=check_parameters,
            openapi=openapi,
        )

    app = assemble(*docs_routes(lambda: assemble(openapi=openapi_config())))
    whole = Finish(OptionsAsAllow(PathTitles(app, PARAMETERS)))
    ids = RequestIds()
    return HeadAsGet(KeptAnswers(RequestIdMiddleware(whole, ids), cache, ids))


def _keep_open(
    queries: ServiceClient, recommender: ServiceClient, pointer: PointerWatcher
) -> Lifespan:
    """Make the lifespan that holds connections and watches which release is live."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        async with queries, recommender:
            watching = asyncio.create_task(pointer.run())
            try:
                yield
            finally:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching

    return lifespan


def from_env(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """Create the app from environment variables."""
    env = os.environ if environ is None else environ
    configure_logging("gateway", env.get("BUTACA_LOG_LEVEL", "INFO"))
    settings = read_settings(GatewaySettings, env, PREFIX)
    place = read_store_settings(env)
    keys = RedisKeys(place.namespace)

    def client() -> redis.Redis:
        return connect(place.url, timeout_s=settings.redis_timeout_s)

    return create_app(settings, queue=JobQueue(client(), keys), store=ReleaseStore(client(), keys))


def _client(name: str, url: str, settings: GatewaySettings) -> ServiceClient:
    return ServiceClient(
        name, url, deadline_s=settings.deadline_s, health_deadline_s=settings.health_deadline_s
    )


def _provide(collaborator: object) -> Provide:
    return Provide(lambda: collaborator, sync_to_thread=False)
