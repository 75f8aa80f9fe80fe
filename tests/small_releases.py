"""Releases of a few bytes, for what concerns the store and not what is stored."""

import datetime as dt

from shared.contracts.releases import SCHEMA_VERSION, Artifact, Manifest, ReleaseRef, VectorSpace
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore

SPACE = VectorSpace(
    model_id="m",
    model_sha256="s",
    dtype="float32",
    metric="inner_product",
    text_dims=384,
    structured_dims=0,
    ranking="1",
)


def manifest(
    number: int, artifacts: dict[str, Artifact], schema: int = SCHEMA_VERSION
) -> Manifest:
    return Manifest(
        schema_version=schema,
        number=number,
        created_at=dt.datetime(2024, 1, 2, tzinfo=dt.UTC),
        job_id="build-1",
        sources=[],
        counts={"movies": 1},
        vectors=SPACE,
        artifacts=artifacts,
        canaries=[],
    )


def upload(store: ReleaseStore, number: int, **contents: bytes) -> Manifest:
    """Upload artifacts, and describe them under this number."""
    return manifest(number, {name: store.upload(data) for name, data in contents.items()})


def publish(store: ReleaseStore, **contents: bytes) -> tuple[ReleaseRef, Manifest]:
    made = upload(store, store.next_number(), **contents)
    return store.publish(made), made


def stored_keys(store: ReleaseStore) -> list[bytes]:
    """Every key of a deployment."""
    found: list[object] = list(store.client.keys(f"{{{store.keys.namespace}}}:*"))
    return sorted(key for key in found if isinstance(key, bytes))


def empty(store: ReleaseStore) -> None:
    """What a server does that loses its data."""
    for key in stored_keys(store):
        store.client.delete(key)


def chunk_keys(keys: RedisKeys, made: Manifest, name: str) -> list[str]:
    return [keys.chunk(chunk.sha256) for chunk in made.artifacts[name].chunks]


def numbers(store: ReleaseStore) -> list[int]:
    """The published releases, oldest first."""
    return [ref.number for ref in store.kept()]


def refuse(store: ReleaseStore, **contents: bytes) -> tuple[ReleaseRef, Manifest]:
    """Keep a candidate."""
    made = upload(store, store.next_number(), **contents)
    return store.keep_candidate(made, ["too few movies"]), made
