"""Which stored release a build would only repeat, and what the worker asks for by itself."""

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import redis
from rq.job import JobStatus

from shared.allowed_job import AllowedJob
from shared.contracts.jobs import BuildPayload
from shared.contracts.releases import SCHEMA_VERSION, Manifest, Source
from shared.errors import JobConflictError, StoreUnavailableError
from shared.queue import Asked, JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from worker.asking import Asking
from worker.code import recipe_digest
from worker.etl.sources import find_sources
from worker.previous import vector_space
from worker.settings import WorkerSettings
from worker.stored import find_built_by, find_made_of, find_own_sources, read_live


class Shop:
    """Releases that were made of the files of a folder, and a worker that may ask for more."""

    def __init__(self, client: redis.Redis, folder: Path) -> None:
        self.client = client
        self.keys = RedisKeys(uuid.uuid4().hex)
        self.store = ReleaseStore(client, self.keys)
        self.queue = JobQueue(client, self.keys)
        self.folder = folder
        self.settings = WorkerSettings(
            data=str(folder), sources=f"near={folder},far=https://host/", cache=str(folder)
        )
        self.change("first")

    @property
    def asking(self) -> Asking:
        return Asking(self.settings, self.store, self.queue)

    @property
    def recipe(self) -> str:
        return recipe_digest("utf-8", "")

    def change(self, text: str) -> None:
        for name in ("movies.csv", "credits.csv"):
            (self.folder / name).write_text(f"{name} {text}")

    def made(self, **changes: object) -> Manifest:
        """The manifest of a release made of the files as they are."""
        sources = [
            Source(name=f.name, file=f.path.name, size_bytes=f.size_bytes, sha256=f.sha256)
            for f in find_sources(self.folder)
        ]
        manifest = Manifest(
            schema_version=SCHEMA_VERSION,
            number=self.store.next_number(),
            created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            job_id="build-1@then",
            sources=sources,
            counts={},
            vectors=vector_space("r"),
            artifacts={"movies": self.store.upload(uuid.uuid4().bytes)},
            canaries=[],
            code=self.recipe,
        )
        return msgspec.structs.replace(manifest, **changes)

    def found(self) -> int | None:
        stored = find_made_of(self.store, find_sources(self.folder), self.recipe)
        return stored and stored.manifest.number

    def end(self) -> None:
        """Let every job be over."""
        for job in self.queue.jobs():
            found = AllowedJob.fetch(job.id, connection=self.client, serializer="json")
            found.set_status(JobStatus.FINISHED)

    def asked(self) -> list[tuple[str, str | None]]:
        return [(job.cause, job.source) for job in self.queue.jobs()]


