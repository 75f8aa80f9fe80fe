"""What operators do to stored releases, in a real Redis: activate, pin, look; and retention."""

import threading
from collections.abc import Callable

import msgspec
import pytest
import redis

from shared.contracts.releases import SCHEMA_VERSION, Manifest, ReleaseRef
from shared.errors import (
    ReleaseCorruptError,
    ReleaseNotFoundError,
    ReleaseRefusedError,
    ReleaseSchemaError,
)
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.manifest import encode_manifest
from shared.releases.reading import Inventory
from shared.releases.retention import LINGER_S
from shared.releases.signing import Signer
from shared.releases.store import ReleaseStore
from shared.settings import KEEP_RELEASES
from tests.small_releases import chunk_keys, manifest, publish, upload

KEY, OTHER_KEY = b"k" * 16, b"o" * 16


@pytest.fixture
def store(redis_client: redis.Redis, redis_keys: RedisKeys) -> ReleaseStore:
    return ReleaseStore(redis_client, redis_keys)


def numbers(store: ReleaseStore) -> list[int]:
    return [ref.number for ref in store.kept()]


def refuse(store: ReleaseStore, **contents: bytes) -> tuple[ReleaseRef, Manifest]:
    made = upload(store, store.next_number(), **contents)
    return store.keep_candidate(made, ["too few movies"]), made


# -- activate -------------------------------------------------------------------------------


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


# -- retention ------------------------------------------------------------------------------


def test_the_live_release_stays_however_many_come_after_it(store: ReleaseStore) -> None:
    made = [publish(store, own=b"%d" % n)[0] for n in range(KEEP_RELEASES)]
    store.activate(made[0].number)
    # Refused builds do not count, and a later publish moves on from the rolled-back one.
    newest, _ = publish(store, own=b"new")
    assert store.live() == newest
    assert numbers(store) == [ref.number for ref in [*made[1:], newest]]


def test_a_rolled_back_release_is_not_dropped_while_it_is_live(store: ReleaseStore) -> None:
    made = [publish(store, own=b"%d" % n)[0] for n in range(KEEP_RELEASES)]
    store.pin(made[0].number)
    newest, _ = publish(store, own=b"new")
    store.activate(made[0].number)
    store.unpin(made[0].number)
    assert store.live() == made[0]
    assert numbers(store) == [ref.number for ref in [*made, newest]]
    assert store.artifact(store.manifest(made[0]), "own") == b"0"
    store.activate(newest.number)
    last, _ = publish(store, own=b"last")
    assert numbers(store) == [ref.number for ref in [made[2], newest, last]]


@pytest.mark.parametrize("keep", [1, 2, 5])
def test_retention_keeps_as_many_as_it_is_told(
    redis_client: redis.Redis, redis_keys: RedisKeys, keep: int
) -> None:
    store = ReleaseStore(redis_client, redis_keys, keep_releases=keep)
    made = [publish(store, own=b"%d" % n)[0] for n in range(6)]
    assert store.kept() == made[-keep:]


