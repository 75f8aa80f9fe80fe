"""The releases of a deployment: number, publish, activate, pin, drop; each all or nothing."""

from importlib import resources
from typing import Final

import msgspec
import redis
from redis.client import Pipeline
from redis.commands.core import Script

from shared.contracts.releases import Manifest, ReleaseRef, ReleaseView
from shared.errors import (
    AppError,
    ReleaseNotFoundError,
    ReleaseRefusedError,
)
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.manifest import chunks_of, decode_manifest, digest, encode_manifest
from shared.releases.reading import Candidate, translated
from shared.releases.retention import CANDIDATE_TTL_S, drop_past_releases, queue_dismissal
from shared.releases.signing import Signer
from shared.releases.uploading import UPLOAD_TTL_S, ReleaseUploads
from shared.releases.views import view_releases
from shared.settings import KEEP_RELEASES, StoreSettings
from shared.telemetry import log

OVERTAKEN: Final = "another release was published or activated while it was built"


def open_store(address: StoreSettings, *, timeout_s: float = 5.0) -> "ReleaseStore":
    """Make the store of a deployment, with a connection of its own; connects on first use.

    Raises:
        SettingsError: the address is none of a Redis.
    """
    return ReleaseStore(
        connect(address.url, timeout_s=timeout_s),
        RedisKeys(address.namespace),
        Signer(address.signing_key),
        keep_releases=address.keep_releases,
    )


