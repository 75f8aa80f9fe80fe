"""A whole installation on this machine: a server and our processes as `butaca up` starts them.

Each part is killed, hung or restarted by the tests; nothing restarts by itself unless a test
asks for `keep_running`.
"""

import os
import shutil
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import urllib3

from cli.processes import find_free_ports, server_command
from shared.contracts.jobs import JobView
from shared.contracts.releases import HealthReport, ReleaseRef
from shared.errors import JobNotFoundError, StoreUnavailableError
from shared.queue import JobQueue
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.faults.parts import Part, Server, until
from tests.unit.worker.etl.factories import Row, credits_row, movie, write_pair

NAMESPACE = "faults"
ENDED = {"finished", "failed", "stopped", "canceled"}
# Five films to recommend, enough texts for the search, and a build of a few seconds.
FILMS = 60
READY_S = 120.0
RESTART_S = 0.5
SERVICES = ("queries", "recommender")
# One route of each way through the system; answers of a release never change.
ROUTES = (
    "/cantidad_filmaciones_mes/octubre",
    "/score_titulo/Film%207",
    "/recomendacion/Film%207",
    "/v1/movies?limit=5",
    "/v1/movies/7",
    "/v1/movies/7/similar",
    "/v1/search?q=story&mode=lexical",
    "/v1/movies/{n}",
    "/v1/movies/{n}/similar?limit=7",
)


def films(count: int, mark: str = "", votes: int = 2000) -> list[Row]:
    """Return movies that differ in what matters to an answer; `mark` makes other releases."""
    return [
        movie(
            n,
            title=f"Film {n}",
            original_title=f"Film {n}",
            overview=f"Story {n} of {'love' if n % 2 else 'war'} in town {n % 7}. {mark}".strip(),
            vote_count=str(votes + n),
            popularity=str(n),
        )
        for n in range(1, count + 1)
    ]


def write_films(folder: Path, count: int = FILMS, mark: str = "", votes: int = 2000) -> None:
    """Write the input files."""
    folder.mkdir(parents=True, exist_ok=True)
    write_pair(folder, films(count, mark, votes), [credits_row(n) for n in range(1, count + 1)])


