"""When the recommender says that it is ready."""

import threading

import httpx
import redis

from services.recommender.app import create_app
from services.recommender.encoder import QueryEncoder
from services.recommender.settings import RecommenderSettings
from shared.encoder import Encoder
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, publish_release, varied_catalogue, without_model


def test_it_answers_at_once_and_is_ready_when_the_encoder_is_warm(
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
        while httpx.get(f"{url}/v1/movies/3/similar").status_code != 200:
            pass
        early = httpx.get(f"{url}/health/ready")
        assert early.status_code == 503
        assert early.json()["reasons"] == ["the text encoder is still being loaded"]
        may_load.set()
        while (ready := httpx.get(f"{url}/health/ready")).status_code != 200:
            pass
        assert ready.json()["reasons"][0].startswith("there is no text encoder")
