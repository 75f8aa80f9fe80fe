"""Follow the release pointer: load what it names beside what is served, then swap."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

from shared.contracts.releases import Manifest, ReleaseRef
from shared.errors import (
    AppError,
    IndexNotReadyError,
    ReleaseCorruptError,
    StoreUnavailableError,
)
from shared.releases.local import LocalCopy
from shared.releases.manifest import Buffer
from shared.releases.store import ReleaseStore
from shared.telemetry import log

POLL_S = 2.0
# A release that would not load is tried again, but not at every poll.
RETRY_BROKEN_S = 30.0

S = TypeVar("S")


class Source(Protocol):
    """Where manifests and artifacts come from: the store or the local copy."""

    def manifest(self, ref: ReleaseRef) -> Manifest:
        """Load and check a manifest."""
        ...

    def artifact(self, manifest: Manifest, name: str) -> Buffer:
        """Load and check an artifact."""
        ...


class Loaded(Generic[S]):
    """A snapshot and the release it came from; replaced, never changed."""

    __slots__ = ("ref", "snapshot")

    def __init__(self, ref: ReleaseRef, snapshot: S) -> None:
        """Tie the two together, so that no answer mixes releases."""
        self.ref = ref
        self.snapshot = snapshot


class ReleaseFacts(NamedTuple):
    """What is said of the release in service; `served_at` is of the monotonic clock."""

    manifest: Manifest
    served_at: float


class ReleaseWatcher(Generic[S]):
    """Keeps `current()` at the live release; whatever goes wrong, the old one stays."""

    def __init__(  # noqa: PLR0913  # the last two by name
        self,
        store: ReleaseStore,
        local: LocalCopy | None,
        artifacts: tuple[str, ...],
        build: Callable[[Manifest, Mapping[str, Buffer]], S],
        *,
        optional: tuple[str, ...] = (),
        poll_s: float = POLL_S,
    ) -> None:
        """Load `artifacts` of each release and let `build` make (and try) a snapshot of them.

        A release of an older version, or its local copy, may lack `optional` ones.
        """
        self._optional = optional
        self._store = store
        self._local = local
        self._artifacts = artifacts
        self._build = build
        self._poll_s = poll_s
        self._loaded: Loaded[S] | None = None
        self._broken: tuple[ReleaseRef, float] | None = None
        self._facts: ReleaseFacts | None = None
        self.reasons: dict[str, str] = {}
        self.swaps = 0
        self.refused = Counter[str]()

    def current(self) -> Loaded[S]:
        """Return what is served now.

        Raises:
            IndexNotReadyError: nothing has been loaded yet.
        """
        if self._loaded is None:
            raise IndexNotReadyError("; ".join(self.reasons.values()))
        return self._loaded

    @property
    def degraded(self) -> tuple[str, ...]:
        """What is wrong, in words: the topics of `reasons`."""
        return tuple(self.reasons)

    def facts(self) -> ReleaseFacts | None:
        """Return what is known of the release in service."""
        return self._facts

    def is_store_up(self) -> bool:
        """Tell whether Redis answered the last time it was asked."""
        return "store" not in self.reasons

    @property
    def is_ready(self) -> bool:
        """Whether a release is loaded."""
        return self._loaded is not None

    async def run(self) -> None:
        """Poll until cancelled; the loading happens in a thread."""
        while True:
            try:
                await asyncio.to_thread(self.refresh)
            except Exception as error:  # noqa: BLE001  # following must outlive any surprise
                log().error("release_watch_failed", exc_info=error)
            await asyncio.sleep(self._poll_s)

    def refresh(self) -> None:
        """Look at the pointer once and load what it names, if that is something else."""
        try:
            ref = self._store.live()
        except StoreUnavailableError as error:
            self._note("store", str(error))
            self._start_from_local()
            return
        except AppError as error:
            self._note("release", str(error))
            return
        self.reasons.pop("store", None)
        if ref is None:
            self._note("release", "no release has been published yet")
            self._start_from_local()
            self._keep_numbers_rising()
        elif self._loaded is None or self._loaded.ref.identity != ref.identity:
            self._swap_to(ref)
        else:
            self.reasons.pop("release", None)  # the pointer came back to what is served

    def _swap_to(self, ref: ReleaseRef) -> None:
        if self._broken is not None:
            broken, when = self._broken
            if broken == ref and time.monotonic() - when < RETRY_BROKEN_S:
                return
        if not self._load(ref, self._store):
            if "store" not in self.reasons:
                self._broken = (ref, time.monotonic())
            self._start_from_local()

    def _start_from_local(self) -> None:
        if self._loaded is not None or self._local is None:
            return
        ref = self._local.ref()
        if ref is not None and self._load(ref, self._local):
            log().warning("release_from_local_copy", release=ref.label)

    def _keep_numbers_rising(self) -> None:
        """Let the next release be numbered above ours: the server has lost its data."""
        if self._loaded is None:
            return
        try:
            self._store.raise_counter(self._loaded.ref.number)
        except AppError as error:
            self._note("store", str(error))

    def _load(self, ref: ReleaseRef, source: Source) -> bool:
        began = time.monotonic()
        try:
            manifest = source.manifest(ref)
            artifacts = {name: source.artifact(manifest, name) for name in self._artifacts}
            artifacts |= self._read_optional(source, manifest)
            snapshot = self._build(manifest, artifacts)
        except StoreUnavailableError as error:
            self._note("store", str(error))  # tried again at the next poll
            return False
        except Exception as error:  # noqa: BLE001  # nothing a release holds may stop the service
            self.refused[error.code if isinstance(error, AppError) else AppError.code] += 1
            self._note("release", f"release {ref.label} was not loaded: {error}")
            return False
        self._loaded = Loaded(ref, snapshot)
        self._facts = ReleaseFacts(manifest, time.monotonic())
        self.swaps += 1
        log().info("release_loaded", release=ref.label, seconds=round(time.monotonic() - began, 3))
        if source is self._store:
            # A local copy does not answer why the live release is not served.
            self.reasons.pop("release", None)
            self._keep(ref, manifest, artifacts)
        return True

    def _read_optional(self, source: Source, manifest: Manifest) -> dict[str, Buffer]:
        """Artifacts that a release can do without; in the store what is named must be there."""
        found: dict[str, Buffer] = {}
        for name in self._optional:
            if name not in manifest.artifacts:
                continue
            try:
                found[name] = source.artifact(manifest, name)
            except ReleaseCorruptError:
                if source is self._store:
                    raise
                log().warning("artifact_not_in_local_copy", artifact=name)
        return found

    def _keep(self, ref: ReleaseRef, manifest: Manifest, artifacts: Mapping[str, Buffer]) -> None:
        if self._local is None:
            return
        try:
            data = self._store.manifest_bytes(ref)
            self._local.save(ref, data, manifest, artifacts)
        except (AppError, OSError) as error:
            self._note("local", f"the local copy was not written: {error}")
        else:
            self.reasons.pop("local", None)

    def _note(self, topic: str, reason: str) -> None:
        if self.reasons.get(topic) != reason:
            log().warning("release_watch_trouble", topic=topic, reason=reason)
        self.reasons[topic] = reason
