"""Follow the release pointer, so that the cache knows which answers are current."""

import asyncio

from services.gateway.cache import ResponseCache
from shared.errors import AppError
from shared.releases.store import ReleaseStore
from shared.telemetry import log


class PointerWatcher:
    """Keeps the cache at the live release; while Redis is away the last known one stands."""

    def __init__(self, store: ReleaseStore, cache: ResponseCache, *, poll_s: float) -> None:
        """Tell `cache` what `store` names."""
        self._store = store
        self._cache = cache
        self._poll_s = poll_s
        self.release: str | None = None
        self.reason: str | None = None
        self._refreshing = asyncio.Lock()

    @property
    def degraded(self) -> tuple[str, ...]:
        """The word for answers while the pointer cannot be read."""
        return () if self.reason is None else ("store",)

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(self._poll_s)

    async def refresh(self) -> None:
        """Look at the pointer once; one look after the other, so that the latest one stays."""
        async with self._refreshing:
            try:
                ref = await asyncio.to_thread(self._store.live)
            except AppError as error:
                if self.reason is None:
                    log().warning("pointer_unreadable", reason=error.message)
                self.reason = error.message
                return
            self.reason = None
            self.release = None if ref is None else ref.label
            self._cache.follow(self.release)
