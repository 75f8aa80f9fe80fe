"""What the gateway names as its release, and for what `--wait` waits; real services."""

import uuid

import httpx
import polars as pl
import pytest
import redis

from cli import options
from cli.errors import CommandError
from cli.ops import OpsClient
from cli.options import wait_until_served
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.factories import artifacts_of, parquet, publish_release, varied_catalogue
from tests.integration.stack import whole_stack


def test_a_release_is_named_once_every_service_answers_from_it(
    redis_client: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace = uuid.uuid4().hex
    store = ReleaseStore(redis_client, RedisKeys(namespace))
    with whole_stack(redis_url, namespace, movies=60) as url:
        first = store.live()
        assert first is not None
        client = OpsClient(url)
        wait_until_served(client, first.label)

        # The recommender can swap; queries has to refuse, which alone reads of directors.
        artifacts = artifacts_of(*varied_catalogue(61))
        refused = publish_release(
            store, {**artifacts, "directors": parquet(pl.DataFrame({"x": [1]}))}
        )
        monkeypatch.setattr(options, "SWAP_S", 1.5)
        with pytest.raises(CommandError, match=r"not served yet: queries: .* was not loaded"):
            wait_until_served(client, refused.label)
        health = httpx.get(f"{url}/health/ready").json()
        assert (health["status"], health["release"]) == ("ready", first.label)
        served = httpx.get(f"{url}/v1/movies/3/similar").headers["x-butaca-release"]
        assert served == refused.label

        good = publish_release(store, artifacts)
        monkeypatch.setattr(options, "SWAP_S", 15.0)
        wait_until_served(client, good.label)
        assert httpx.get(f"{url}/health/ready").json()["release"] == good.label
