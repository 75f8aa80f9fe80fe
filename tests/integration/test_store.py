"""Releases in a real Redis: round trip, sharing, and every fault between upload and load."""

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.releases import SCHEMA_VERSION, Chunk
from shared.errors import (
    ReleaseConflictError,
    ReleaseCorruptError,
    ReleaseRefusedError,
    ReleaseSchemaError,
)
from shared.redis_keys import RedisKeys
from shared.releases.manifest import CHUNK_BYTES, encode_manifest, split
from shared.releases.retention import LINGER_S
from shared.releases.store import ReleaseStore
from shared.settings import KEEP_RELEASES
from tests.small_releases import chunk_keys, empty, manifest, publish


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


@pytest.mark.parametrize("damaged", [b"17", b'"\xe6 "'])
def test_an_unreadable_pointer_is_corrupt(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys, damaged: bytes
) -> None:
    redis_client.set(redis_keys.live_release(), damaged)
    with pytest.raises(ReleaseCorruptError, match="pointer"):
        store.live()


def test_a_release_of_a_newer_schema_is_refused(store: ReleaseStore) -> None:
    ref = store.publish(manifest(store.next_number(), {}, schema=SCHEMA_VERSION + 1))
    with pytest.raises(ReleaseSchemaError):
        store.manifest(ref)


def test_an_older_number_is_fenced(store: ReleaseStore) -> None:
    older = store.next_number()
    ref, _ = publish(store, index=b"newer")
    with pytest.raises(ReleaseRefusedError, match="while it was built"):
        store.publish(manifest(older, {"index": store.upload(b"older")}))
    assert store.live() == ref


def test_publishing_again_after_a_lost_reply_changes_nothing(store: ReleaseStore) -> None:
    ref, made = publish(store, index=b"x")
    assert store.publish(made) == ref
    assert store.kept() == [ref]


def test_another_release_of_the_same_number_replaces_nothing(store: ReleaseStore) -> None:
    ref, made = publish(store, index=b"x")
    with pytest.raises(ReleaseConflictError, match="number"):
        store.publish(msgspec.structs.replace(made, job_id="another"))
    assert store.live() == ref
    assert store.manifest(ref) == made


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
    made = [publish(store, same=b"same", own=str(n).encode()) for n in range(KEEP_RELEASES + 2)]
    refs = [ref for ref, _ in made]
    assert store.kept() == refs[-KEEP_RELEASES:]
    for ref, old in made[:2]:
        assert redis_client.exists(redis_keys.manifest(ref.number)) == 0
        assert 0 < redis_client.ttl(*chunk_keys(redis_keys, old, "own")) <= LINGER_S
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
    small, large = Chunk(sha256="0" * 64, size_bytes=10**6), Chunk(sha256="1", size_bytes=10**9)
    store.require_headroom([large])
    redis_client.config_set("maxmemory", used + 50_000_000)
    try:
        store.require_headroom([small])
        with pytest.raises(ReleaseRefusedError, match="no room"):
            store.require_headroom([small, large])
    finally:
        redis_client.config_set("maxmemory", 0)


def test_only_what_is_not_stored_yet_needs_room(
    store: ReleaseStore, redis_client: redis.Redis
) -> None:
    content = bytes(5_000_000)
    publish(store, index=content)
    new = b"a" * 1_000_000
    used = int(redis_client.info("memory")["used_memory"])
    redis_client.config_set("maxmemory", used + 3_000_000)
    try:
        store.require_headroom(chunk for data in (content, new) for chunk, _ in split(data))
        with pytest.raises(ReleaseRefusedError, match="no room"):
            store.require_headroom(chunk for chunk, _ in split(b"b" * 5_000_000))
    finally:
        redis_client.config_set("maxmemory", 0)


def test_a_server_that_fills_up_meanwhile_changes_nothing(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    live, _ = publish(store, index=b"good")
    made = manifest(store.next_number(), {"index": store.upload(b"better")})
    redis_client.config_set("maxmemory", 1)
    try:
        with pytest.raises(ReleaseRefusedError, match="Redis is full"):
            store.upload(b"more")
        with pytest.raises(ReleaseRefusedError, match="Redis is full"):
            store.publish(made)
        with pytest.raises(ReleaseRefusedError, match="Redis is full"):
            store.keep_candidate(made, ["too few"])
        assert store.live() == live
        assert store.candidate() is None
    finally:
        redis_client.config_set("maxmemory", 0)
    assert redis_client.ttl(*chunk_keys(redis_keys, made, "index")) > 0
    store.publish(made)


def test_a_candidate_gives_way_to_the_next_one(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    publish(store, live=b"live")
    first, second = (
        manifest(store.next_number(), {"live": store.upload(b"live"), "own": store.upload(own)})
        for own in (b"first", b"second")
    )
    store.keep_candidate(first, ["too few"])
    ref = store.keep_candidate(second, ["too few again"])
    found = store.candidate()
    assert found is not None
    assert found.ref == ref
    assert redis_client.exists(redis_keys.manifest(first.number)) == 0
    assert 0 < redis_client.ttl(*chunk_keys(redis_keys, first, "own")) <= LINGER_S
    assert redis_client.ttl(*chunk_keys(redis_keys, first, "live")) == -1


def test_an_upload_does_not_shorten_the_life_of_a_candidate(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    made = manifest(store.next_number(), {"own": store.upload(b"refused")})
    store.keep_candidate(made, ["too few"])
    store.upload(b"refused")
    assert redis_client.ttl(*chunk_keys(redis_keys, made, "own")) > 6 * 24 * 3600


@pytest.mark.parametrize("lost", ["counter", "fence", "both"])
def test_counters_that_are_lost_give_no_number_twice(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys, lost: str
) -> None:
    for content in (b"a", b"b"):
        publish(store, index=content)
    refused = manifest(store.next_number(), {"index": store.upload(b"c")})
    store.keep_candidate(refused, ["too few"])
    if lost != "fence":
        redis_client.delete(redis_keys.release_counter())
    if lost != "counter":
        redis_client.delete(redis_keys.release_fence())
    assert store.next_number() == refused.number + 1


def test_a_server_that_lost_everything_makes_no_release_of_an_old_identity(
    store: ReleaseStore,
) -> None:
    old, _ = publish(store, index=b"before")
    empty(store)
    # What a service does that still has the old release.
    store.raise_counter(old.number)
    new, _ = publish(store, index=b"after")
    assert new.number > old.number
    assert new.identity != old.identity
