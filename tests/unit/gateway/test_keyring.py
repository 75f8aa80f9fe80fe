"""Whose keys are known, and what is said while nobody can tell."""

import asyncio
import datetime as dt
import threading
from typing import Any

import pytest
import structlog

from services.gateway.callers import ROOT, Caller
from services.gateway.keyring import KeyRing
from shared.api_keys import NewKey, StoredKey, make_key
from shared.contracts.keys import ROLES, KeyRequest, Role
from shared.errors import StoreUnavailableError

ADMIN = "la-clave-ñ"
NEW = make_key(KeyRequest(name="n", role="operator"), dt.datetime.now(dt.UTC))


class Store:
    """Keys that can be away, or slow."""

    def __init__(self) -> None:
        self.is_away = False
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.changes: list[str] = []

    def load(self) -> dict[str, StoredKey]:
        self.may_answer.wait(5)
        if self.is_away:
            raise StoreUnavailableError("Redis does not answer.")
        return {NEW.key_id: NEW.stored}

    def add(self, new: NewKey) -> None:
        self.may_answer.wait(5)
        self.changes.append(new.key_id)

    def remove(self, key_id: str) -> None:
        self.may_answer.wait(5)
        self.changes.append(key_id)


def _ring(store: Any) -> KeyRing:  # noqa: ANN401  # as KeyStore
    return KeyRing(ADMIN.encode("latin-1"), store, poll_s=0.01, deadline_s=0.05)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("read", ["read"]), ("operator", ["read", "operator"]), ("admin", list(ROLES))],
)
def test_each_role_may_do_what_those_before_it_may(role: Role, allowed: list[Role]) -> None:
    assert [each for each in ROLES if Caller("x", role).may(each)] == allowed


def test_the_admin_key_is_known_whatever_its_letters() -> None:
    ring = _ring(None)
    assert ring.find(ADMIN) == Caller(ROOT, "admin")
    assert ring.find(ADMIN + "x") is None
    assert ring.find("Ā" + ADMIN) is None


async def test_the_last_known_keys_stay_while_redis_is_away() -> None:
    store = Store()
    ring = _ring(store)
    with pytest.raises(StoreUnavailableError):
        ring.find(NEW.text)
    await ring.refresh()
    store.is_away = True
    await ring.refresh()
    assert ring.find(NEW.text) == Caller(NEW.key_id, "operator")
    assert ring.find(NEW.text[:-1]) is None


async def test_it_follows_the_keys_until_cancelled() -> None:
    ring = _ring(Store())
    running = asyncio.create_task(ring.run())
    await asyncio.sleep(0.3)
    running.cancel()
    assert ring.find(NEW.text) is not None


async def test_a_key_that_is_made_after_the_deadline_is_in_the_audit_trail() -> None:
    store = Store()
    ring = _ring(store)
    store.may_answer.clear()
    with structlog.testing.capture_logs() as events:
        with pytest.raises(StoreUnavailableError):
            await ring.create(KeyRequest(name="n", role="operator"), Caller(ROOT, "admin"))
        with pytest.raises(StoreUnavailableError):
            await ring.revoke("of-somebody", Caller(ROOT, "admin"))
        assert events == []
        store.may_answer.set()
        async with asyncio.timeout(5):
            while len(events) < 2:  # noqa: ASYNC110  # of threads
                await asyncio.sleep(0.01)
    trail = {(each["event"], each["caller"]): each["key_id"] for each in events}
    assert trail["key_created", ROOT] in store.changes
    assert trail["key_revoked", ROOT] == "of-somebody"


async def test_who_asks_a_store_that_hangs_is_told_in_time() -> None:
    store = Store()
    store.may_answer.clear()
    with pytest.raises(StoreUnavailableError, match="in time"):
        await _ring(store).keys()
    store.may_answer.set()


async def test_without_a_store_there_is_nowhere_to_keep_keys() -> None:
    ring = _ring(None)
    await ring.refresh()
    with pytest.raises(StoreUnavailableError, match="no Redis"):
        await ring.create(KeyRequest(name="n"), Caller(ROOT, "admin"))
