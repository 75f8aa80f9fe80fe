"""Builds that somebody else overtakes: an operator, or another attempt of the same job."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from shared.contracts.releases import Artifact, ReleaseRef
from shared.errors import ReleaseRefusedError
from shared.redis_keys import RedisKeys
from shared.releases.store import OVERTAKEN, ReleaseStore
from tests.integration.house import write_films
from tests.integration.stack import LetterEncoder
from worker import pipeline
from worker.pipeline import Build, Ports
from worker.settings import WorkerSettings


class Silent:
    """Hears nothing."""

    def begin(self, step: str) -> None:
        """Ignore it."""

    def advance(self, done: int, total: int) -> None:
        """Ignore it."""

    def end(self, step: str, seconds: float) -> None:
        """Ignore it."""


class Shop:
    """Builds in this process, of so many films."""

    def __init__(self, store: ReleaseStore, folder: Path) -> None:
        self.store = store
        self._folder = folder
        self._settings = WorkerSettings(data=str(folder), threads=1)
        self._ports = Ports(store, Silent(), lambda _: LetterEncoder())

    def build(self, films: int) -> ReleaseRef | None:
        write_films(self._folder, films)
        return self.attempt(f"build-{films}")

    def attempt(self, job_id: str) -> ReleaseRef | None:
        Build(self._settings, self._ports, job_id).run()
        return self.store.live()


@pytest.fixture
def shop(redis_client: redis.Redis, redis_keys: RedisKeys, tmp_path: Path) -> Shop:
    return Shop(ReleaseStore(redis_client, redis_keys), tmp_path)


def test_what_is_activated_while_files_are_fetched_stays(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = shop.build(12), shop.build(13)
    assert first is not None
    assert second is not None

    def obtain_slowly(settings: WorkerSettings, *_: object) -> Path:
        shop.store.activate(first.number)
        return settings.folder

    monkeypatch.setattr(pipeline, "obtain_folder", obtain_slowly)
    with pytest.raises(ReleaseRefusedError, match=OVERTAKEN):
        shop.build(14)
    assert shop.store.live() == first
    candidate = shop.store.candidate()
    assert candidate is not None
    assert candidate.reasons == [OVERTAKEN]
    # Asked for again, it is compared with what is live now.
    monkeypatch.undo()
    assert shop.build(14) == shop.store.live() != first


def test_a_job_that_was_given_up_and_came_back_publishes_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = pipeline.upload_all
    published: list[ReleaseRef | None] = []

    def upload_after_another_attempt(
        store: ReleaseStore, data: dict[str, bytes], on_progress: Callable[[int, int], None]
    ) -> dict[str, Artifact]:
        monkeypatch.undo()
        published.append(shop.attempt("build-12"))
        return upload(store, data, on_progress)

    monkeypatch.setattr(pipeline, "upload_all", upload_after_another_attempt)
    assert [shop.build(12)] == published
    assert len(shop.store.kept()) == 1
    assert shop.store.candidate() is None
