"""Who has a key: the admin key of the file, and the keys in Redis, followed in memory."""

import asyncio
import datetime as dt
import hmac
from collections.abc import Callable
from typing import TypeVar

from services.gateway.audit import record
from services.gateway.callers import ROOT, Caller
from services.gateway.deadlines import in_time
from shared.api_keys import KeyStore, NewKey, StoredKey, is_secret_of, make_key, split_key
from shared.contracts.keys import KeyCreated, KeyList, KeyRequest, KeyView
from shared.errors import AppError, StoreUnavailableError
from shared.telemetry import log

T = TypeVar("T")


class KeyRing:
    """All keys that are let in; the last known ones stay while Redis is away."""

    def __init__(
        self, root: bytes | None, store: KeyStore | None, *, poll_s: float, deadline_s: float
    ) -> None:
        """Let in `root`, and what `store` has; without a store that is all."""
        self._root = root
        self._store = store
        self._poll_s = poll_s
        self._deadline_s = deadline_s
        self._keys: dict[str, StoredKey] = {}
        self._is_loaded = store is None
        self._refreshing = asyncio.Lock()
        self._is_failing = False

    @property
    def is_open(self) -> bool:
        """Whether there is a key at all."""
        return self._root is not None or bool(self._keys)

    def find(self, text: str) -> Caller | None:
        """Return whose key this is, None where it is nobody's or has expired.

        Raises:
            StoreUnavailableError: Redis was away since the start, so nobody can tell.
        """
        if self._root is not None and hmac.compare_digest(
            text.encode("latin-1", "replace"), self._root
        ):
            return Caller(ROOT, "admin")
        parts = split_key(text)
        if parts is None:
            return None
        if not self._is_loaded:
            raise StoreUnavailableError("Redis does not answer, so no key can be checked yet.")
        key_id, secret = parts
        stored = self._keys.get(key_id)
        if not is_secret_of(secret, stored) or stored is None or stored.is_over(_now()):
            return None
        return Caller(key_id, stored.role)

    async def run(self) -> None:
        """Follow the keys until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(self._poll_s)

    async def refresh(self) -> None:
        """Read the keys once; one reading after the other, so that the latest one stays."""
        if self._store is None:
            return
        async with self._refreshing:
            try:
                self._keys = await asyncio.to_thread(self._store.load)
            except AppError as error:
                if not self._is_failing:
                    log().warning("api_keys_unreadable", reason=error.message)
                self._is_failing = True
                return
            self._is_failing, self._is_loaded = False, True

    async def keys(self) -> KeyList:
        """Return the keys in Redis, oldest first."""
        found = await self._call(lambda store: store.load())
        items = [_view(key_id, stored) for key_id, stored in found.items()]
        return KeyList(items=sorted(items, key=lambda view: (view.created_at, view.id)))

    async def create(self, request: KeyRequest, caller: Caller) -> KeyCreated:
        """Make a key that works here at once, and on other gateways a moment later."""
        new: NewKey = make_key(request, _now())

        def add(store: KeyStore) -> None:
            store.add(new)
            record("key_created", caller, key_id=new.key_id, key_role=request.role)

        await self._call(add)
        await self.refresh()
        stored = new.stored
        return KeyCreated(
            id=new.key_id,
            name=stored.name,
            role=stored.role,
            created_at=stored.created_at,
            expires_at=stored.expires_at,
            key=new.text,
        )

    async def revoke(self, key_id: str, caller: Caller) -> None:
        """Drop a key: at once here, a moment later on other gateways."""

        def remove(store: KeyStore) -> None:
            store.remove(key_id)
            record("key_revoked", caller, key_id=key_id)

        await self._call(remove)
        await self.refresh()

    async def _call(self, work: Callable[[KeyStore], T]) -> T:
        """Run `work` in a thread.

        Raises:
            StoreUnavailableError: there is no store, or it takes longer than the deadline.
        """
        store = self._store
        if store is None:
            raise StoreUnavailableError("This gateway has no Redis to keep keys in.")
        return await in_time(lambda: work(store), self._deadline_s)


def _view(key_id: str, stored: StoredKey) -> KeyView:
    return KeyView(
        id=key_id,
        name=stored.name,
        role=stored.role,
        created_at=stored.created_at,
        expires_at=stored.expires_at,
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
