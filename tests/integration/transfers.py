"""A second place to bring releases to, and their files."""

import io
from collections.abc import Iterator

import msgspec
import pytest
import redis

from shared.contracts.releases import Manifest, ReleaseRef
from shared.redis_keys import RedisKeys
from shared.releases.manifest import digest, encode_manifest
from shared.releases.store import ReleaseStore
from shared.releases.transfer import Imported, export_release, import_release
from tests.small_releases import empty, stored_keys


@pytest.fixture
def other(redis_client: redis.Redis, redis_keys: RedisKeys) -> Iterator[ReleaseStore]:
    """Where they are brought."""
    store = ReleaseStore(redis_client, RedisKeys(f"{redis_keys.namespace}-other"))
    yield store
    empty(store)


def permanent_keys(store: ReleaseStore) -> list[bytes]:
    return [key for key in stored_keys(store) if store.client.ttl(key) == -1]


def exported(store: ReleaseStore, number: int) -> bytes:
    export = export_release(store, number)
    data = b"".join(export.pieces)
    assert len(data) == export.size_bytes
    return data


def taken_in(store: ReleaseStore, data: bytes) -> Imported:
    return import_release(store, io.BytesIO(data))


def file_of(pointer: bytes, body: bytes, *, chunks: bytes = b"", version: int = 1) -> bytes:
    """Write the head of a file by hand; the manifest is `body`."""
    line = f"butaca-release {version:03d} {len(pointer):08d} {len(body):08d} {digest(pointer)}\n"
    return line.encode() + pointer + body + chunks


def file_of_manifest(made: Manifest, chunks: bytes = b"") -> bytes:
    body = encode_manifest(made)
    ref = ReleaseRef(number=made.number, manifest_sha256=digest(body))
    return file_of(msgspec.json.encode(ref), body, chunks=chunks)
