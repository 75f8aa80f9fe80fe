"""Callers that send too much, too slowly or half a thing; SIGTERM under load."""

import json
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle

import pytest

from tests.faults.balancer import Balancer
from tests.faults.fresh import USUAL, Fresh
from tests.faults.house import SERVICES, House
from tests.faults.parts import Part, until
from tests.faults.prober import Prober, failures, percentile
from tests.faults.publications import Publications
from tests.faults.raw import HEAD_END, Ended, chunks, drip, head, many, talk
from tests.faults.slow_link import SlowLink
from tests.faults.table import Record

MB = 1024 * 1024
MEMORY_MB = 20
SLOW_CALLERS = 50
# Of the server; its command line says so.
HEADER_TIMEOUT_S = 10
BODY_DEADLINE_S = 4
MARGIN_S = 4
# What `up` gives a process to end by itself.
GRACE_S = 2.5
# A recommendation is asked with a body of so much at most.
SMALL_BODY = 1000


@pytest.fixture(scope="module")
def fresh() -> Fresh:
    return Fresh()


@pytest.fixture
def edge(house: House) -> Iterator[str]:
    """A gateway of its own that waits only some seconds for a body."""
    house.add_gateway("edge").environ["BUTACA_GATEWAY_REQUEST_DEADLINE_S"] = str(BODY_DEADLINE_S)
    try:
        house.start("edge")
        until(lambda: house.health("edge")[0] == 200, 30, house.describe)
        for route in USUAL:
            house.get(route, name="edge")
        yield house.urls["edge"]
    finally:
        house.remove("edge")


