"""Publishing, refusing, activating, pinning and importing, all at once; nothing breaks."""

import io
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.contracts.releases import Manifest
from shared.errors import AppError, ReleaseRefusedError
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.manifest import chunks_of
from shared.releases.store import ReleaseStore
from shared.releases.transfer import export_release, import_release
from tests.small_releases import chunk_keys, stored_keys, upload

SECONDS = 4.0
WEEK_S = 7 * 24 * 3600


@pytest.fixture
def store(redis_url: str, redis_keys: RedisKeys) -> Iterator[ReleaseStore]:
    store = ReleaseStore(connect(redis_url), redis_keys, keep_releases=2)
    yield store
    store.close()


class Operator:
    """Does one thing after another by chance; what is refused is refused."""

    def __init__(self, store: ReleaseStore, seed: int) -> None:
        self._store = store
        self._random = random.Random(seed)  # noqa: S311  # the same each time
        self.files: list[bytes] = []
        self.done = 0

    def run(self, until: float) -> None:
        deeds = (self.publish, self.refuse, self.activate, self.pin, self.unpin, self.move)
        while time.monotonic() < until:
            try:
                self._random.choice(deeds)()
                self.done += 1
            except AppError:
                continue

    def made(self) -> Manifest:
        """Most chunks of a release are in others too."""
        names = [f"content {self._random.randrange(12)}".encode() for _ in range(3)]
        number = self._store.next_number()
        return upload(self._store, number, a=names[0], b=names[1], c=names[2])

    def publish(self) -> None:
        self._store.publish(self.made())

    def refuse(self) -> None:
        self._store.keep_candidate(self.made(), ["no"])

    def activate(self) -> None:
        self._store.activate(self.number())

    def pin(self) -> None:
        if len(self._store.inventory().pinned) < 3:
            self._store.pin(self.number())

    def unpin(self) -> None:
        self._store.unpin(self.number())

    def move(self) -> None:
        self.files.append(b"".join(export_release(self._store, self.number()).pieces))
        import_release(self._store, io.BytesIO(self._random.choice(self.files[-5:])))

    def number(self) -> int:
        refs = self._store.inventory().refs
        if not refs:
            raise ReleaseRefusedError("nothing is stored yet")
        return self._random.choice(refs).number


def test_whatever_is_done_at_once_what_is_stored_is_whole_and_the_rest_expires(
    store: ReleaseStore,
) -> None:
    until = time.monotonic() + SECONDS
    operators = [Operator(store, seed) for seed in range(5)]
    with ThreadPoolExecutor(len(operators)) as threads:
        for running in [threads.submit(operator.run, until) for operator in operators]:
            running.result()
    assert all(operator.done > 5 for operator in operators)
    assert any(operator.files for operator in operators)

    client, keys, inventory = store.client, store.keys, store.inventory()
    assert inventory.live is not None
    needed: set[str] = set()
    for ref in inventory.published:
        made = store.manifest(ref)
        needed |= {keys.manifest(ref.number), *(keys.chunk(each) for each in chunks_of(made))}
    assert {client.ttl(key) for key in needed} == {-1}
    if inventory.candidate is not None:
        made = store.manifest(inventory.candidate.ref)
        for key in (key for name in "abc" for key in chunk_keys(keys, made, name)):
            assert key in needed or WEEK_S - 60 < client.ttl(key) <= WEEK_S
    heavy = (":manifest", ":chunk:")
    for key in map(bytes.decode, stored_keys(store)):
        if key not in needed and any(part in key for part in heavy):
            assert client.ttl(key) > 0, key
