"""Builds that the worker itself asks for: at its start, and when the schedule says so."""

from shared.contracts.jobs import BuildPayload, Cause
from shared.errors import IdempotencyConflictError, JobConflictError, SourceError
from shared.queue import NOBODY, Asked, JobQueue
from shared.releases.store import ReleaseStore
from shared.telemetry import log
from worker.code import recipe_digest
from worker.etl.sources import find_sources
from worker.evaluation.truth_files import find_truth, truth_digest
from worker.settings import WorkerSettings
from worker.stored import find_made_of, read_live


class Asking:
    """Asks for builds of the worker's own folder; those of a named source are for operators."""

    def __init__(self, settings: WorkerSettings, store: ReleaseStore, queue: JobQueue) -> None:
        """Look at `store`, ask `queue`."""
        self._settings = settings
        self._store = store
        self._queue = queue

    def at_start(self) -> None:
        """Ask for a build unless some stored release was made of the same by the same code.

        Files that can't be read get a build too: it fails, and says why where operators look.
        """
        if self._is_stored():
            log().info("release_is_current")
            return
        try:
            self._ask("start")
        except JobConflictError as error:
            log().info("build_not_asked_for", reason=error.message)

    def at_turn(self, due: str) -> None:
        """Ask for the build of one turn of the schedule, once, however many workers do.

        Raises:
            JobConflictError: a build of a named source is under way; the turn stays due.
        """
        try:
            # No request can send a key with a space in it.
            self._ask("schedule", Asked(key=f"schedule {due}"))
        except IdempotencyConflictError:
            log().info("turn_taken_by_another_worker", due=due)

    def _ask(self, cause: Cause, asked: Asked = NOBODY) -> None:
        job, is_new = self._queue.enqueue_build(BuildPayload(cause=cause), asked)
        log().info("build_enqueued", job=job.id, new=is_new, cause=cause)

    def _is_stored(self) -> bool:
        settings = self._settings
        try:
            sources = find_sources(settings.folder)
            truth = truth_digest(find_truth(settings.folder, settings.truth_file))
        except SourceError as error:
            log().error("no_sources", reason=error.message)
            live = read_live(self._store)
            # Who builds of named sources may have nothing here.
            return live is not None and live.manifest.source is not None
        recipe = recipe_digest(settings.encoding, truth)
        return find_made_of(self._store, sources, recipe) is not None