def test_a_pinned_release_stays_until_it_is_unpinned(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    first, old = publish(store, same=b"same", own=b"own")
    store.pin(first.number)
    store.pin(first.number)
    for n in range(KEEP_RELEASES + 1):
        publish(store, same=b"same", own=b"%d" % n)
    assert numbers(store) == [1, 3, 4, 5]
    assert store.view(first.number).pinned
    store.unpin(first.number)
    assert numbers(store) == [3, 4, 5]
    assert redis_client.exists(redis_keys.manifest(first.number)) == 0
    assert 0 < redis_client.ttl(*chunk_keys(redis_keys, old, "own")) <= LINGER_S
    assert redis_client.ttl(*chunk_keys(redis_keys, old, "same")) == -1


def test_a_candidate_cannot_be_pinned(store: ReleaseStore) -> None:
    refused, _ = refuse(store, index=b"refused")
    with pytest.raises(ReleaseRefusedError, match="candidate"):
        store.pin(refused.number)
    assert not store.view(refused.number).pinned


def test_chunks_of_the_candidate_outlive_the_release_they_came_from(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    publish(store, same=b"same")
    refused, made = refuse(store, same=b"same", own=b"own")
    for n in range(KEEP_RELEASES):
        publish(store, own=b"%d" % n)
    assert store.artifact(store.manifest(refused), "same") == b"same"
    # Nobody published has it any more, so it goes with the candidate.
    assert redis_client.ttl(*chunk_keys(redis_keys, made, "same")) > LINGER_S


def test_nothing_is_dropped_while_the_pointer_is_unreadable(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    made = [publish(store, own=b"%d" % n)[0] for n in range(KEEP_RELEASES)]
    store.pin(made[0].number)
    publish(store, own=b"new")
    redis_client.set(redis_keys.live_release(), b"{")
    store.unpin(made[0].number)
    assert numbers(store) == [1, 2, 3, 4]


class Crowded(ReleaseStore):
    """A store in which somebody does something just after this one has looked what is there."""

    meanwhile: Callable[[], object] | None = None

    def inventory(self) -> Inventory:
        found = super().inventory()
        work, self.meanwhile = self.meanwhile, None
        if work is not None:
            work()
        return found


def test_a_release_that_is_pinned_while_it_is_about_to_be_dropped_stays(
    store: ReleaseStore,
) -> None:
    crowded = Crowded(store.client, store.keys)
    made = [publish(store, own=b"%d" % n)[0] for n in range(KEEP_RELEASES)]
    newest = upload(store, store.next_number(), own=b"new")
    crowded.meanwhile = lambda: store.pin(made[0].number)
    crowded.publish(newest)
    assert numbers(store) == [1, 2, 3, 4]
    assert store.artifact(store.manifest(made[0]), "own") == b"0"


def test_a_candidate_that_is_activated_while_another_takes_its_place_stays_whole(
    store: ReleaseStore,
) -> None:
    publish(store, index=b"live")
    first, made = refuse(store, index=b"first")
    crowded = Crowded(store.client, store.keys)
    another = upload(store, store.next_number(), index=b"second")
    crowded.meanwhile = lambda: store.activate(first.number)
    second = crowded.keep_candidate(another, ["too few"])
    assert store.live() == first
    assert store.manifest(first) == made
    assert store.artifact(made, "index") == b"first"
    assert store.view(second.number).status == "candidate"


# -- views ----------------------------------------------------------------------------------


def test_views_tell_what_each_release_is_and_costs(store: ReleaseStore) -> None:
    publish(store, same=b"s" * 100, own=b"o" * 10)
    publish(store, same=b"s" * 100, own=b"p" * 20, twice=b"p" * 20)
    refuse(store, same=b"s" * 100, own=b"r" * 30)
    store.pin(1)
    views = store.views()
    assert [
        (view.number, view.status, view.pinned, view.size_bytes, view.own_bytes, view.reasons)
        for view in views
    ] == [
        (3, "candidate", False, 130, 30, ["too few movies"]),
        (2, "live", False, 140, 20, []),
        (1, "kept", True, 110, 10, []),
    ]
    assert views[1] == store.view(2)
    assert (views[1].job_id, views[1].counts) == ("build-1", {"movies": 1})


def test_a_view_names_the_job_as_the_jobs_do(store: ReleaseStore) -> None:
    made = upload(store, store.next_number(), movies=b"m")
    name = "build-7@2026-11-29T02:40:24.000000+00:00"
    store.publish(msgspec.structs.replace(made, job_id=name))
    assert store.view(made.number).job_id == "build-7"


def test_a_release_whose_manifest_is_unreadable_hides_no_other(
    store: ReleaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    publish(store, own=b"first")
    publish(store, own=b"second")
    redis_client.set(redis_keys.manifest(1), b"{}")
    redis_client.zadd(redis_keys.kept_releases(), {b"rubbish": 0})
    second, first = store.views()
    assert (second.status, second.size_bytes, second.reasons) == ("live", 6, [])
    assert (first.status, first.size_bytes, first.own_bytes) == ("kept", None, None)
    assert first.reasons == ["manifest of release 1: digest differs"]


def test_there_are_no_views_before_the_first_release(store: ReleaseStore) -> None:
    assert store.views() == []


# -- signatures -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written_by", "read_by", "reason"),
    [
        (None, None, None),
        (KEY, None, None),
        (KEY, KEY, None),
        (None, KEY, "not signed"),
        (OTHER_KEY, KEY, "signed by another key"),
    ],
)
def test_a_release_is_read_and_activated_by_those_who_trust_its_key(
    redis_client: redis.Redis,
    redis_keys: RedisKeys,
    written_by: bytes | None,
    read_by: bytes | None,
    reason: str | None,
) -> None:
    writer = ReleaseStore(redis_client, redis_keys, Signer(written_by))
    reader = ReleaseStore(redis_client, redis_keys, Signer(read_by))
    ref, made = publish(writer, index=b"x")
    candidate, _ = refuse(writer, index=b"y")
    assert reader.live() == ref
    if reason is None:
        assert reader.manifest(ref) == made
        assert reader.activate(ref.number) == ref
        assert reader.view(ref.number).reasons == []
        return
    for work in (
        lambda: reader.manifest(ref),
        lambda: reader.activate(ref.number),
        lambda: reader.activate(candidate.number),
    ):
        with pytest.raises(ReleaseCorruptError, match=reason):
            work()
    view = reader.view(ref.number)
    assert view.size_bytes == 1
    assert view.reasons == [f"release {ref.number} is {reason}"]


def test_a_signature_is_for_one_release_alone(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    store = ReleaseStore(redis_client, redis_keys, Signer(KEY))
    first, _ = publish(store, index=b"first")
    second, _ = publish(store, index=b"second")
    forged = msgspec.structs.replace(second, signature=first.signature)
    with pytest.raises(ReleaseCorruptError, match="another key"):
        store.manifest(forged)
    with pytest.raises(ReleaseCorruptError, match="another key"):
        store.manifest(msgspec.structs.replace(second, signature="ñ"))


def test_a_key_that_is_new_does_not_keep_old_releases_from_being_dropped(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    unsigned = [publish(ReleaseStore(redis_client, redis_keys), own=b"a") for _ in range(3)]
    store = ReleaseStore(redis_client, redis_keys, Signer(KEY))
    signed = [publish(store, own=b"%d" % n)[0] for n in range(3)]
    assert store.kept() == signed
    keys = [key for _, made in unsigned for key in chunk_keys(redis_keys, made, "own")]
    assert all(redis_client.ttl(key) > 0 for key in keys)
