"""Which servers a store is opened at, and what is said of those that do not do."""

import msgspec
import pytest
import redis

from shared.contracts.releases import ReleaseRef
from shared.errors import SettingsError, StoreUnavailableError
from shared.redis_client import connect, require_noeviction
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore, open_store
from shared.settings import StoreSettings
from tests.small_releases import manifest, publish

NOBODY = "redis://127.0.0.1:1/0"


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
        lambda: store.require_headroom([]),
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


def test_a_store_is_opened_as_the_settings_say(redis_url: str, redis_keys: RedisKeys) -> None:
    place = StoreSettings(
        url=redis_url,
        namespace=redis_keys.namespace,
        keep_releases=1,
        signing_key=b"0123456789abcdef",
    )
    store = open_store(place, timeout_s=2)
    refs = [publish(store, own=b"%d" % n)[0] for n in range(2)]
    assert store.kept() == refs[1:]
    assert store.signer.sign(refs[1]) == refs[1] != msgspec.structs.replace(refs[1], signature="")
    store.close()


def test_an_address_of_another_form_is_a_setting_error() -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        connect("http://somewhere")
