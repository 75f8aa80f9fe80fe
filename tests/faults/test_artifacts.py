"""Every chunk of every artifact flipped, truncated or missing: in Redis, and on local disk."""

import itertools
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from services.queries import catalogue as queries
from services.queries.archive import ReleaseArchive
from services.recommender import index as recommender
from shared.contracts.releases import ArtifactName, Manifest, ReleaseRef
from shared.errors import ReleaseCorruptError
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases import manifest as chunking
from shared.releases.local import LocalCopy
from shared.releases.store import ReleaseStore
from shared.releases.watcher import ReleaseWatcher
from tests.faults.house import ROUTES, SERVICES, House
from tests.faults.parts import until
from tests.faults.prober import Prober, failures, mixed
from tests.faults.table import Record
from worker.previous import read_vectors

CHUNK_BYTES = 2 * 1024
NOWHERE = "redis://127.0.0.1:1/0"
FAULTS = ("flipped", "truncated", "missing")
# What no service loads: whoever asks for it is refused.
READ_LATER: dict[str, Callable[[ReleaseArchive, int], object]] = {
    ArtifactName.REPORT: lambda archive, number: archive.report(number, offset=0, limit=1),
    ArtifactName.SCORECARD: lambda archive, number: archive.scorecard(number),
    ArtifactName.TEXT_HASHES: lambda _, number: number,
}
LOADED = {
    "queries": (queries.TABLES, queries.OPTIONAL, queries.load_catalogue),
    "recommender": (recommender.ARTIFACTS, recommender.OPTIONAL, recommender.load_neighbourhood),
}


def damaged(data: bytes, fault: str, chance: random.Random) -> bytes | None:
    """Return the bytes with one bit flipped, or cut short; None where they are to be missing."""
    if fault == "missing":
        return None
    at = chance.randrange(len(data))
    if fault == "truncated":
        return data[:at]
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


class Releases:
    """A real release published twice in small chunks: the first is served, the second damaged."""

    def __init__(self, house: House) -> None:
        source = house.store()
        manifest = source.manifest(house.live())
        data = {name: bytes(source.artifact(manifest, name)) for name in manifest.artifacts}
        self.client = house.server.client()
        self.keys = RedisKeys("damaged")
        self.store = ReleaseStore(self.client, self.keys)
        self.old = self._publish(manifest, data)
        self.watchers = {service: self.watcher(service) for service in SERVICES}
        for watcher in self.watchers.values():
            watcher.refresh()
            assert watcher.current().ref == self.old
        self.new = self._publish(manifest, data)
        self.manifest = self.store.manifest(self.new)

    def watcher(
        self, service: str, store: ReleaseStore | None = None, local: LocalCopy | None = None
    ) -> ReleaseWatcher[Any]:
        """Make a watcher as the service does."""
        needed, optional, load = LOADED[service]
        return ReleaseWatcher(store or self.store, local, needed, load, optional=optional)

    def places(self) -> list[tuple[str, str]]:
        """Name and key of the manifest and of every chunk."""
        chunks = [
            (name, self.keys.chunk(chunk.sha256))
            for name, artifact in self.manifest.artifacts.items()
            for chunk in artifact.chunks
        ]
        return [("manifest", self.keys.manifest(self.new.number)), *chunks]

    def require_refused(self, name: str) -> int:
        """Check that each reader of an artifact refuses it; return how many there are."""
        readers = 0
        for service, watcher in self.watchers.items():
            needed, optional, _ = LOADED[service]
            if name == "manifest" or name in (*needed, *optional):
                readers += 1
                self._require_kept(watcher, name)
        if name in READ_LATER:
            readers += 1
            self._require_unread(name)
        assert readers, f"nobody reads {name}"
        return readers

    def close(self) -> None:
        for key in self.client.scan_iter(f"{{{self.keys.namespace}}}:*"):
            self.client.delete(key)
        self.client.close()

    def _publish(self, manifest: Manifest, data: dict[str, bytes]) -> ReleaseRef:
        artifacts = {name: self.store.upload(each) for name, each in data.items()}
        number = self.store.next_number()
        return self.store.publish(
            msgspec.structs.replace(manifest, number=number, artifacts=artifacts)
        )

    def _require_kept(self, watcher: ReleaseWatcher[Any], name: str) -> None:
        # It would wait before it tries a broken release again.
        watcher._broken = None
        watcher.refused.clear()
        watcher.reasons.clear()
        watcher.refresh()
        assert watcher.current().ref == self.old
        assert watcher.refused == {ReleaseCorruptError.code: 1}
        assert self.new.label in watcher.reasons["release"]
        assert name in watcher.reasons["release"]

    def _require_unread(self, name: str) -> None:
        archive, number = ReleaseArchive(self.store), self.new.number
        if name == ArtifactName.TEXT_HASHES:  # read by the next build
            assert read_vectors(self.store, self.manifest) is None
            return
        with pytest.raises(ReleaseCorruptError, match=name):
            READ_LATER[name](archive, number)


