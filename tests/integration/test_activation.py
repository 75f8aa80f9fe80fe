"""What operators make live, in a real Redis."""

import threading
from collections.abc import Callable

import msgspec
import pytest
import redis

from shared.contracts.releases import SCHEMA_VERSION
from shared.errors import (
    ReleaseCorruptError,
    ReleaseNotFoundError,
    ReleaseRefusedError,
    ReleaseSchemaError,
)
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.manifest import encode_manifest
from shared.releases.store import ReleaseStore
from tests.small_releases import chunk_keys, manifest, numbers, publish, refuse, upload


def test_an_older_release_goes_live_again_and_back(store: ReleaseStore) -> None:
    first, _ = publish(store, index=b"first")
    second, _ = publish(store, index=b"second")
    assert store.activate(first.number) == first
    assert store.live() == first
    assert store.activate(first.number) == first
    store.activate(second.number)
    assert store.live() == second
    assert store.kept() == [first, second]


def test_a_candidate_that_is_activated_is_one_of_the_published(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    publish(store, index=b"live")
    refused, made = refuse(store, index=b"refused")
    store.activate(refused.number)
    assert store.live() == refused
    assert numbers(store) == [1, 2]
    assert store.candidate() is None
    keys = [redis_keys.manifest(refused.number), *chunk_keys(redis_keys, made, "index")]
    assert [redis_client.ttl(key) for key in keys] == [-1, -1]


def test_another_candidate_stays_when_a_release_is_activated(store: ReleaseStore) -> None:
    first, _ = publish(store, index=b"first")
    refused, _ = refuse(store, index=b"refused")
    store.activate(first.number)
    found = store.candidate()
    assert found is not None
    assert found.ref == refused


def test_a_build_that_began_before_an_activation_is_refused(store: ReleaseStore) -> None:
    first, _ = publish(store, index=b"first")
    publish(store, index=b"second")
    under_way = store.next_number()
    store.activate(first.number)
    with pytest.raises(ReleaseRefusedError, match="activated"):
        store.publish(upload(store, under_way, index=b"late"))
    assert store.live() == first
    third, _ = publish(store, index=b"begun after")
    assert store.live() == third


@pytest.mark.parametrize("fault", ["missing", "truncated"])
def test_a_release_with_a_broken_chunk_is_not_activated(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys, fault: str
) -> None:
    first, made = publish(store, index=b"first", more=b"more")
    second, _ = publish(store, index=b"second")
    under_way = store.next_number()
    (key,) = chunk_keys(redis_keys, made, "more")
    if fault == "missing":
        redis_client.delete(key)
    else:
        redis_client.set(key, b"mo")
    with pytest.raises(ReleaseRefusedError, match=f"incomplete .*{key[-12:]}"):
        store.activate(first.number)
    assert store.live() == second
    store.publish(upload(store, under_way, index=b"not fenced"))


@pytest.mark.parametrize("fault", ["missing", "altered"])
def test_a_release_with_a_damaged_manifest_is_not_activated(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys, fault: str
) -> None:
    first, made = publish(store, index=b"first")
    second, _ = publish(store, index=b"second")
    key = redis_keys.manifest(first.number)
    if fault == "missing":
        redis_client.delete(key)
    else:
        redis_client.set(key, encode_manifest(msgspec.structs.replace(made, job_id="build-2")))
    with pytest.raises(ReleaseCorruptError):
        store.activate(first.number)
    assert store.live() == second


def test_a_release_of_a_newer_version_is_not_activated(store: ReleaseStore) -> None:
    newer = manifest(store.next_number(), {}, schema=SCHEMA_VERSION + 1)
    store.keep_candidate(newer, ["refused"])
    with pytest.raises(ReleaseSchemaError):
        store.activate(newer.number)
    assert store.live() is None


@pytest.mark.parametrize("number", [-1, 0, 2, 10**30])
def test_what_is_not_stored_can_be_neither_activated_nor_pinned(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys, number: int
) -> None:
    publish(store, index=b"first")
    for work in (store.activate, store.pin, store.unpin, store.view, store.find):
        with pytest.raises(ReleaseNotFoundError, match=f"Release {number} is not stored"):
            work(number)
    assert redis_client.exists(redis_keys.pinned_releases()) == 0


def test_an_unreadable_pointer_is_healed_by_activating(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    first, _ = publish(store, index=b"first")
    redis_client.set(redis_keys.live_release(), b"17")
    with pytest.raises(ReleaseCorruptError, match="pointer"):
        store.live()
    store.activate(first.number)
    assert store.live() == first


def test_a_full_server_can_still_be_rolled_back(
    store: ReleaseStore, redis_client: redis.Redis
) -> None:
    first, _ = publish(store, index=b"first")
    publish(store, index=b"second")
    redis_client.config_set("maxmemory", 1)
    try:
        store.activate(first.number)
    finally:
        redis_client.config_set("maxmemory", 0)
    assert store.live() == first


def test_publishing_and_activating_at_once_leaves_a_whole_release_live(
    redis_url: str, redis_keys: RedisKeys
) -> None:
    stores = [ReleaseStore(connect(redis_url), redis_keys) for _ in range(2)]
    first, _ = publish(stores[0], index=b"first")
    stores[0].pin(first.number)
    for attempt in range(20):
        made = upload(stores[0], stores[0].next_number(), index=b"%d" % attempt)
        outcomes = _at_once(
            lambda made=made: stores[0].publish(made),
            lambda: stores[1].activate(first.number),
        )
        live = stores[0].live()
        assert live is not None
        assert stores[0].artifact(stores[0].manifest(live), "index")
        # Whoever came last has the pointer; a publish that came second was fenced.
        published = not isinstance(outcomes[0], Exception)
        assert live == first or published
        assert published or isinstance(outcomes[0], ReleaseRefusedError)
        stores[0].activate(first.number)
    for each in stores:
        each.close()


def _at_once(*work: Callable[[], object]) -> list[object]:
    gate, outcomes = threading.Barrier(len(work)), dict[int, object]()

    def run(place: int) -> None:
        gate.wait()
        try:
            outcomes[place] = work[place]()
        except Exception as error:  # noqa: BLE001  # told to the test
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[place] for place in range(len(work))]
