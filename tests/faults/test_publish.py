"""Publishing, refusing, activating and importing, each interrupted at every command it sends."""

import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from cli.processes import find_free_ports
from shared.contracts.releases import Manifest, ReleaseRef
from shared.errors import AppError
from shared.redis_keys import RedisKeys
from shared.releases import manifest as chunking
from shared.releases.manifest import chunks_of
from shared.releases.store import CANDIDATE_TTL_S, ReleaseStore
from shared.releases.transfer import export_release, import_release
from tests.factories import artifacts_of, manifest_of, small_catalogue
from tests.faults.cutting import KINDS, Cutter, Kind, cut_client
from tests.faults.parts import Server
from tests.faults.table import Record

CHUNK_BYTES = 16 * 1024
Artifacts = dict[str, bytes]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose memory may be filled."""
    server = Server(
        tmp_path_factory.mktemp("publish") / "valkey", find_free_ports(1)[0], aof=False
    )
    server.start()
    yield server
    server.kill_all()


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking, "CHUNK_BYTES", CHUNK_BYTES)


@pytest.fixture(scope="module")
def catalogues() -> list[Artifacts]:
    """Three releases; the second and third share some chunks."""
    first = artifacts_of(*small_catalogue(["Heat"], movies=24))
    second = artifacts_of(*small_catalogue(["Ran"], movies=24), seed=1)
    third = second | {"build_report": b"{}" * 20_000, "index": second["index"][::-1]}
    return [first, second, third]


class Scene:
    """A deployment with two releases, the second live, and an operation on the third."""

    numbers = itertools.count()

    def __init__(self, server: Server, catalogues: list[Artifacts], exported: bytes) -> None:
        self.server = server
        self.keys = RedisKeys(f"cut{next(self.numbers)}")
        self.exported = exported
        self.client = server.client()
        self.store = ReleaseStore(self.client, self.keys)
        self.catalogues = catalogues
        self.first, self.second = (self.publish(self.store, each) for each in catalogues[:2])
        # Taken before the fault: a build that is tried again has the same manifest.
        self.third = manifest_of(catalogues[2], self.store.next_number())

    def publish(self, store: ReleaseStore, artifacts: Artifacts) -> ReleaseRef:
        return self.finish(store, manifest_of(artifacts, store.next_number()), artifacts)

    def finish(self, store: ReleaseStore, manifest: Manifest, artifacts: Artifacts) -> ReleaseRef:
        for data in artifacts.values():
            store.upload(data)
        return store.publish(manifest)

    def permanent(self) -> set[str]:
        """Names of manifests and chunks that never expire."""
        found = [key for kind in ("chunk:", "release:[0-9]") for key in self._scan(kind)]
        return {key.decode() for key in found if self.client.ttl(key) == -1}

    def close(self) -> None:
        for key in self._scan(""):
            self.client.delete(key)
        self.client.close()

    def _scan(self, kind: str) -> list[bytes]:
        return list(self.client.scan_iter(f"{{{self.keys.namespace}}}:{kind}*"))


@dataclass(frozen=True)
class Operation:
    """What is interrupted; `done` tells whether its effect is there, in whole."""

    run: Callable[[Scene, ReleaseStore], object]
    done: Callable[[Scene], bool]


def publish(scene: Scene, store: ReleaseStore) -> object:
    return scene.finish(store, scene.third, scene.catalogues[2])


def refuse(scene: Scene, store: ReleaseStore) -> object:
    for data in scene.catalogues[2].values():
        store.upload(data)
    return store.keep_candidate(scene.third, ["too few rows"])


def activate(scene: Scene, store: ReleaseStore) -> object:
    return store.activate(scene.first.number)


def bring_in(scene: Scene, store: ReleaseStore) -> object:
    return import_release(store, io.BytesIO(scene.exported))


def live_number(scene: Scene) -> int:
    live = scene.store.live()
    assert live is not None
    return live.number


def candidate_number(scene: Scene) -> int | None:
    candidate = scene.store.candidate()
    return None if candidate is None else candidate.ref.number


def kept_numbers(scene: Scene) -> list[int]:
    return [ref.number for ref in scene.store.kept()]


OPERATIONS = {
    "publish": Operation(publish, lambda scene: live_number(scene) == scene.third.number),
    "refuse": Operation(refuse, lambda scene: candidate_number(scene) == scene.third.number),
    "activate": Operation(activate, lambda scene: live_number(scene) == scene.first.number),
    "import": Operation(bring_in, lambda scene: 7 in kept_numbers(scene)),
}


@pytest.fixture(scope="module")
def exported(server: Server, catalogues: list[Artifacts]) -> bytes:
    """Release 7 of another deployment, as a file to import."""
    store = ReleaseStore(server.client(), RedisKeys("elsewhere"))
    store.raise_counter(6)
    for data in catalogues[2].values():
        store.upload(data)
    ref = store.publish(manifest_of(catalogues[2], store.next_number()))
    return b"".join(export_release(store, ref.number).pieces)


def require_sound(scene: Scene) -> None:
    """Check that whatever is visible is whole, and that only that is permanent."""
    inventory = scene.store.inventory()
    named: set[str] = set()
    for ref in inventory.published:
        manifest = scene.store.manifest(ref)
        for name in manifest.artifacts:
            scene.store.artifact(manifest, name)
        named.add(scene.keys.manifest(ref.number))
        named |= {scene.keys.chunk(each) for each in chunks_of(manifest)}
    assert scene.permanent() <= named
    assert inventory.live in inventory.kept
    if inventory.candidate is not None:
        manifest = scene.store.manifest(inventory.candidate.ref)
        for name in manifest.artifacts:
            scene.store.artifact(manifest, name)
    for key in scene.client.scan_iter(f"{{{scene.keys.namespace}}}:chunk:*"):
        ttl_s = int(scene.client.ttl(key))
        assert ttl_s == -1 or 0 < ttl_s <= CANDIDATE_TTL_S


def interrupt(scene: Scene, operation: Operation, at: int, kind: Kind) -> bool:
    """Interrupt once, check, run it again, check; say whether the first run went through."""

    def fill() -> None:
        scene.server.limit_memory(-(1 << 40))

    before = (live_number(scene), kept_numbers(scene), candidate_number(scene))
    client = cut_client(scene.server.url, Cutter(at, kind, fill))
    try:
        operation.run(scene, ReleaseStore(client, scene.keys))
    except AppError:
        went_through = False
    else:
        went_through = True
    finally:
        client.close()
        scene.server.limit_memory(None)
    require_sound(scene)
    if "once" in kind:
        assert went_through
    if went_through:
        assert operation.done(scene)
    elif not operation.done(scene):
        assert before == (live_number(scene), kept_numbers(scene), candidate_number(scene))
    operation.run(scene, scene.store)
    assert operation.done(scene)
    assert len(kept_numbers(scene)) == len(set(kept_numbers(scene)))
    require_sound(scene)
    return went_through


def count_commands(scene: Scene, operation: Operation) -> int:
    """How many commands it sends, where the server knows the scripts already."""
    counter = Cutter(None, "before", lambda: None)
    client = cut_client(scene.server.url, counter)
    operation.run(scene, ReleaseStore(client, scene.keys))
    client.close()
    assert operation.done(scene)
    return counter.sent


@pytest.mark.parametrize("name", OPERATIONS)
def test_interrupted_at_any_command_it_has_no_or_its_whole_effect(
    server: Server, catalogues: list[Artifacts], exported: bytes, name: str, record: Record
) -> None:
    operation, commands, through = OPERATIONS[name], 0, 0
    for _ in range(2):
        with closing(Scene(server, catalogues, exported)) as scene:
            commands = count_commands(scene, operation)
    for at, kind in itertools.product(range(1, commands + 1), KINDS):
        with closing(Scene(server, catalogues, exported)) as scene:
            try:
                through += interrupt(scene, operation, at, kind)
            except Exception as error:
                error.add_note(f"{name}, {kind} command {at} of {commands}")
                raise
    runs = commands * len(KINDS)
    record(
        f"{name.capitalize()}: interrupted at every command",
        "no effect, or the whole; nothing unpublished is permanent; once more does it once",
        f"{commands} commands by {len(KINDS)} ways = {runs} runs: {runs - through} ended with "
        f"an error, {through} went through; 0 partial",
    )
