"""The stored releases as a build sees them: which is live, and what each was made of."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from shared.contracts.releases import Manifest, ReleaseRef, Source
from shared.errors import ReleaseCorruptError, ReleaseSchemaError
from shared.releases.store import ReleaseStore
from shared.telemetry import log
from worker.etl.sources import SourceFile


class Stored(NamedTuple):
    """A release that can be read."""

    ref: ReleaseRef
    manifest: Manifest


def read_live(store: ReleaseStore) -> Stored | None:
    """Return the live release; None before the first one and where its manifest is unreadable."""
    try:
        return _read_live(store)
    except (ReleaseCorruptError, ReleaseSchemaError) as error:
        log().warning("live_release_unreadable", reason=str(error))
        return None


def find_made_of(store: ReleaseStore, sources: Sequence[SourceFile], recipe: str) -> Stored | None:
    """Return the stored release for which a build of these files is not needed.

    That is one which it would only repeat, whatever its state.

    The live one comes first. One that was refused counts, and one that an operator turned away
    from: the worker itself must not bring it back. Where the live one cannot be read none counts,
    since a build is the cure. Files of the worker's own folder take the place of a named source
    only where they are others than those it was last built of, by whatever code; else the live
    one is returned.
    """
    try:
        live = _read_live(store)
    except (ReleaseCorruptError, ReleaseSchemaError):
        return None
    if live and live.manifest.source is not None:
        last = (live.manifest.sources, find_own_sources(store))
        return live if digests(sources) in map(digests, last) else None
    stored = [*([live] if live else []), *_others(store)]
    same = next((each for each in stored if is_made_of(each, sources, recipe)), None)
    return same or (live if _is_turned_away_from(sources, live, stored) else None)


def find_own_sources(store: ReleaseStore) -> list[Source]:
    """Return the files that the worker's own folder was last built of, whatever became of it."""
    # By time: an imported release has the number that it had elsewhere.
    newest_first = sorted(_others(store), key=_moment, reverse=True)
    known = (_own_sources(each) for each in newest_first)
    return next((sources for sources in known if sources), list[Source]())


def find_built_by(store: ReleaseStore, job_id: str) -> Stored | None:
    """Return the published release that a job has built, whether it is live still or not."""
    return next((each for each in _published(store) if each.manifest.job_id == job_id), None)


def is_made_of(stored: Stored, sources: Sequence[SourceFile], recipe: str) -> bool:
    """Whether a build of these files by this code and these settings would give that release."""
    return stored.manifest.code == recipe and digests(stored.manifest.sources) == digests(sources)


def digests(sources: Sequence[SourceFile] | Sequence[Source]) -> list[tuple[str, str]]:
    """What tells one input from another: the role and the digest of each file."""
    return sorted((str(source.name), source.sha256) for source in sources)


def _is_turned_away_from(
    sources: Sequence[SourceFile], live: Stored | None, stored: Sequence[Stored]
) -> bool:
    """Whether releases of named sources tell that these files were built, and left, before."""
    if live is None or digests(sources) == digests(live.manifest.sources):
        return False
    return any(digests(sources) == digests(each.manifest.own_sources) for each in stored)


def _moment(stored: Stored) -> tuple[dt.datetime, int]:
    return stored.manifest.created_at, stored.manifest.number


def _own_sources(stored: Stored) -> list[Source]:
    manifest = stored.manifest
    return manifest.sources if manifest.source is None else manifest.own_sources


def _read_live(store: ReleaseStore) -> Stored | None:
    ref = store.live()
    return None if ref is None else Stored(ref, store.manifest(ref))


def _others(store: ReleaseStore) -> Iterator[Stored]:
    """Every published release and the candidate, as far as they can be read."""
    candidate = store.candidate()
    yield from _published(store)
    yield from _readable(store, [candidate.ref] if candidate else [])


def _published(store: ReleaseStore) -> Iterator[Stored]:
    return _readable(store, list(reversed(store.kept())))


def _readable(store: ReleaseStore, refs: Sequence[ReleaseRef]) -> Iterator[Stored]:
    for ref in refs:
        try:
            yield Stored(ref, store.manifest(ref))
        except (ReleaseCorruptError, ReleaseSchemaError) as error:
            log().warning("release_unreadable", release=ref.label, reason=str(error))
