"""Redis absent, killed, hung, full, without disk, restarted empty and restarted from its file."""

import shutil
import time

import redis

from shared.http.degraded import is_whole
from tests.faults.house import ROUTES, SERVICES, House
from tests.faults.parts import until
from tests.faults.prober import Prober, failures, mixed, percentile
from tests.faults.publications import Publications
from tests.faults.table import Record

OPS_S = 2.5
# What the gateway says for a service that is being restarted.
RESTARTING = {"upstream_unavailable", "upstream_timeout", "index_not_ready"}


def seconds_of_refused_ops(house: House) -> float:
    """Ask for the jobs and for a new one; both must be refused politely, and soon."""
    slowest = 0.0
    for method in ("GET", "POST"):
        began = time.monotonic()
        answer = house.send(method, "/v1/jobs")
        slowest = max(slowest, time.monotonic() - began)
        assert answer.status == 503, answer.data
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert int(answer.headers["Retry-After"]) >= 1
    assert slowest < OPS_S
    return slowest


def permanent_keys(client: redis.Redis) -> set[bytes]:
    """Keys of releases that never expire."""
    keys = [key for kind in ("chunk", "release") for key in client.scan_iter(f"*:{kind}:*")]
    return {key for key in keys if client.ttl(key) == -1}


def describe(prober: Prober, since: float) -> str:
    found = prober.since(since)
    return f"{len(found)} answers, 0 failed, p99 {percentile(found, 0.99) * 1000:.0f} ms"


def test_redis_absent_at_the_first_start_is_waited_for(house: House, record: Record) -> None:
    house.wipe()
    house.start("worker", *SERVICES, "gateway")
    pids = {name: part.pid for name, part in house.parts.items()}
    until(lambda: not unanswered(house), 30, house.describe)
    live = house.get("/health/live").status
    until(lambda: house.worker.said().count("redis_not_usable") >= 3, 30, house.describe)
    status, report = house.health()
    data = house.get("/v1/movies/7")
    assert (live, status, data.status) == (200, 503, 503)
    assert set(SERVICES) < set(report.degraded)
    assert {name for name in SERVICES if any(name in reason for reason in report.reasons)} == set(
        SERVICES
    )
    assert data.json()["code"] == "index_not_ready"
    seconds_of_refused_ops(house)

    house.server.start()
    began = time.monotonic()
    house.ended("build-1")
    house.wait_ready()
    took = time.monotonic() - began
    assert {name: part.pid for name, part in house.parts.items()} == pids
    record(
        "Redis absent at the first start",
        "live 200, ready 503 with reasons, the worker keeps trying; then all well, no restart",
        f"live {live}, ready {status} ({len(report.reasons)} reasons); first release served "
        f"{took:.0f} s after the server came, 0 restarts",
    )


def test_services_start_from_their_local_copy_while_redis_is_absent(
    house: House, record: Record
) -> None:
    label = house.live().label
    expected = {route: house.get(route).data for route in ROUTES if "{" not in route}
    house.close()
    house.start(*SERVICES, "gateway")
    until(lambda: house.health()[0] == 200, 60, house.describe)
    until(lambda: is_whole(house.health()[1].degraded), 60, house.describe)
    status, report = house.health()
    assert (status, report.release, "store" in report.degraded) == (200, label, True)
    assert report.reasons
    found = {route: house.get(route) for route in expected}
    assert {route: answer.data for route, answer in found.items()} == expected
    labels = {answer.headers["X-Butaca-Release"] for answer in found.values()}
    assert labels == {label}
    record(
        "Redis absent at a later start",
        "ready from the local copies, with reasons; the same answers byte for byte",
        f"ready 200 with {len(report.reasons)} reasons, {len(found)} routes identical",
    )


def test_redis_killed_leaves_answers_from_memory(house: House, record: Record) -> None:
    with Prober(house.url, ROUTES) as prober:
        time.sleep(1)
        house.server.kill_all()
        killed = time.monotonic()
        took = seconds_of_refused_ops(house)
        until(lambda: house.health()[1].reasons, 10, house.describe)
        status, _ = house.health()
        time.sleep(4)
        house.server.start()
        house.wait_ready()
    assert status == 200
    assert failures(prober.since(killed)) == []
    assert mixed(prober.seen) == []
    record(
        "Redis killed (SIGKILL)",
        "answers from memory; ops 503 with Retry-After within 2.5 s; ready says why; then well",
        f"{describe(prober, killed)}; ops 503 in {took:.2f} s",
    )