class Grown:
    """How much more memory a process takes than at the start, at most."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._before = self._most = part.rss_bytes()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self._most = max(self._most, self._part.rss_bytes())

    @property
    def mb(self) -> float:
        return (self._most - self._before) / MB

    @contextmanager
    def watching(self) -> Generator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join(5)


@pytest.mark.parametrize(
    ("kind", "ends", "limit_s"),
    [("headers", {0, 408}, HEADER_TIMEOUT_S), ("bodies", {408}, BODY_DEADLINE_S)],
)
def test_callers_that_dawdle_are_cut_off(  # noqa: PLR0913, PLR0917  # the parts of the scene
    house: House, edge: str, record: Record, kind: str, ends: set[int], limit_s: float
) -> None:
    start, drop = {
        "headers": (head("GET", "/v1/movies/7"), b"a"),
        "bodies": (
            head("POST", "/v1/recommendations", Content_Type="application/json")
            + f"\r\nContent-Length: {SMALL_BODY}".encode()
            + HEAD_END,
            b" ",
        ),
    }[kind]
    grown = Grown(house.parts["edge"])
    with Prober(edge, USUAL, every_s=0.02) as calm:
        time.sleep(3)
    with grown.watching(), Prober(edge, USUAL, every_s=0.02) as prober:
        ended = drip(
            edge, start, drop, count=SLOW_CALLERS, every_s=0.2, limit_s=limit_s + MARGIN_S
        )
    times = sorted(each.seconds for each in ended)
    p99, calm_p99 = percentile(prober.seen, 0.99), percentile(calm.seen, 0.99)
    assert {each.status for each in ended} <= ends
    assert limit_s - 1.5 < times[0] <= times[-1] < limit_s + MARGIN_S
    assert failures(prober.seen) == []
    assert p99 < calm_p99 + 0.25
    assert grown.mb < MEMORY_MB
    record(
        f"{SLOW_CALLERS} sockets with slow {kind}",
        f"closed after {limit_s} s; memory flat (< {MEMORY_MB} MB); other callers unaffected",
        f"closed after {times[0]:.1f}-{times[-1]:.1f} s with {sorted({e.status for e in ended})} "
        f"(0: no answer); {grown.mb:+.1f} MB; others: {len(prober.seen)} answers, 0 failed, p99 "
        f"{p99 * 1000:.0f} ms (calm {calm_p99 * 1000:.0f} ms)",
    )


def _statuses(ended: list[Ended]) -> str:
    return ", ".join(
        f"{status or 'closed'} x{sum(each.status == status for each in ended)}"
        for status in sorted({each.status for each in ended})
    )


@pytest.mark.parametrize(
    ("what", "statuses"),
    [("a query of 10 MB", {0, 400, 414, 431}), ("a header of 50 MB", {0, 400, 413, 431})],
)
def test_a_request_that_is_far_too_long_is_refused(
    house: House, edge: str, record: Record, what: str, statuses: set[int]
) -> None:
    def send(_: int) -> Ended:
        if "query" in what:
            start, total = b"GET /v1/search?q=", 10 * MB
        else:
            start, total = head("GET", "/v1/movies/7") + b"\r\nX-Long: ", 50 * MB
        return talk(edge, [start, *many(b"a" * 65536, total), b" HTTP/1.1\r\nHost: a\r\n\r\n"])

    grown = Grown(house.parts["edge"])
    with grown.watching(), ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(send, range(12)))
    assert {each.status for each in ended} <= statuses
    assert grown.mb < MEMORY_MB
    assert house.get("/v1/movies/7", name="edge").status == 200
    record(
        f"{what}, 12 times",
        f"refused or closed; memory flat (< {MEMORY_MB} MB)",
        f"{_statuses(ended)}; at most {max(each.sent for each in ended) / MB:.1f} MB taken; "
        f"{grown.mb:+.1f} MB; answers go on",
    )


def _post_routes(house: House) -> dict[str, bool]:
    """Every POST route of the document but that for exported releases; whether it has a body."""
    document = json.loads(house.get("/schema/openapi.json").data)
    posts = {path: item["post"] for path, item in document["paths"].items() if "post" in item}
    bodies = {path: post.get("requestBody", {}).get("content", {}) for path, post in posts.items()}
    # No job and no release has such a number.
    return {
        path.replace("{job_id}", "build-999").replace("{number}", "999"): bool(content)
        for path, content in bodies.items()
        if "application/octet-stream" not in content
    }


@pytest.mark.parametrize("has_length", [True, False])
def test_a_body_of_64_mb_is_refused_early(
    house: House, edge: str, record: Record, *, has_length: bool
) -> None:
    total, piece = 64 * MB, b"[" * 65536
    routes = _post_routes(house)
    grown, ended = Grown(house.parts["edge"]), dict[str, Ended]()
    with grown.watching():
        for path in routes:
            start = head("POST", path, Content_Type="application/json", X_API_Key=house.key)
            if has_length:
                start += f"\r\nContent-Length: {total}".encode() + HEAD_END
                ended[path] = talk(edge, [start, *many(piece, total)])
            else:
                start += b"\r\nTransfer-Encoding: chunked" + HEAD_END
                ended[path] = talk(edge, [start, *chunks(piece, total)])
    assert sum(routes.values()) >= 4
    for path, each in ended.items():
        assert each.status in ({0, 413} if routes[path] else {0, 404, 413}), (path, each)
    assert all(each.sent < total / 4 for each in ended.values()), ended
    assert grown.mb < MEMORY_MB
    assert house.get("/v1/movies/7", name="edge").status == 200
    record(
        f"a body of 64 MB {'with' if has_length else 'without'} a length, to each of "
        f"{len(ended)} POST routes",
        f"413 before most of it is sent; memory flat (< {MEMORY_MB} MB)",
        f"{_statuses(list(ended.values()))}; at most "
        f"{max(each.sent for each in ended.values()) / MB:.1f} MB taken; {grown.mb:+.1f} MB",
    )


def test_requests_sent_in_one_piece_are_answered_in_order(edge: str, record: Record) -> None:
    paths = ["/v1/movies/7", "/v1/movies/8", "/nowhere", "/v1/movies/9"]
    requests = [head("GET", path) + HEAD_END for path in paths[:-1]]
    last = head("GET", paths[-1], Connection="close") + HEAD_END
    ended = talk(edge, [b"".join([*requests, last])])
    body = ended.body
    found = [
        body.index(mark) for mark in (b'"Film 7"', b'"Film 8"', b"route_not_found", b'"Film 9"')
    ]
    assert (ended.status, found) == (200, sorted(found))
    record(
        "four requests in one piece (pipelined)",
        "answered in order",
        "200, 200, 404, 200 in order",
    )


# -- SIGTERM ---------------------------------------------------------------------------------


def test_a_gateway_ends_with_every_answer_given(
    house: House, fresh: Fresh, record: Record
) -> None:
    house.add_gateway("second")
    try:
        house.start("second")
        until(lambda: house.health("second")[0] == 200, 30, house.describe)
        paths = cycle(USUAL)

        def path() -> str:
            return next(paths) if time.monotonic_ns() % 2 else fresh.path("recommender")

        urls = [house.urls["gateway"], house.urls["second"]]
        with Balancer(urls, path, callers=16) as balancer:
            time.sleep(2)
            began = time.monotonic()
            code = house.gateway.stop(10)
            took = time.monotonic() - began
            time.sleep(2)
    finally:
        house.remove("second")
    assert (code, set(balancer.outcomes)) == (0, {"200"})
    assert took < GRACE_S
    record(
        "SIGTERM to one of two gateways under load",
        f"no broken answer where a balancer retries what was not taken; exit 0 in {GRACE_S} s",
        f"{balancer.outcomes['200']} answers, 0 broken; retried {dict(balancer.retried)}; exit "
        f"{code} in {took:.2f} s",
    )


def test_answers_under_way_are_finished_before_a_gateway_ends(
    house: House, fresh: Fresh, record: Record
) -> None:
    with SlowLink(house.urls["recommender"], delay_s=1.0) as link:
        slow = house.add_gateway("slow")
        slow.environ["BUTACA_GATEWAY_RECOMMENDER_URL"] = link.url
        try:
            house.start("slow")
            until(lambda: house.health("slow")[1].release is not None, 30, house.describe)
            with ThreadPoolExecutor(20) as pool:
                asked = [
                    pool.submit(house.get, fresh.path("recommender"), name="slow")
                    for _ in range(20)
                ]
                time.sleep(0.5)
                code = slow.stop(10)
                statuses = {each.result().status for each in asked}
        finally:
            house.remove("slow")
    assert (code, statuses) == (0, {200})
    record(
        "SIGTERM to a gateway with 20 slow answers under way",
        "all of them are finished; exit 0",
        f"20 answers 200, exit {code}",
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_ends_with_every_answer_given_or_refused_cleanly(
    house: House, fresh: Fresh, record: Record, service: str
) -> None:
    with Balancer([house.url], lambda: fresh.path(service), callers=16) as balancer:
        time.sleep(2)
        began = time.monotonic()
        code = house.parts[service].stop(10)
        took = time.monotonic() - began
        time.sleep(1)
        house.start(service)
        until(lambda: house.get(fresh.path(service)).status == 200, 60, house.describe)
    assert code == 0
    assert took < GRACE_S
    assert set(balancer.outcomes) <= {"200", "503"}
    assert balancer.retried.total() == 0
    record(
        f"SIGTERM to {service} under load",
        f"200, or 503 while it is away; nothing else, nothing cut; exit 0 in {GRACE_S} s",
        f"{dict(balancer.outcomes)}; exit {code} in {took:.2f} s",
    )


def test_the_worker_gives_its_build_back_when_it_ends(house: House, record: Record) -> None:
    with Publications(house) as publications:
        job = house.start_build(force=True)
        until(lambda: getattr(house.job(job.id), "status", "") == "started", 30, house.describe)
        time.sleep(1)
        began = time.monotonic()
        code = house.worker.stop(30)
        took = time.monotonic() - began
        left = house.job(job.id)
        house.start("worker")
        ended = house.ended(job.id)
    assert left is not None
    assert (code, left.status, ended.status) == (0, "queued", "finished")
    assert took < GRACE_S
    assert len(publications.new) == 1
    record(
        "SIGTERM to the worker during a build",
        f"exit 0 in {GRACE_S} s; the build is on the queue again, runs at the next start and "
        "publishes once",
        f"exit {code} in {took:.2f} s, job {left.status}; then {ended.status}, 1 publication",
    )