class ReleaseStore(ReleaseUploads):
    """The one reader and writer of releases; blocking, so services call it in a thread.

    Raises `StoreUnavailableError` from every method when Redis does not answer, and
    `ReleaseRefusedError` from those that write when it is full.
    """

    def __init__(
        self,
        client: redis.Redis,
        keys: RedisKeys,
        signer: Signer | None = None,
        *,
        keep_releases: int = KEEP_RELEASES,
    ) -> None:
        """Use `client` for everything under `keys`; it becomes this store's own."""
        super().__init__(client, keys, signer or Signer())
        self._keep_releases = keep_releases
        self._publish = client.register_script(_script("publish"))
        self._activate = client.register_script(_script("activate"))
        self._import = client.register_script(_script("import"))

    # -- for builds -------------------------------------------------------------------------

    def next_number(self) -> int:
        """Take a new release number, above every one published or stored here."""
        fence = int(self._get(self.keys.release_fence()) or 0)
        stored = [ref.number for ref in self.inventory().refs]
        self.raise_counter(max([fence, *stored]))
        with translated():
            return int(self.client.incr(self.keys.release_counter()))

    def raise_counter(self, least: int) -> None:
        """Let the next number be above `least`, the number of a copy kept elsewhere.

        A server that lost its data counts from 1 again. Racing callers may leave a gap.
        """
        short = least - int(self._get(self.keys.release_counter()) or 0)
        if short > 0:
            with translated():
                self.client.incrby(self.keys.release_counter(), short)

    def publish(self, manifest: Manifest) -> ReleaseRef:
        """Make the release live and drop the ones that retention no longer covers.

        Raises:
            ReleaseRefusedError: a newer release was published, or one activated, meanwhile, or a
                chunk has gone.
            ReleaseConflictError: another release of this number is stored.
        """
        data = encode_manifest(manifest)
        ref = self._put_manifest(manifest, data, UPLOAD_TTL_S)
        self._run(self._publish, ref, manifest, data)
        self._drop_old()
        return ref

    def keep_candidate(self, manifest: Manifest, reasons: list[str]) -> ReleaseRef:
        """Keep a refused build for seven days, in place of the one before.

        Raises:
            ReleaseConflictError: another release of this number is stored.
        """
        ref = self._put_manifest(manifest, encode_manifest(manifest), CANDIDATE_TTL_S)
        data = msgspec.json.encode(Candidate(ref=ref, reasons=reasons))

        def queue(pipe: Pipeline) -> None:
            inventory = self.inventory()
            pipe.multi()
            if inventory.candidate is not None and inventory.candidate.ref.number != ref.number:
                queue_dismissal(self, inventory, inventory.candidate.ref, pipe)
            for each in chunks_of(manifest):
                # GT: those of a published release are permanent, and stay so.
                pipe.expire(self.keys.chunk(each), CANDIDATE_TTL_S, gt=True)
            pipe.set(self.keys.candidate(), data, ex=CANDIDATE_TTL_S)

        with translated():
            # The one before may be activated at this moment.
            watched = (self.keys.candidate(), self.keys.kept_releases())
            self.client.transaction(queue, *watched)
        return ref

    # -- for operators ----------------------------------------------------------------------

    def views(self) -> list[ReleaseView]:
        """Describe every stored release, newest first."""
        return view_releases(self)

    def view(self, number: int) -> ReleaseView:
        """Describe one stored release.

        Raises:
            ReleaseNotFoundError: there is none of this number.
        """
        for view in self.views():
            if view.number == number:
                return view
        raise ReleaseNotFoundError(f"Release {number} is not stored.")

    def activate(self, number: int) -> ReleaseRef:
        """Make a stored release live: a roll-back, or a candidate in spite of the gate.

        Raises:
            ReleaseNotFoundError: it is not stored.
            ReleaseCorruptError: its manifest is missing, altered or not signed by our key.
            ReleaseSchemaError: it was written by a newer version.
            ReleaseRefusedError: a chunk is missing.
        """
        ref = self.find(number)
        self.signer.require(ref)
        data = self.manifest_bytes(ref)
        self._run(self._activate, ref, decode_manifest(data, ref), data)
        return ref

    def pin(self, number: int) -> None:
        """Let a published release stay until it is unpinned.

        Raises:
            ReleaseNotFoundError: it is not stored.
            ReleaseRefusedError: it is a candidate, which expires.
        """
        key = self.keys.pinned_releases()
        # Before the look: what is being dropped at this moment sees the pin, or is gone.
        with translated():
            is_new = self.client.sadd(key, number)
        inventory = self.inventory()
        if any(ref.number == number for ref in inventory.published):
            return
        if is_new:
            with translated():
                self.client.srem(key, number)
        if inventory.candidate and inventory.candidate.ref.number == number:
            raise ReleaseRefusedError(
                f"Release {number} is a candidate, which is kept for seven days: activate or "
                "export it."
            )
        raise ReleaseNotFoundError(f"Release {number} is not stored.")

    def unpin(self, number: int) -> None:
        """Take the pin away, and drop at once what only pins have kept.

        Raises:
            ReleaseNotFoundError: it is not stored.
        """
        self.find(number)
        with translated():
            self.client.srem(self.keys.pinned_releases(), number)
        self._drop_old()

    def put_in(self, ref: ReleaseRef, manifest: Manifest, data: bytes) -> None:
        """Make an imported release, whose chunks are uploaded, one of the stored ones.

        It goes live where nothing is. `data` are the manifest's bytes.

        Raises:
            ReleaseConflictError: another release of this number is stored.
            ReleaseRefusedError: a chunk has gone meanwhile.
        """
        self.upload_manifest(ref, data, UPLOAD_TTL_S)
        self._run(self._import, ref, manifest, data)

    # -- inside -----------------------------------------------------------------------------

    def _run(self, script: Script, ref: ReleaseRef, manifest: Manifest, data: bytes) -> None:
        """Run one of the scripts; see `release.lua`."""
        keys, chunks = self.keys, chunks_of(manifest).values()
        with translated():
            answer = script(
                keys=[
                    keys.release_fence(),
                    keys.release_counter(),
                    keys.live_release(),
                    keys.kept_releases(),
                    keys.candidate(),
                    keys.manifest(ref.number),
                    *(keys.chunk(chunk.sha256) for chunk in chunks),
                ],
                args=[
                    ref.number,
                    msgspec.json.encode(ref),
                    len(data),
                    *(chunk.size_bytes for chunk in chunks),
                ],
            )
        _raise_unless_ok(ref, answer.decode() if isinstance(answer, bytes) else str(answer))

    def _put_manifest(self, manifest: Manifest, data: bytes, ttl_s: int) -> ReleaseRef:
        ref = ReleaseRef(number=manifest.number, manifest_sha256=digest(data))
        self.upload_manifest(ref, data, ttl_s)
        return self.signer.sign(ref)

    def _drop_old(self) -> None:
        """Drop what retention no longer covers; where that fails, after the next publish."""
        try:
            with translated():
                drop_past_releases(self, self._keep_releases)
        except AppError as error:
            log().warning("old_releases_kept", reason=str(error))


def _script(name: str) -> str:
    """One of the scripts, with what all of them begin with."""
    folder = resources.files("shared.releases")
    return "".join(folder.joinpath(f"{each}.lua").read_text("utf-8") for each in ("release", name))


def _raise_unless_ok(ref: ReleaseRef, answer: str) -> None:
    if answer == "fenced":
        raise ReleaseRefusedError(
            f"release {ref.number} was refused: {OVERTAKEN}", reasons=[OVERTAKEN], fenced=True
        )
    if answer != "ok":
        raise ReleaseRefusedError(f"release {ref.number} may not go live: {answer}")