def test_redis_hung_does_not_slow_answers_down(house: House, record: Record) -> None:
    with Prober(house.url, ROUTES) as prober:
        time.sleep(1)
        house.server.hang()
        hung = time.monotonic()
        took = seconds_of_refused_ops(house)
        time.sleep(8)
        again = seconds_of_refused_ops(house)
        house.server.resume()
        house.wait_ready()
    during = prober.since(hung)
    assert failures(during) == []
    assert percentile(during, 0.99) < 0.5
    record(
        "Redis hung (SIGSTOP)",
        "answers from memory, p99 < 0.5 s; ops 503 with Retry-After within 2.5 s; then well",
        f"{describe(prober, hung)}; ops 503 in {max(took, again):.2f} s",
    )


def test_a_release_without_room_is_refused_and_fits_later(house: House, record: Record) -> None:
    client, before = house.server.client(), house.live()
    kept = permanent_keys(client)
    house.new_films()
    with Prober(house.url, ROUTES) as prober:
        job = house.start_build()
        until(lambda: (found := house.job(job.id)) and found.step, 30, house.describe)
        house.server.limit_memory(256 * 1024)
        refused = house.ended(job.id)
        assert refused.status == "failed"
        assert refused.error is not None
        assert refused.error.code == "release_refused"
        assert "no room" in refused.error.message
        assert house.live() == before
        assert permanent_keys(client) == kept
        house.server.limit_memory(None)
    assert failures(prober.seen) == []
    house.rebuild()
    assert house.live().number > before.number
    record(
        "Redis full: no room for a release (maxmemory)",
        "the job says why, live untouched, nothing permanent left; a rebuild with room works",
        f"{refused.error.code}: “{refused.error.message[:60]}…”; 0 keys left, "
        f"{describe(prober, 0)}; then release {house.live().number}",
    )


def test_redis_full_in_the_middle_of_a_build_ends_in_one_publication(
    house: House, record: Record
) -> None:
    client, before = house.server.client(), house.live()
    with Publications(house) as published, Prober(house.url, ROUTES) as prober:
        house.new_films()
        job = house.start_build()
        until(lambda: (found := house.job(job.id)) and found.step, 30, house.describe)
        kept = permanent_keys(client)
        house.server.limit_memory(-(1 << 40))
        took = seconds_of_refused_ops_or_reads(house)
        time.sleep(6)
        assert permanent_keys(client) == kept
        assert house.live() == before
        house.server.limit_memory(None)
        first = house.ended(job.id)
        if first.status == "failed":
            assert first.error is not None
            house.rebuild()
        house.wait_ready(house.live().label)
    assert failures(prober.seen) == []
    assert len(published.new) == 1
    how = "failed clearly, and a rebuild went live" if first.error else "went live"
    record(
        "Redis full in the middle of a build",
        "reads go on, new jobs 503; the build fails clearly or waits; exactly one publication",
        f"{describe(prober, 0)}; a new job refused in {took:.2f} s; the build {how}; "
        f"publications: {len(published.new)}",
    )


def test_a_server_that_evicts_gets_no_builds(house: House, record: Record) -> None:
    client = house.server.client()
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        house.worker.kill_all()
        already = len(house.worker.said())
        house.worker.start()
        until(lambda: "noeviction" in house.worker.said()[already:], 30, house.describe)
        job = house.start_build()
        time.sleep(3)
        waiting = house.job(job.id)
        assert waiting is not None
        assert waiting.status == "queued"
    finally:
        client.config_set("maxmemory-policy", "noeviction")
    assert house.ended(job.id).status == "finished"
    record(
        "Redis set to evict",
        "the worker says why and takes no job until the server is set to noeviction",
        f"“redis_not_usable” logged; {job.id} waited, then finished",
    )