@pytest.fixture
def releases(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    monkeypatch.setattr(chunking, "CHUNK_BYTES", CHUNK_BYTES)
    with closing(Releases(house)) as found:
        yield found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_release_with_any_damaged_chunk_is_refused(
    releases: Releases, fault: str, record: Record
) -> None:
    chance = random.Random(fault)  # noqa: S311  # a seed, no secret
    refused = dict.fromkeys(["manifest", *releases.manifest.artifacts], 0)
    for name, key in releases.places():
        whole = releases.client.get(key)
        assert isinstance(whole, bytes)
        replace(releases.client, key, damaged(whole, fault, chance))
        refused[name] += releases.require_refused(name)
        replace(releases.client, key, whole)
    assert all(refused.values())
    assert read_vectors(releases.store, releases.manifest) is not None
    for watcher in releases.watchers.values():
        watcher._broken = None
        watcher.refresh()
        assert watcher.current().ref == releases.new
    record(
        f"Every chunk of every artifact {fault}, in Redis",
        "refused before any parser, counted, named in the reasons; the old one serves",
        f"{len(releases.places())} chunks of {len(refused)} files: {sum(refused.values())} "
        "refusals by all their readers, 0 loaded; healed: loads",
    )


def test_a_damaged_local_copy_is_never_served(
    releases: Releases, tmp_path: Path, record: Record
) -> None:
    away = ReleaseStore(connect(NOWHERE), releases.keys)
    chance = random.Random("local")  # noqa: S311  # a seed, no secret
    refused = without = 0
    for service in SERVICES:
        folder = tmp_path / service
        releases.watcher(service, local=LocalCopy(folder)).refresh()
        for file, fault in itertools.product(sorted(folder.iterdir()), FAULTS):
            whole = file.read_bytes()
            rewrite(file, damaged(whole, fault, chance))
            watcher = releases.watcher(service, away, LocalCopy(folder))
            watcher.refresh()
            if watcher.is_ready:
                # A service can do without some artifacts, but not with damaged ones. Damage to the
                # name of the empty signature leaves all that counts as it was.
                without += 1
                assert watcher.current().ref == releases.new
                assert file.name == "release.json" or file.name in {
                    releases.manifest.artifacts[name].sha256 for name in LOADED[service][1]
                }
            else:
                refused += 1
                assert watcher.reasons
            rewrite(file, whole)
    record(
        "Every file of the local copies flipped, truncated, missing",
        "never parsed: the service is not ready and says so, or starts without what is optional",
        f"{refused + without} starts: {refused} refused, {without} without an optional artifact",
    )


def test_services_refuse_a_damaged_release_and_take_the_next(house: House, record: Record) -> None:
    old = house.live()
    with Prober(house.url, [route for route in ROUTES if "{" not in route]) as prober:
        for name in SERVICES:
            house.parts[name].hang()
        house.new_films()
        assert house.ended(house.start_build().id).status == "finished"
        new = house.live()
        client, manifest = house.server.client(), house.store().manifest(new)
        for name in (ArtifactName.MOVIES, ArtifactName.INDEX):
            key = house.keys.chunk(manifest.artifacts[name].chunks[0].sha256)
            client.setrange(key, 100, "damage")
        for name in SERVICES:
            house.parts[name].resume()
        for name in SERVICES:
            until(lambda name=name: is_refusing(house, name, new), 30, house.describe)
            assert counted_refusals(house, name) >= 1
        refusing = time.monotonic()
        house.parts["queries"].kill_all()
        house.parts["queries"].start()
        until(lambda: is_refusing(house, "queries", new), 30, house.describe)
        time.sleep(1)
        served = prober.ask("/v1/movies/7").release
        house.rebuild()
    assert served == old.label
    assert mixed(prober.seen) == []
    for name in SERVICES:
        assert "digest differs" in house.parts[name].said()
    assert house.live().number > new.number
    record(
        "Live release damaged in Redis (real processes)",
        "refused and counted in the metrics; the old one serves, also after a restart; the next "
        "release heals and is taken",
        f"release {new.number} refused by both, {old.number} served ("
        f"{len(failures(prober.since(refusing)))} answers missing while one restarted), then "
        f"{house.live().number} taken",
    )


def is_refusing(house: House, name: str, new: ReleaseRef) -> bool:
    """Whether a service is ready with an older release, and names the one that it refuses."""
    status, report = house.health(name)
    said = any(new.label in reason and "digest" in reason for reason in report.reasons)
    return status == 200 and report.release != new.label and said


def counted_refusals(house: House, name: str) -> float:
    """What the metrics of a service say of damaged releases."""
    line = re.search(
        rb'butaca_release_refused_total{[^}]*reason="release_corrupt"[^}]*} ([0-9.]+)',
        house.get("/metrics", name=name).data,
    )
    assert line is not None
    return float(line[1])


def replace(client: redis.Redis, key: str, data: bytes | None) -> None:
    """Put other bytes, or none, where a chunk was."""
    if data is None:
        client.delete(key)
    else:
        client.set(key, data)


def rewrite(file: Path, data: bytes | None) -> None:
    """Put other bytes, or none, where a file was."""
    if data is None:
        file.unlink()
    else:
        file.write_bytes(data)
