"""Which releases stay stored, in a real Redis: the newest, the live one, the pinned."""

from collections.abc import Callable

import pytest
import redis

from shared.errors import ReleaseRefusedError
from shared.redis_keys import RedisKeys
from shared.releases.reading import Inventory
from shared.releases.retention import LINGER_S
from shared.releases.store import ReleaseStore
from shared.settings import KEEP_RELEASES
from tests.small_releases import chunk_keys, numbers, publish, refuse, upload


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