class House:
    """Server, worker, queries, recommender and gateway, and what they are seen through."""

    def __init__(self, folder: Path, *, movies: int = FILMS, aof: bool = True) -> None:
        self.folder = folder
        self.data = folder / "data"
        write_films(self.data, movies)
        self.key = "admin-key-of-the-fault-tests"
        self._key_file = folder / "admin.key"
        self._key_file.write_text(self.key)
        ports = iter(find_free_ports(4))
        self.server = Server(folder / "valkey", next(ports), aof=aof)
        self.keys = RedisKeys(NAMESPACE)
        self.worker = self._part(
            "worker",
            [sys.executable, "-m", "worker.main"],
            BUTACA_WORKER_DATA=str(self.data),
            BUTACA_WORKER_THREADS="1",
        )
        self.parts: dict[str, Part] = {"worker": self.worker}
        self.urls: dict[str, str] = {}
        for name in SERVICES:
            self.add_service(name, name, next(ports))
        self.add_gateway("gateway", port=next(ports))

    # -- the parts --------------------------------------------------------------------------

    @property
    def queries(self) -> Part:
        """The queries service."""
        return self.parts["queries"]

    @property
    def recommender(self) -> Part:
        """The recommender service."""
        return self.parts["recommender"]

    @property
    def gateway(self) -> Part:
        """The gateway."""
        return self.parts["gateway"]

    @property
    def url(self) -> str:
        """Address of the gateway."""
        return self.urls["gateway"]

    def add_service(self, kind: str, name: str, port: int = 0) -> Part:
        """Make a (second) service of a kind, not started yet."""
        state = {f"BUTACA_{kind.upper()}_STATE": str(self.folder / f"{name}-state")}
        return self._add_http(kind, name, port, state)

    def add_gateway(
        self,
        name: str,
        *,
        queries: str = "queries",
        recommender: str = "recommender",
        port: int = 0,
    ) -> Part:
        """Make a (second) gateway before the named services, not started yet."""
        settings = {
            "BUTACA_GATEWAY_QUERIES_URL": self.urls[queries],
            "BUTACA_GATEWAY_RECOMMENDER_URL": self.urls[recommender],
            "BUTACA_GATEWAY_ADMIN_KEY_FILE": str(self._key_file),
        }
        return self._add_http("gateway", name, port, settings)

    def remove(self, *names: str) -> None:
        """Kill the named (second) services or gateways, and forget them."""
        for name in names:
            part = self.parts.pop(name)
            self.urls.pop(name, None)
            if part.is_alive:
                part.kill_all()

    def start(self, *names: str) -> None:
        """Start the named parts, all by default; `server` is one."""
        for part in self._named(names):
            if not part.is_alive:
                part.start()

    def close(self) -> None:
        """Kill everything."""
        for part in reversed(self._named(())):
            if part.is_alive:
                part.kill_all()

    def heal(self) -> None:
        """Resume what hangs, start what is gone, wait until all is well."""
        for part in self._named(()):
            if part.is_alive and part.is_hung:
                part.resume()
        self.start()
        self.server.lift_limits()
        self.wait_ready()
        # A gateway that does not even start has no complaints.
        assert all(part.is_alive for part in self._named(())), self.describe()

    def wipe(self) -> None:
        """Kill everything and forget every release, on the server and in local copies."""
        self.close()
        self.server.empty()
        for state in self.folder.glob("*-state"):
            shutil.rmtree(state)

    @contextmanager
    def keep_running(self, *names: str, delay_s: float = RESTART_S) -> Generator[None]:
        """Start the named parts again whenever they die, as the supervisor of `up` does."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.02):
                for name in names:
                    if not self.parts[name].is_alive and not over.wait(delay_s):
                        self.parts[name].start()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(10)

    # -- what is seen -----------------------------------------------------------------------

    def store(self) -> ReleaseStore:
        """Make a store on a connection of its own."""
        return ReleaseStore(self.server.client(), self.keys)

    def queue(self) -> JobQueue:
        """Make a queue on a connection of its own."""
        return JobQueue(self.server.client(), self.keys)

    def live(self) -> ReleaseRef:
        """Return the live release."""
        ref = self.store().live()
        assert ref is not None
        return ref

    def get(self, path: str, *, name: str = "gateway") -> urllib3.BaseHTTPResponse:
        """Ask one HTTP process, with the admin key."""
        return self.send("GET", path, name=name)

    def send(
        self,
        method: str,
        path: str,
        *,
        name: str = "gateway",
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request with the admin key, on a connection of its own."""
        head = {"X-API-Key": self.key, **(headers or {})}
        url, patience = self.urls[name] + path, urllib3.Timeout(15.0)
        with urllib3.PoolManager(retries=False, timeout=patience) as pool:
            if json is None:
                return pool.request(method, url, headers=head)
            return pool.request(method, url, headers=head, json=json)

    def health(self, name: str = "gateway") -> tuple[int, HealthReport]:
        """Ask a process whether it is ready; status 0 where it does not answer."""
        try:
            answer = self.get("/health/ready", name=name)
        except urllib3.exceptions.HTTPError as error:
            return 0, HealthReport(status="none", reasons=[str(error)])
        return answer.status, msgspec.json.decode(answer.data, type=HealthReport)

    def is_healthy(self, release: str | None = None) -> bool:
        """Whether every HTTP process is ready with one release (this one), and no complaint."""
        found = [self.health(name) for name in self.urls]
        calm = all(status == 200 and not report.reasons for status, report in found)
        releases = {report.release for _, report in found}
        return calm and len(releases) == 1 and release in {None, *releases}

    def wait_ready(self, release: str | None = None, within_s: float = READY_S) -> float:
        """Wait until all are healthy; return the seconds it took."""
        return until(lambda: self.is_healthy(release), within_s, self.describe)

    def start_build(self, **request: object) -> JobView:
        """Ask the gateway for a build."""
        answer = self.send("POST", "/v1/jobs", json={"name": "build", **request})
        assert answer.status == 202, answer.data
        return msgspec.json.decode(answer.data, type=JobView)

    def job(self, job_id: str) -> JobView | None:
        """Return how a job stands; None where it is unknown or the server is away."""
        client = self.server.client()
        try:
            return JobQueue(client, self.keys).job(job_id)
        except (JobNotFoundError, StoreUnavailableError):
            return None
        finally:
            client.close()

    def ended(self, job_id: str, within_s: float = 90) -> JobView:
        """Wait for the end of a job."""
        found: list[JobView] = []

        def is_over() -> bool:
            job = self.job(job_id)
            if job is not None and job.status in ENDED:
                found.append(job)
            return bool(found)

        until(is_over, within_s, self.describe)
        return found[-1]

    def rebuild(self, **request: object) -> JobView:
        """Build a release, swap to it everywhere, return the job."""
        job = self.ended(self.start_build(force=True, **request).id)
        assert job.status == "finished", job.error
        self.wait_ready(self.live().label)
        return job

    def new_films(self, mark: str | None = None, count: int = FILMS, votes: int = 2000) -> None:
        """Change the input, so that the next build makes something else."""
        write_films(self.data, count, f"{time.time_ns()}" if mark is None else mark, votes)

    def describe(self) -> str:
        """Say how everything stands, for a test that failed."""
        lines = [f"{name}: {self.health(name)}" for name in self.urls]
        lines += [f"{part.name} lives: {part.is_alive}" for part in self._named(())]
        tails = [f"== {part.name}\n{part.said()[-2500:]}" for part in self._named(())]
        return "\n".join([*lines, *tails])

    # -- inside -----------------------------------------------------------------------------

    def _named(self, names: tuple[str, ...]) -> list[Part]:
        everything = {"server": self.server, **self.parts}
        return [everything[name] for name in names or everything]

    def _add_http(self, kind: str, name: str, port: int, settings: dict[str, str]) -> Part:
        port = port or find_free_ports(1)[0]
        self.urls[name] = f"http://127.0.0.1:{port}"
        part = self._part(name, server_command(kind, "127.0.0.1", port), **settings)
        self.parts[name] = part
        return part

    def _part(self, name: str, command: list[str], **settings: str) -> Part:
        inherited = {
            k: v for k, v in os.environ.items() if not k.startswith(("BUTACA_", "GRANIAN_"))
        }
        environ = {
            **inherited,
            "PYTHONUNBUFFERED": "1",
            "REDIS_URL": self.server.url,
            "BUTACA_NAMESPACE": NAMESPACE,
            **settings,
        }
        return Part(name, command, environ, self.folder / f"{name}.log")
