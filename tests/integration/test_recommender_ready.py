"""When the recommender says that it is ready."""

import threading
import time
from collections.abc import Callable

import httpx
import redis

from services.recommender.app import create_app
from services.recommender.encoder import QueryEncoder
from services.recommender.settings import RecommenderSettings
from shared.encoder import Encoder
from shared.http.degraded import HEADER
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, publish_release, varied_catalogue, without_model
from tests.integration.stack import create_letter_encoder


def until(url: str, is_said: Callable[[httpx.Response], bool]) -> httpx.Response:
    """Ask for readiness until the answer is as it should be."""
    end = time.monotonic() + 10
    while not is_said(said := httpx.get(f"{url}/health/ready")):
        assert time.monotonic() < end, said.text
        time.sleep(0.02)
    return said


def test_it_is_ready_with_its_release_and_says_how_its_encoder_stands(
    redis_client: redis.Redis, redis_url: str, redis_keys: RedisKeys
) -> None:
    publish_release(ReleaseStore(redis_client, redis_keys), artifacts_of(*varied_catalogue(40)))
    may_load = threading.Event()

    def load() -> Encoder:
        may_load.wait(10)
        return without_model()

    settings = RecommenderSettings(poll_s=0.05)
    app = create_app(settings, ReleaseStore(connect(redis_url), redis_keys), QueryEncoder(load))
    with serving(app) as url:
        early = until(url, lambda said: said.status_code == 200)
        assert early.json()["reasons"] == ["the text encoder is still being loaded"]
        assert early.json()["degraded"] == ["loading", "text"]
        answer = httpx.get(f"{url}/v1/movies/3/similar")
        assert (answer.status_code, answer.headers[HEADER]) == (200, "loading, text")
        may_load.set()
        late = until(url, lambda said: said.json()["degraded"] == ["text"])
        assert late.status_code == 200
        assert late.json()["reasons"][0].startswith("there is no text encoder")


def test_without_a_release_it_is_not_ready(redis_url: str, redis_keys: RedisKeys) -> None:
    store = ReleaseStore(connect(redis_url), redis_keys)
    encoder = QueryEncoder(create_letter_encoder)
    with serving(create_app(RecommenderSettings(poll_s=0.05), store, encoder)) as url:
        said = until(url, lambda said: said.json()["degraded"] == ["release"])
        assert (said.status_code, said.json()["status"]) == (503, "not_ready")
        assert said.json()["reasons"] == ["no release has been published yet"]
