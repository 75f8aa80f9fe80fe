"""Gateway, queries and recommender over one small release, each on a port of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import numpy as np
from numpy.typing import NDArray

from services.gateway.app import create_app as create_gateway
from services.gateway.settings import GatewaySettings
from services.queries.app import create_app as create_queries
from services.queries.settings import QueriesSettings
from services.recommender.app import create_app as create_recommender
from services.recommender.encoder import QueryEncoder
from services.recommender.settings import RecommenderSettings
from shared.api_keys import KeyStore
from shared.contracts.releases import ArtifactName
from shared.encoder import DIMS, Encoder, Progress
from shared.http.degraded import is_whole
from shared.limits import LeaseStore
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, publish_release, varied_catalogue
from worker.eda.analysis import analyse


class LetterEncoder:
    """A vector by the letters of a text: deterministic, of unit length, and quick."""

    dims = DIMS

    def encode(
        self,
        texts: list[str],
        on_progress: Progress | None = None,  # noqa: ARG002  # as the protocol has it
    ) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), DIMS), dtype=np.float32)
        for row, text in enumerate(texts):
            for char in text:
                vectors[row, ord(char) % DIMS] += 1
            vectors[row] /= max(float(np.linalg.norm(vectors[row])), 1e-9)
        return vectors


def create_letter_encoder() -> Encoder:
    """Make the encoder as `QueryEncoder` wants it."""
    encoder: Encoder = LetterEncoder()  # type: ignore[assignment]  # lists are sequences here
    return encoder


@contextmanager
def whole_stack(
    redis_url: str, namespace: str, *, admin_key_file: Path | None = None, movies: int = 120
) -> Iterator[str]:
    """Publish a varied catalogue, serve it, give the gateway's address; clean up."""
    keys, own = RedisKeys(namespace), connect(redis_url)
    store = ReleaseStore(own, keys)
    tables = varied_catalogue(movies)
    analysis = {ArtifactName.EDA: msgspec.json.encode(analyse(*tables))}
    ref = publish_release(store, {**artifacts_of(*tables), **analysis})
    queries = create_queries(QueriesSettings(poll_s=0.05), ReleaseStore(connect(redis_url), keys))
    encoder = QueryEncoder(create_letter_encoder)
    recommender = create_recommender(
        RecommenderSettings(poll_s=0.05), ReleaseStore(connect(redis_url), keys), encoder
    )
    with serving(queries) as first, serving(recommender) as second:
        settings = GatewaySettings(
            queries_url=first, recommender_url=second, poll_s=0.05, admin_key_file=admin_key_file
        )
        gateway = create_gateway(
            settings,
            queue=JobQueue(own, keys),
            store=store,
            keys=KeyStore(own, keys),
            leases=LeaseStore(own, keys),
        )
        with serving(gateway) as url:
            wait_for_release(url, ref.label)
            yield url
    for key in own.scan_iter(f"{{{namespace}}}:*"):
        own.delete(key)
    own.close()


def wait_for_release(url: str, label: str, wait_s: float = 10.0) -> None:
    """Return once the gateway and both services answer all they can from this release."""
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        answer = httpx.get(f"{url}/health/ready")
        health = answer.json()
        is_ready = answer.status_code == 200 and health["release"] == label
        if is_ready and is_whole(health["degraded"]):
            return
        time.sleep(0.02)
    raise TimeoutError(f"{label} is not served")