@pytest.fixture
def shop(redis_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A database of its own: RQ's keys have no namespace."""
    client = connect(redis_url.rpartition("/")[0] + "/6")
    client.flushdb()
    yield Shop(client, tmp_path)
    client.flushdb()
    client.close()


def test_before_the_first_release_there_is_nothing_to_repeat(shop: Shop) -> None:
    assert shop.found() is None
    assert read_live(shop.store) is None
    shop.asking.at_start()
    assert shop.asked() == [("start", None)]


def test_the_live_release_is_not_built_again_by_the_same_code(shop: Shop) -> None:
    shop.store.publish(shop.made())
    assert shop.found() == 1
    shop.asking.at_start()
    assert shop.asked() == []


@pytest.mark.parametrize("changes", [{"code": "other"}, {"sources": []}])
def test_other_code_or_other_files_are_something_new(
    shop: Shop, changes: dict[str, object]
) -> None:
    shop.store.publish(shop.made(**changes))
    assert shop.found() is None
    shop.asking.at_start()
    assert shop.asked() == [("start", None)]


def test_a_release_that_an_operator_turned_away_from_is_not_brought_back(shop: Shop) -> None:
    shop.store.publish(shop.made())
    shop.change("second")
    shop.store.publish(shop.made())
    shop.store.activate(1)
    assert shop.found() == 2
    shop.asking.at_start()
    assert shop.asked() == []
    shop.change("third")
    shop.asking.at_start()
    assert shop.asked() == [("start", None)]


def test_a_refused_input_is_not_built_in_a_loop(shop: Shop) -> None:
    shop.store.keep_candidate(shop.made(), ["too few movies"])
    assert shop.found() == 1
    shop.asking.at_start()
    assert shop.asked() == []


def test_a_live_release_that_cannot_be_read_is_built_again(shop: Shop) -> None:
    shop.store.publish(shop.made())
    shop.store.publish(shop.made())
    shop.client.set(shop.keys.manifest(2), b"{")
    assert shop.found() is None
    shop.client.set(shop.keys.live_release(), b"{")
    assert shop.found() is None
    assert read_live(shop.store) is None
    shop.asking.at_start()
    assert shop.asked() == [("start", None)]


def test_an_unreadable_release_beside_the_live_one_is_passed_over(shop: Shop) -> None:
    shop.store.publish(shop.made())
    shop.change("second")
    shop.store.publish(shop.made())
    shop.client.delete(shop.keys.manifest(1))
    assert shop.found() == 2


def test_the_worker_asks_for_its_own_folder_whatever_was_built_last(shop: Shop) -> None:
    shop.store.publish(shop.made())
    other = [Source(name="movies", file="m.csv", size_bytes=1, sha256="ab")]
    shop.store.publish(shop.made(source="near", sources=other))
    shop.asking.at_start()
    assert shop.asked() == []
    shop.change("second")
    shop.asking.at_start()
    shop.asking.at_turn("60")
    assert shop.asked() == [("start", None)]


@pytest.mark.parametrize("source", ["near", "gone"])
def test_newer_code_alone_puts_our_own_folder_in_no_other_source_s_place(
    shop: Shop, source: str
) -> None:
    shop.store.publish(shop.made(code="older"))
    other = [Source(name="movies", file="m.csv", size_bytes=1, sha256="ab")]
    shop.store.publish(shop.made(source=source, sources=other, code="older"))
    assert shop.found() == 2
    shop.store.activate(1)
    assert shop.found() is None


def test_what_our_own_folder_was_built_of_is_known_when_no_release_of_it_is_left(
    shop: Shop,
) -> None:
    store = ReleaseStore(shop.client, shop.keys, keep_releases=1)
    shop.store.publish(shop.made())
    other = [Source(name="movies", file="m.csv", size_bytes=1, sha256="ab")]
    for _ in range(3):
        own = find_own_sources(shop.store)
        store.publish(shop.made(source="near", sources=other, own_sources=own))
    assert [ref.number for ref in store.kept()] == [4]
    assert shop.found() == 4
    shop.asking.at_start()
    shop.asking.at_turn("60")
    assert shop.asked() == []
    shop.change("second")
    assert shop.found() is None
    shop.asking.at_turn("120")
    assert shop.asked() == [("schedule", None)]


def test_files_that_our_own_folder_had_before_the_last_ones_are_new(shop: Shop) -> None:
    shop.store.publish(shop.made())
    shop.change("second")
    shop.store.publish(shop.made())
    own = find_own_sources(shop.store)
    other = [Source(name="movies", file="m.csv", size_bytes=1, sha256="ab")]
    shop.store.publish(shop.made(source="near", sources=other, own_sources=own))
    assert shop.found() == 3
    shop.change("first")
    assert shop.found() is None


def test_the_newest_build_of_our_own_folder_counts_even_if_refused_or_turned_away_from(
    shop: Shop,
) -> None:
    assert find_own_sources(shop.store) == []
    shop.store.publish(shop.made())
    shop.change("second")
    second = shop.made()
    shop.store.publish(second)
    shop.store.activate(1)
    assert find_own_sources(shop.store) == second.sources
    shop.change("third")
    third = shop.made()
    shop.store.keep_candidate(third, ["too few movies"])
    assert find_own_sources(shop.store) == third.sources
    # Of a version that did not hand it on.
    shop.store.publish(shop.made(source="near"))
    assert find_own_sources(shop.store) == third.sources


def test_our_own_folder_may_be_empty_while_a_named_source_is_live(shop: Shop) -> None:
    shop.store.publish(shop.made(source="near"))
    for file in shop.folder.iterdir():
        file.unlink()
    shop.asking.at_start()
    assert shop.asked() == []
    shop.folder.rmdir()
    shop.asking.at_turn("60")
    assert shop.asked() == []


def test_a_build_of_our_own_is_newer_than_a_release_that_was_imported_later(shop: Shop) -> None:
    """A number says nothing of one that was made elsewhere; when it was made does."""
    kept = shop.made(created_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    shop.store.keep_candidate(kept, ["too few movies"])
    gone = [Source(name="movies", file="m.csv", size_bytes=1, sha256="cd")]
    shop.store.publish(shop.made(number=51, source="near", sources=gone, own_sources=gone))
    assert find_own_sources(shop.store) == kept.sources
    assert shop.found() == 51


def test_a_roll_back_to_older_files_of_our_own_stays_when_the_newer_release_is_dropped(
    shop: Shop,
) -> None:
    store = ReleaseStore(shop.client, shop.keys, keep_releases=1)
    shop.store.publish(shop.made())
    store.pin(1)
    shop.change("second")
    store.publish(shop.made())
    own = find_own_sources(shop.store)
    other = [Source(name="movies", file="m.csv", size_bytes=1, sha256="ab")]
    store.publish(shop.made(source="near", sources=other, own_sources=own))
    store.activate(1)
    assert [ref.number for ref in store.kept()] == [1, 3]
    assert shop.found() == 1
    shop.change("third")
    assert shop.found() is None
    # Newer code builds what is live anew.
    shop.change("first")
    assert find_made_of(shop.store, find_sources(shop.folder), "newer") is None


def test_files_of_our_own_that_cannot_be_read_are_not_passed_over_for_a_named_source(
    shop: Shop,
) -> None:
    shop.store.publish(shop.made(source="near"))
    (shop.folder / "movies.csv").unlink()
    shop.asking.at_turn("60")
    assert shop.asked() == [("schedule", None)]


def test_a_build_of_a_named_source_is_waited_for(shop: Shop) -> None:
    shop.queue.enqueue_build(BuildPayload(source="near"))
    shop.asking.at_start()
    with pytest.raises(JobConflictError):
        shop.asking.at_turn("60")
    shop.end()
    shop.asking.at_turn("60")
    assert shop.asked() == [("schedule", None), ("operator", "near")]


def test_a_turn_of_the_schedule_with_nothing_new_asks_for_nothing(shop: Shop) -> None:
    shop.store.publish(shop.made())
    shop.asking.at_turn("60")
    assert shop.asked() == []


def test_a_folder_that_cannot_be_read_is_left_to_the_build_which_says_why(shop: Shop) -> None:
    shop.store.publish(shop.made())
    (shop.folder / "movies.csv").unlink()
    shop.asking.at_start()
    assert shop.asked() == [("start", None)]


def test_a_turn_of_the_schedule_is_asked_for_once(shop: Shop) -> None:
    for _ in range(2):
        shop.asking.at_turn("60")
        shop.end()
    assert shop.asked() == [("schedule", None)]
    shop.asking.at_turn("120")
    assert shop.asked() == [("schedule", None)] * 2


def test_a_turn_that_could_not_be_asked_for_is_asked_for_again(shop: Shop) -> None:
    away = JobQueue(connect("redis://127.0.0.1:1/0", timeout_s=0.2), shop.keys)
    with pytest.raises(StoreUnavailableError):
        Asking(shop.settings, shop.store, away).at_turn("60")
    shop.asking.at_turn("60")
    assert shop.asked() == [("schedule", None)]


def test_a_turn_that_a_worker_of_an_older_version_took_is_taken(shop: Shop) -> None:
    older = BuildPayload(cause="schedule", source="near")
    shop.queue.enqueue_build(older, Asked(key="schedule 60"))
    shop.end()
    shop.asking.at_turn("60")
    assert shop.asked() == [("schedule", "near")]


def test_a_job_knows_its_release_even_after_a_roll_back(shop: Shop) -> None:
    shop.store.publish(shop.made(job_id="build-1@then"))
    shop.store.publish(shop.made(job_id="build-2@then"))
    shop.store.activate(1)
    for number in (1, 2):
        found = find_built_by(shop.store, f"build-{number}@then")
        assert found is not None
        assert found.ref.number == number
    assert find_built_by(shop.store, "build-3@then") is None
