"""A build whose files take long to come, and an operator who does not wait for it."""

from pathlib import Path

import pytest
import redis

from shared.contracts.releases import ReleaseRef
from shared.encoder import DIMS
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


def test_what_is_activated_while_files_are_fetched_stays(
    redis_client: redis.Redis,
    redis_keys: RedisKeys,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = ReleaseStore(redis_client, redis_keys)
    settings = WorkerSettings(data=str(tmp_path), threads=1)
    ports = Ports(store, Silent(), lambda _: LetterEncoder())

    def build(films: int) -> ReleaseRef | None:
        write_films(tmp_path, films)
        Build(settings, ports, f"build-{films}").run()
        return store.live()

    first, second = build(12), build(13)
    assert first is not None
    assert second is not None

    obtain = pipeline.obtain_folder

    def obtain_slowly(*given: object) -> Path:
        store.activate(first.number)
        return obtain(*given)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(pipeline, "obtain_folder", obtain_slowly)
    with pytest.raises(ReleaseRefusedError, match=OVERTAKEN):
        build(14)
    assert store.live() == first
    candidate = store.candidate()
    assert candidate is not None
    assert candidate.reasons == [OVERTAKEN]
    # Asked for again, it is compared with what is live now.
    monkeypatch.undo()
    assert build(14) == store.live() != first
