"""Releases in a real Redis: round trip, sharing, and every fault between upload and load."""

import datetime as dt

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.releases import (
    SCHEMA_VERSION,
    Artifact,
    Manifest,
    ReleaseRef,
    VectorSpace,
)
from shared.errors import (
    ReleaseCorruptError,
    ReleaseRefusedError,
    ReleaseSchemaError,
    SettingsError,
    StoreUnavailableError,
)
from shared.redis_client import connect, require_noeviction
from shared.redis_keys import RedisKeys
from shared.releases.manifest import CHUNK_BYTES, encode_manifest
from shared.releases.store import KEPT_RELEASES, ReleaseStore

SPACE = VectorSpace(
    model_id="m",
    model_sha256="s",
    dtype="float32",
    metric="inner_product",
    text_dims=384,
    structured_dims=0,
    ranking="1",
)
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def store(redis_client: redis.Redis, redis_keys: RedisKeys) -> ReleaseStore:
    return ReleaseStore(redis_client, redis_keys)


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


def publish(store: ReleaseStore, **contents: bytes) -> tuple[ReleaseRef, Manifest]:
    number = store.next_number()
    made = manifest(number, {name: store.upload(data) for name, data in contents.items()})
    return store.publish(made), made


def chunk_keys(keys: RedisKeys, made: Manifest, name: str) -> list[str]:
    return [keys.chunk(chunk.sha256) for chunk in made.artifacts[name].chunks]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=3000), repeat=st.sampled_from([0, 1, 2500]))
def test_what_is_published_is_read_back(store: ReleaseStore, data: bytes, repeat: int) -> None:
    content = data * repeat
    ref, made = publish(store, index=content, empty=b"")
    assert store.live() == ref
    assert store.manifest(ref) == made
    assert store.artifact(made, "index") == content
    assert store.artifact(made, "empty") == b""


