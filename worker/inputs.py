"""From the name of a source to the folder with its files."""

from collections.abc import Callable
from pathlib import Path

from worker.fetching import Bounds, fetch_source
from worker.places import local_folder, require_place
from worker.settings import WorkerSettings


def obtain_folder(
    settings: WorkerSettings, source: str | None, on_progress: Callable[[int, int], None]
) -> Path:
    """Return the folder of a configured source, its files fetched where it is an address.

    Raises:
        SourceUnknownError: no source has this name.
        SourceError: the files cannot be fetched.
    """
    if source is None:
        return settings.folder
    place = require_place(settings.places, source)
    folder = local_folder(place)
    if folder is not None:
        return folder
    kept = Path(settings.cache) / source
    bounds = Bounds(settings.max_source_bytes, settings.fetch_timeout_s, settings.ca_file)
    fetch_source(place, kept, bounds, on_progress)
    return kept
