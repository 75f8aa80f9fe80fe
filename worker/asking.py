"""Builds that the worker itself asks for: at its start, and when the schedule says so."""

from shared.contracts.jobs import BuildPayload, Cause
from shared.errors import IdempotencyConflictError, JobConflictError, SourceError
from shared.queue import NOBODY, Asked, JobQueue
from shared.releases.store import ReleaseStore
from shared.telemetry import log
from worker.code import recipe_digest
from worker.etl.sources import find_sources, holds_sources
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
        """Ask for a build, if there is something new to build; not while another source is built.

        Then the next turn of the schedule does, the next start, or an operator.
        """
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
        """Ask for a build, unless it would only repeat what is stored.

        So an operator who joins one gets a build, and not `unchanged`.
        """
        if self._is_stored():
            log().info("nothing_new", cause=cause)
            return
        job, is_new = self._queue.enqueue_build(BuildPayload(cause=cause), asked)
        log().info("build_enqueued", job=job.id, new=is_new, cause=cause)

    def _is_stored(self) -> bool:
        """Whether some stored release was made of the files by the same code.

        Files that cannot be read get a build: it fails, and says why where operators look. But who
        builds of named sources may have none here at all.
        """
        settings = self._settings
        try:
            sources = find_sources(settings.folder)
            truth = truth_digest(find_truth(settings.folder, settings.truth_file))
        except SourceError as error:
            live = read_live(self._store)
            if live and live.manifest.source is not None and not holds_sources(settings.folder):
                log().info("no_own_sources", reason=error.message)
                return True
            log().error("no_sources", reason=error.message)
            return False
        recipe = recipe_digest(settings.encoding, truth)
        return find_made_of(self._store, sources, recipe) is not None
