"""The end of a build: its artifacts into the store, and the release live or kept with a reason."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from shared.contracts.releases import Artifact, Canary, Manifest, ReleaseRef, Source
from shared.contracts.scorecards import ScoreCard
from shared.errors import ReleaseRefusedError
from shared.releases.manifest import split
from shared.releases.store import ReleaseStore
from worker.etl.sources import SourceFile


def upload_all(
    store: ReleaseStore, data: Mapping[str, bytes], on_progress: Callable[[int, int], None]
) -> dict[str, Artifact]:
    """Store every artifact, once there is room for all."""
    store.require_headroom(chunk for content in data.values() for chunk, _ in split(content))
    total, done = sum(map(len, data.values())), 0
    artifacts: dict[str, Artifact] = {}
    for name, content in data.items():
        artifacts[str(name)] = store.upload(content)
        done += len(content)
        on_progress(done, total)
    return artifacts


def publish_or_keep(store: ReleaseStore, manifest: Manifest, reasons: Sequence[str]) -> ReleaseRef:
    """Make the release live, or keep it as the candidate and say why.

    Raises:
        ReleaseRefusedError: there are reasons, or what is live was changed during the build, or
            the store has no room or lost a chunk.
    """
    if reasons:
        store.keep_candidate(manifest, list(reasons))
        raise ReleaseRefusedError(
            f"release {manifest.number} was refused: {'; '.join(reasons)}", reasons=list(reasons)
        )
    try:
        return store.publish(manifest)
    except ReleaseRefusedError as error:
        if error.details.get("fenced"):
            store.keep_candidate(manifest, cast("list[str]", error.details["reasons"]))
        raise


def describe_source(file: SourceFile) -> Source:
    """Say of an input file what the manifest and the report say."""
    return Source(
        name=file.name, file=file.path.name, size_bytes=file.size_bytes, sha256=file.sha256
    )


def canaries_of(card: ScoreCard) -> list[Canary]:
    """What services ask of a release before they take it."""
    return [Canary(movie_id=each.movie_id, neighbour_ids=each.expected) for each in card.canaries]