def test_a_full_disk_stops_writes_but_no_answer(house: House, record: Record) -> None:
    client, before = house.server.client(), house.live()
    with Publications(house) as published, Prober(house.url, ROUTES) as prober:
        house.server.limit_files(1)
        until(lambda: refuses_writes(client), 20, house.describe)
        full = time.monotonic()
        took = seconds_of_refused_ops_or_reads(house)
        time.sleep(2)
        restart_without_copy(house, "queries")
        time.sleep(4)
        assert house.live() == before
        house.server.limit_files(None)
        until(lambda: not refuses_writes(client), 20, house.describe)
        freed = time.monotonic()
        house.new_films()
        house.rebuild()
        well = time.monotonic() - freed
    # While queries was gone, or had not loaded yet, its routes could not be answered.
    assert {each.code for each in failures(prober.seen)} <= RESTARTING
    assert len(published.new) == 1
    record(
        "Disk of Redis full (append-only file)",
        "writes refused (MISCONF), reads go on, a service may even start; new jobs 503; with "
        "room again all works",
        f"{len(prober.since(full))} answers, a service started; a new job refused in "
        f"{took:.2f} s; rebuilt {well:.0f} s after",
    )


def test_redis_restarted_empty_gets_a_higher_release(house: House, record: Record) -> None:
    old = house.live()
    with Prober(house.url, ROUTES) as prober:
        time.sleep(0.5)
        house.server.kill_all()
        house.server.empty()
        house.server.start()
        began = time.monotonic()
        until(lambda: house.health()[1].reasons, 10, house.describe)
        status, report = house.health()
        reasons = report.reasons
        until(lambda: house.store().live(), 60, house.describe)
        house.wait_ready(house.live().label)
        took = time.monotonic() - began
    new = house.live()
    assert failures(prober.seen) == []
    assert mixed(prober.seen) == []
    assert new.number > old.number
    # What is served is named, though Redis names nothing.
    assert (status, report.release) == (200, old.label)
    record(
        "Redis restarted empty",
        "services serve on and say so, the worker rebuilds, a number above the old one, swap",
        f"release {old.number} → {new.number} in {took:.0f} s, {describe(prober, 0)}; "
        f"“{reasons[0]}”",
    )


def test_redis_restarted_from_its_file_needs_no_rebuild(house: House, record: Record) -> None:
    old, jobs = house.live(), house.queue().jobs()
    builds = house.worker.said().count("build_enqueued")
    pids = {name: part.pid for name, part in house.parts.items()}
    time.sleep(1.5)  # appendfsync is everysec
    with Prober(house.url, ROUTES) as prober:
        house.server.kill_all()
        house.server.start()
        began = time.monotonic()
        house.wait_ready(old.label)
        took = time.monotonic() - began
        # Time enough for the worker to ask for a build, if it were mistaken.
        time.sleep(6)
    assert house.live() == old
    assert house.worker.said().count("build_enqueued") == builds
    assert house.queue().jobs() == jobs
    assert failures(prober.seen) == []
    assert {name: part.pid for name, part in house.parts.items()} == pids
    record(
        "Redis restarted from its file (AOF)",
        "the same release, no rebuild, no restart of anything else",
        f"release {old.number}, {len(jobs)} jobs as before, well after {took:.0f} s, "
        f"{describe(prober, 0)}",
    )


def restart_without_copy(house: House, name: str) -> None:
    """Start a service anew that has nothing but the server to load from."""
    house.parts[name].kill_all()
    shutil.rmtree(house.folder / f"{name}-state")
    house.parts[name].start()
    until(lambda: house.health(name)[0] == 200, 30, house.describe)


def unanswered(house: House) -> list[str]:
    """Names of the HTTP processes that do not answer yet."""
    return [name for name in house.urls if house.health(name)[0] == 0]


def refuses_writes(client: redis.Redis) -> bool:
    """Whether the server takes no writes; trying one also makes it try its disk again."""
    try:
        client.set("faults:probe", "x", ex=60)
    except redis.RedisError:
        return True
    return False


def seconds_of_refused_ops_or_reads(house: House) -> float:
    """Ask for a new job where nothing can be written: refused politely, and soon."""
    began = time.monotonic()
    answer = house.send("POST", "/v1/jobs", json={"name": "evaluate"})
    took = time.monotonic() - began
    assert answer.status == 503, answer.data
    assert int(answer.headers["Retry-After"]) >= 1
    assert took < OPS_S
    return took
