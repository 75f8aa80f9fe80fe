"""Client of the gateway: health, the ops API, and any public answer."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
import urllib3

from cli.addresses import path_part, require_address
from cli.errors import CommandError
from cli.files import require_target, write_file
from shared.contracts.differences import ReleaseDifference
from shared.contracts.jobs import JobList, JobLog, JobRequest, JobView
from shared.contracts.keys import KeyCreated, KeyList, KeyRequest
from shared.contracts.releases import HealthReport, ReleaseList, ReleaseView
from shared.contracts.reports import ReportResponse
from shared.contracts.scorecards import ScoreCardResponse
from shared.decoding import decode_json
from shared.http.degraded import is_whole

TIMEOUT = urllib3.Timeout(connect=1.0, read=3.0)
# A table is written, and two releases are compared, before the first byte comes.
SLOW_TIMEOUT = urllib3.Timeout(connect=1.0, read=90.0)
# A comment comes every 15 s.
EVENTS_TIMEOUT = urllib3.Timeout(connect=1.0, read=40.0)
RETRY_S = 1.0
SAVED_PIECE_BYTES = 1 << 20
JSON = "application/json"
FILE = "application/octet-stream"
ENDED = frozenset({"finished", "failed", "stopped", "canceled"})

T = TypeVar("T")


class Problem(msgspec.Struct, frozen=True):
    """What we read of a problem document."""

    title: str = ""
    detail: str = ""
    code: str = ""


class OpsClient:
    """Talks to one gateway; every method raises `CommandError` with a sentence to show."""

    def __init__(
        self, url: str, key: str | None = None, find_key: Callable[[], str] | None = None
    ) -> None:
        """Use the gateway at `url`, with a key where one is needed.

        `find_key` gives one that is used from when the gateway first asks for a key.

        Raises:
            CommandError: `url` is no address.
        """
        require_address(url)
        self._find_key = find_key
        self._url = url.rstrip("/")
        self._headers = {} if key is None else {"X-API-Key": key}
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def health(self) -> HealthReport:
        """Return whether the gateway can answer, and with which release."""
        response = self._send("GET", "/health/ready")
        try:
            return decode_json(response.data, HealthReport)
        except msgspec.DecodeError as error:
            raise CommandError(f"What answers at {self._url} is not Butaca.") from error

    def is_whole(self) -> bool:
        """Whether everything that a start waits for answers; never raises."""
        try:
            health = self.health()
        except CommandError:
            return False
        return health.status == "ready" and is_whole(health.degraded)

    def jobs(self) -> list[JobView]:
        """Return the latest jobs, newest first."""
        return self._ask("GET", "/v1/jobs", JobList).items

    def builds(self) -> list[JobView]:
        """Return the latest builds, newest first."""
        return [job for job in self.jobs() if job.name == "build"]

    def job(self, job_id: str) -> JobView:
        """Return one job."""
        return self._ask("GET", _job_path(job_id), JobView)

    def job_log(self, job_id: str, limit: int) -> JobLog:
        """Return the end of the log of a job."""
        return self._ask("GET", f"{_job_path(job_id)}/log?limit={limit}", JobLog)

    def cancel_job(self, job_id: str) -> JobView:
        """End a job."""
        return self._ask("POST", f"{_job_path(job_id)}/cancel", JobView)

    def retry_job(self, job_id: str) -> JobView:
        """Start a job like one that failed; one of its kind that runs is returned instead."""
        return self._ask("POST", f"{_job_path(job_id)}/retry", JobView)

    def follow(self, job_id: str) -> Iterator[JobView]:
        """Yield a job at once and after each change, until it has ended."""
        while True:
            try:
                yield from self._follow(f"{_job_path(job_id)}/events")
            except urllib3.exceptions.HTTPError:
                # The gateway was stopped, or something between lost patience: go on.
                time.sleep(RETRY_S)
            else:
                return

    def start_build(
        self, *, force: bool = False, full: bool = False, source: str | None = None
    ) -> JobView:
        """Ask for a build; a build that already runs is returned instead."""
        return self._start(JobRequest(force=force, full=full, source=source))

    def start_evaluation(self) -> JobView:
        """Ask for an evaluation; one that already runs is returned instead."""
        return self._start(JobRequest(name="evaluate"))

    def report(self, number: int, *, offset: int, limit: int) -> ReportResponse:
        """Return the build report of a release with some of its quarantined rows."""
        path = f"/v1/releases/{number}/report?offset={offset}&limit={limit}"
        return self._ask("GET", path, ReportResponse, timeout=SLOW_TIMEOUT)

    def scorecard(self, number: int) -> ScoreCardResponse:
        """Return the score card of a release."""
        path = f"/v1/releases/{number}/scorecard"
        return self._ask("GET", path, ScoreCardResponse, timeout=SLOW_TIMEOUT)

    def difference(self, base: int, number: int) -> ReleaseDifference:
        """Return what changed from one release to another."""
        path = f"/v1/releases/{number}/difference?base={base}"
        return self._ask("GET", path, ReleaseDifference, timeout=SLOW_TIMEOUT)

    def keys(self) -> KeyList:
        """Return the API keys there are."""
        return self._ask("GET", "/v1/keys", KeyList)

    def create_key(self, request: KeyRequest) -> KeyCreated:
        """Make an API key."""
        return self._ask("POST", "/v1/keys", KeyCreated, msgspec.json.encode(request))

    def revoke_key(self, key_id: str) -> None:
        """Take an API key back."""
        self._checked("DELETE", f"/v1/keys/{path_part(key_id)}")

    def served_number(self) -> int:
        """Return the number of the release that is served."""
        release = self.health().release
        if release is None:
            raise CommandError("There is no release yet. `butaca status` shows the build.")
        return int(release.partition("-")[0])

    def releases(self) -> ReleaseList:
        """Return the stored releases, newest first."""
        return self._ask("GET", "/v1/releases", ReleaseList)

    def activate(self, number: int) -> ReleaseView:
        """Make a stored release live."""
        return self._ask("POST", f"/v1/releases/{number}/activate", ReleaseView)

    def pin(self, number: int) -> ReleaseView:
        """Let a release stay until it is unpinned."""
        return self._ask("PUT", f"/v1/releases/{number}/pin", ReleaseView)

    def unpin(self, number: int) -> ReleaseView:
        """Take the pin away."""
        return self._ask("DELETE", f"/v1/releases/{number}/pin", ReleaseView)

    def import_release(self, file: Path) -> ReleaseView:
        """Put in the release of a file; it is sent as it is read."""
        try:
            with file.open("rb") as body:
                return self._ask("POST", "/v1/releases", ReleaseView, body, timeout=SLOW_TIMEOUT)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from error

    def save(self, path: str, target: Path, *, mode: int = 0o666, replace: bool = True) -> int:
        """Write the body of a route to a file, whole or not at all; return its bytes."""
        require_target(target, replace=replace)
        response = self._send("GET", path, stream=True, timeout=SLOW_TIMEOUT)
        try:
            if response.status >= 400:  # noqa: PLR2004  # HTTP
                response.read(cache_content=True)
                raise CommandError(f"{path}: {_describe(response)}")
            pieces = response.stream(SAVED_PIECE_BYTES)
            return write_file(target, pieces, mode=mode, replace=replace)
        except urllib3.exceptions.HTTPError as error:
            raise CommandError(f"{path}: the answer broke off: {error}") from error
        finally:
            response.release_conn()

    def answer(self, path: str) -> str:
        """Return the body of a public route as text."""
        return self._checked("GET", path).data.decode("utf-8")

    def _follow(self, path: str) -> Iterator[JobView]:
        """The jobs in a stream of server-sent events."""
        response = self._send("GET", path, stream=True, timeout=EVENTS_TIMEOUT)
        try:
            if response.status >= 400:  # noqa: PLR2004  # HTTP
                response.read(cache_content=True)
                raise CommandError(f"{path}: {_describe(response)}")
            yield from _jobs_in(response)
        finally:
            # It may have more to say, so nobody else can use the connection.
            response.close()

    def _start(self, request: JobRequest) -> JobView:
        return self._ask("POST", "/v1/jobs", JobView, msgspec.json.encode(request))

    def _ask(
        self,
        method: str,
        path: str,
        kind: type[T],
        body: bytes | BinaryIO | None = None,
        *,
        timeout: urllib3.Timeout = TIMEOUT,
    ) -> T:
        response = self._checked(method, path, body, timeout)
        try:
            return decode_json(response.data, kind)
        except msgspec.DecodeError as error:
            raise CommandError(f"{path} answered something unexpected: {error}") from error

    def _checked(
        self,
        method: str,
        path: str,
        body: bytes | BinaryIO | None = None,
        timeout: urllib3.Timeout = TIMEOUT,
    ) -> urllib3.BaseHTTPResponse:
        response = self._send(method, path, body, timeout=timeout)
        if response.status >= 400:  # noqa: PLR2004  # HTTP
            raise CommandError(f"{path}: {_describe(response)}")
        return response

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | BinaryIO | None = None,
        *,
        stream: bool = False,
        timeout: urllib3.Timeout = TIMEOUT,
    ) -> urllib3.BaseHTTPResponse:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = JSON if isinstance(body, bytes) else FILE
        try:
            response = self._pool.request(
                method,
                self._url + path,
                body=body,
                headers=headers,
                preload_content=not stream,
                timeout=timeout,
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise CommandError(f"{path}: no answer came in time.") from error
        except urllib3.exceptions.HTTPError as error:
            raise CommandError(
                f"Nothing answers at {self._url}. Start it with `butaca up`, or give --url."
            ) from error
        if response.status == 401 and self._find_key is not None:  # noqa: PLR2004  # HTTP
            response.close()
            self._headers["X-API-Key"], self._find_key = self._find_key(), None
            return self._send(method, path, body, stream=stream, timeout=timeout)
        return response


def _jobs_in(response: urllib3.BaseHTTPResponse) -> Iterator[JobView]:
    """The job of each `job` event."""
    text = b""
    for piece in response.stream():
        *events, text = (text + piece).split(b"\n\n")
        for event in events:
            name, _, data = event.partition(b"\ndata: ")
            if name == b"event: job":
                yield decode_json(data, JobView)


def _job_path(job_id: str) -> str:
    return f"/v1/jobs/{path_part(job_id)}"


def _describe(response: urllib3.BaseHTTPResponse) -> str:
    try:
        problem = decode_json(response.data, Problem)
    except msgspec.DecodeError:
        return f"HTTP {response.status}"
    return f"{problem.code or response.status}: {problem.detail or problem.title}"
