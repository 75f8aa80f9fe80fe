"""The lexical index of the live release, where a build would make the same."""

from shared.contracts.releases import ArtifactName, Manifest
from shared.errors import ReleaseCorruptError
from shared.releases.store import ReleaseStore
from shared.telemetry import log


def read_search_index(store: ReleaseStore, manifest: Manifest, key: str) -> bytes | None:
    """Return the index of a release that was made of the same tables by the same code."""
    if manifest.search_key != key:
        return None
    try:
        return bytes(store.artifact(manifest, ArtifactName.SEARCH))
    except ReleaseCorruptError as error:
        log().warning("search_index_not_reused", reason=str(error))
        return None