def test_an_artifact_of_several_chunks_is_put_together_again(store: ReleaseStore) -> None:
    content = bytes(range(256)) * (2 * CHUNK_BYTES // 256) + b"end"
    _, made = publish(store, index=content)
    assert [chunk.size_bytes for chunk in made.artifacts["index"].chunks] == [
        CHUNK_BYTES,
        CHUNK_BYTES,
        3,
    ]
    assert store.artifact(made, "index") == content


def test_nothing_is_live_at_first(store: ReleaseStore) -> None:
    assert store.live() is None
    assert store.kept() == []
    assert store.candidate() is None


def test_an_upload_that_is_never_published_expires(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    artifact = store.upload(b"abandoned")
    assert 0 < redis_client.ttl(redis_keys.chunk(artifact.chunks[0].sha256)) <= 3600
    assert store.live() is None


def test_what_is_published_does_not_expire(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    ref, made = publish(store, index=b"x")
    keys = [*chunk_keys(redis_keys, made, "index"), redis_keys.manifest(ref.number)]
    assert [redis_client.ttl(key) for key in keys] == [-1, -1]


@pytest.mark.parametrize("fault", ["missing", "flipped", "truncated"])
def test_a_damaged_chunk_is_refused_and_healed_by_the_next_upload(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys, fault: str
) -> None:
    _, made = publish(store, index=b"some vectors")
    (key,) = chunk_keys(redis_keys, made, "index")
    if fault == "missing":
        redis_client.delete(key)
    elif fault == "flipped":
        redis_client.setrange(key, 3, b"E")
    else:
        redis_client.set(key, b"some vect")
    with pytest.raises(ReleaseCorruptError, match=r"release \d+, index, chunk 0"):
        store.artifact(made, "index")
    store.upload(b"some vectors")
    assert store.artifact(made, "index") == b"some vectors"


def test_healing_a_published_chunk_leaves_it_permanent(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    _, made = publish(store, index=b"some vectors")
    (key,) = chunk_keys(redis_keys, made, "index")
    redis_client.setrange(key, 3, b"E")
    store.upload(b"some vectors")
    assert redis_client.ttl(key) == -1


def test_an_artifact_the_release_lacks_is_corrupt(store: ReleaseStore) -> None:
    _, made = publish(store, index=b"x")
    with pytest.raises(ReleaseCorruptError, match="no artifact titles"):
        store.artifact(made, "titles")


def test_whole_artifact_digest_is_checked_besides_the_chunks(store: ReleaseStore) -> None:
    artifact = store.upload(b"abc")
    lying = msgspec.structs.replace(artifact, sha256="0" * 64)
    with pytest.raises(ReleaseCorruptError, match="digest differs"):
        store.artifact(manifest(1, {"index": lying}), "index")


@pytest.mark.parametrize("fault", ["missing", "altered", "garbage"])
def test_a_damaged_manifest_is_refused(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys, fault: str
) -> None:
    ref, made = publish(store, index=b"x")
    key = redis_keys.manifest(ref.number)
    if fault == "missing":
        redis_client.delete(key)
    elif fault == "altered":
        redis_client.set(key, encode_manifest(msgspec.structs.replace(made, job_id="other")))
    else:
        redis_client.set(key, b"{")
    with pytest.raises(ReleaseCorruptError):
        store.manifest(ref)


def test_an_unreadable_pointer_is_corrupt(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    redis_client.set(redis_keys.live_release(), b"17")
    with pytest.raises(ReleaseCorruptError, match="pointer"):
        store.live()


def test_a_release_of_a_newer_schema_is_refused(store: ReleaseStore) -> None:
    ref = store.publish(manifest(store.next_number(), {}, schema=SCHEMA_VERSION + 1))
    with pytest.raises(ReleaseSchemaError):
        store.manifest(ref)


def test_an_older_number_is_fenced(store: ReleaseStore) -> None:
    older = store.next_number()
    ref, _ = publish(store, index=b"newer")
    with pytest.raises(ReleaseRefusedError, match="fenced"):
        store.publish(manifest(older, {"index": store.upload(b"older")}))
    assert store.live() == ref


def test_publishing_again_after_a_lost_reply_changes_nothing(store: ReleaseStore) -> None:
    ref, made = publish(store, index=b"x")
    assert store.publish(made) == ref
    assert store.kept() == [ref]


def test_another_release_of_the_same_number_is_fenced(store: ReleaseStore) -> None:
    ref, made = publish(store, index=b"x")
    with pytest.raises(ReleaseRefusedError, match="fenced"):
        store.publish(msgspec.structs.replace(made, job_id="another"))
    assert store.live() == ref


@pytest.mark.parametrize("fault", ["missing", "truncated"])
def test_an_incomplete_release_is_not_published(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys, fault: str
) -> None:
    live, _ = publish(store, index=b"good")
    made = manifest(store.next_number(), {"index": store.upload(b"better")})
    (key,) = chunk_keys(redis_keys, made, "index")
    if fault == "missing":
        redis_client.delete(key)
    else:
        redis_client.set(key, b"bet", keepttl=True)
    with pytest.raises(ReleaseRefusedError, match="incomplete"):
        store.publish(made)
    assert store.live() == live
    assert redis_client.ttl(redis_keys.manifest(made.number)) > 0


def test_the_last_three_are_kept_and_shared_chunks_stay(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    made = [publish(store, same=b"same", own=str(n).encode()) for n in range(KEPT_RELEASES + 2)]
    refs = [ref for ref, _ in made]
    assert store.kept() == refs[-KEPT_RELEASES:]
    for ref, old in made[:2]:
        assert redis_client.exists(redis_keys.manifest(ref.number)) == 0
        assert redis_client.exists(*chunk_keys(redis_keys, old, "own")) == 0
    for _, kept in made[2:]:
        assert store.artifact(kept, "same") == b"same"
        assert len(store.artifact(kept, "own")) == 1


def test_a_candidate_is_kept_for_a_week_beside_the_live_release(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    live, _ = publish(store, same=b"same")
    artifacts = {"same": store.upload(b"same"), "own": store.upload(b"refused")}
    made = manifest(store.next_number(), artifacts)
    ref = store.keep_candidate(made, ["too few movies"])
    assert store.live() == live
    found = store.candidate()
    assert found is not None
    assert (found.ref, found.reasons) == (ref, ["too few movies"])
    assert store.artifact(store.manifest(ref), "own") == b"refused"
    assert redis_client.ttl(*chunk_keys(redis_keys, made, "own")) > 6 * 24 * 3600
    assert redis_client.ttl(*chunk_keys(redis_keys, made, "same")) == -1


def test_numbers_go_up_and_above_any_copy(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    first = store.next_number()
    store.raise_counter(first + 40)
    assert store.next_number() == first + 41
    store.raise_counter(2)
    assert store.next_number() == first + 42
    redis_client.set(redis_keys.release_fence(), 100)
    assert store.next_number() == 101


def test_a_full_server_is_refused_before_the_upload(
    store: ReleaseStore, redis_client: redis.Redis
) -> None:
    used = int(redis_client.info("memory")["used_memory"])
    store.require_headroom(10**15)
    redis_client.config_set("maxmemory", used + 50_000_000)
    try:
        store.require_headroom(1_000_000)
        with pytest.raises(ReleaseRefusedError, match="no room"):
            store.require_headroom(10**9)
    finally:
        redis_client.config_set("maxmemory", 0)


def test_a_server_that_evicts_is_not_accepted(redis_client: redis.Redis) -> None:
    require_noeviction(redis_client)
    redis_client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(SettingsError, match="not allkeys-lru"):
            require_noeviction(redis_client)
    finally:
        redis_client.config_set("maxmemory-policy", "noeviction")


def test_a_dead_server_is_our_error_from_every_method(redis_keys: RedisKeys) -> None:
    store = ReleaseStore(connect(NOBODY, timeout_s=0.2), redis_keys)
    made = manifest(1, {})
    ref = ReleaseRef(number=1, manifest_sha256="x")
    calls = [
        store.live,
        store.kept,
        store.candidate,
        store.next_number,
        lambda: store.manifest(ref),
        lambda: store.upload(b"x"),
        lambda: store.publish(made),
        lambda: store.keep_candidate(made, []),
        lambda: store.require_headroom(1),
    ]
    for call in calls:
        with pytest.raises(StoreUnavailableError):
            call()
    with pytest.raises(StoreUnavailableError):
        require_noeviction(connect(NOBODY, timeout_s=0.2))


def test_a_managed_server_without_config_is_believed(
    redis_client: redis.Redis, redis_url: str
) -> None:
    redis_client.execute_command(
        "ACL", "SETUSER", "managed", "on", ">pw", "~*", "+@all", "-config"
    )
    client = connect(redis_url.replace("://", "://managed:pw@", 1))
    try:
        require_noeviction(client)
    finally:
        client.close()
        redis_client.execute_command("ACL", "DELUSER", "managed")


def test_an_address_of_another_form_is_a_setting_error() -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        connect("http://somewhere")
