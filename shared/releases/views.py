"""Describe what is stored, for operators: what each release is, and what it costs."""

from collections import Counter
from typing import NamedTuple

import msgspec

from shared.contracts.releases import Chunk, Manifest, ReleaseRef, ReleaseView
from shared.errors import AppError, ReleaseCorruptError, ReleaseSchemaError
from shared.releases.manifest import chunks_of, decode_manifest
from shared.releases.reading import Inventory, ReleaseReader


class _Read(NamedTuple):
    """A release with its manifest, where that can be read, and what speaks against it."""

    ref: ReleaseRef
    manifest: Manifest | None
    reasons: list[str]

    @property
    def chunks(self) -> dict[str, Chunk]:
        return {} if self.manifest is None else chunks_of(self.manifest)


def view_releases(store: ReleaseReader) -> list[ReleaseView]:
    """Describe every stored release, newest first; one that is damaged hides no other."""
    inventory = store.inventory()
    read = [_read(store, ref) for ref in inventory.refs]
    users = Counter(each for release in read for each in release.chunks)
    return [_view(release, inventory, users) for release in read]


def _read(store: ReleaseReader, ref: ReleaseRef) -> _Read:
    reasons: list[str] = []
    try:
        store.signer.require(ref)
    except AppError as error:
        reasons.append(error.message)
    try:
        return _Read(ref, decode_manifest(store.manifest_bytes(ref), ref), reasons)
    except (ReleaseCorruptError, ReleaseSchemaError) as error:
        return _Read(ref, None, [*reasons, error.message])


def _view(release: _Read, inventory: Inventory, users: Counter[str]) -> ReleaseView:
    ref, candidate = release.ref, inventory.candidate
    refused = candidate.reasons if candidate and candidate.ref.number == ref.number else []
    view = ReleaseView(
        number=ref.number,
        label=ref.label,
        status=inventory.status(ref),
        pinned=ref.number in inventory.pinned,
        created_at=None,
        job_id=None,
        source=None,
        sources=[],
        counts={},
        size_bytes=None,
        own_bytes=None,
        reasons=[*refused, *release.reasons],
    )
    return view if release.manifest is None else _with_facts(view, release.manifest, users)


def _with_facts(view: ReleaseView, manifest: Manifest, users: Counter[str]) -> ReleaseView:
    own = (chunk for chunk in chunks_of(manifest).values() if users[chunk.sha256] == 1)
    return msgspec.structs.replace(
        view,
        created_at=manifest.created_at,
        # There the time when the job was made stands behind it (`worker.jobs.build_identity`).
        job_id=manifest.job_id.partition("@")[0],
        source=manifest.source,
        sources=manifest.sources,
        counts=manifest.counts,
        size_bytes=sum(artifact.size_bytes for artifact in manifest.artifacts.values()),
        own_bytes=sum(chunk.size_bytes for chunk in own),
    )
