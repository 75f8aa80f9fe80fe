"""What is told of stored releases, in a real Redis."""

import msgspec
import redis

from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.small_releases import publish, refuse, upload


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
