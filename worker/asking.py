"""Builds that the worker itself asks for: at its start, and when the schedule says so."""

from shared.contracts.jobs import BuildPayload, Cause
from shared.errors import IdempotencyConflictError, SourceError
from shared.queue import NOBODY, Asked, JobQueue
from shared.releases.store import ReleaseStore
from shared.telemetry import log
from worker.code import recipe_digest
from worker.etl.sources import find_sources
from worker.evaluation.truth_files import find_truth, truth_digest
from worker.places import local_folder
from worker.settings import WorkerSettings
from worker.stored import find_made_of, read_live


class Asking:
    """Asks for builds of the source that the live release was made of."""

    def __init__(self, settings: WorkerSettings, store: ReleaseStore, queue: JobQueue) -> None:
        """Look at `store`, ask `queue`."""
        self._settings = settings
        self._store = store
        self._queue = queue

    def at_start(self) -> None:
        """Ask for a build unless some stored release was made of the same by the same code.

        Sources that can't be read get a build too: it fails, and says why where operators look.
        Nor is an address looked at here: that is for the build, which ends unchanged if it is.
        """
        source = self._source()
        if self._is_stored(source):
            log().info("release_is_current")
        else:
            self._ask("start", source)

    def at_turn(self, due: str) -> None:
        """Ask for the build of one turn of the schedule, once, however many workers do."""
        try:
            # No request can send a key with a space in it.
            self._ask("schedule", self._source(), Asked(key=f"schedule {due}"))
        except IdempotencyConflictError:
            log().info("turn_taken_by_another_worker", due=due)

    def _ask(self, cause: Cause, source: str | None, asked: Asked = NOBODY) -> None:
        payload = BuildPayload(cause=cause, source=source)
        job, is_new = self._queue.enqueue_build(payload, asked)
        log().info("build_enqueued", job=job.id, new=is_new, cause=cause)

    def _source(self) -> str | None:
        """The source of the live release, our own folder where it is no longer configured."""
        live = read_live(self._store)
        source = None if live is None else live.manifest.source
        return source if source in self._settings.places else None

    def _is_stored(self, source: str | None) -> bool:
        settings = self._settings
        place = settings.data if source is None else settings.places[source]
        folder = local_folder(place)
        if folder is None:
            return False
        try:
            sources = find_sources(folder)
            truth = truth_digest(find_truth(folder, settings.truth_file))
        except SourceError as error:
            log().error("no_sources", reason=error.message)
            return False
        recipe = recipe_digest(settings.encoding, truth)
        return find_made_of(self._store, sources, recipe) is not None
