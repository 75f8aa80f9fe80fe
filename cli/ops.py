"""Client of the gateway: health, the ops API, and any public answer."""

from pathlib import Path
from typing import TypeVar

import msgspec
import urllib3

from cli.errors import CommandError
from cli.files import write_file
from shared.contracts.jobs import JobList, JobRequest, JobView
from shared.contracts.releases import HealthReport
from shared.contracts.reports import ReportResponse
from shared.contracts.scorecards import ScoreCardResponse

TIMEOUT = urllib3.Timeout(connect=1.0, read=3.0)
# A table is written whole before its first byte comes.
DOWNLOAD_TIMEOUT = urllib3.Timeout(connect=1.0, read=90.0)
SAVED_PIECE_BYTES = 1 << 20
ENDED = frozenset({"finished", "failed", "stopped", "canceled"})

T = TypeVar("T")


class Problem(msgspec.Struct, frozen=True):
    """What we read of a problem document."""

    title: str = ""
    detail: str = ""
    code: str = ""


class UnreachableError(CommandError):
    """Nothing answers at the address."""


class OpsClient:
    """Talks to one gateway; every method raises `CommandError` with a sentence to show."""

    def __init__(self, url: str, key: str | None = None) -> None:
        """Use the gateway at `url`, with the admin key where one is needed."""
        self._url = url.rstrip("/")
        self._headers = {} if key is None else {"X-API-Key": key}
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def health(self) -> HealthReport:
        """Return whether the gateway can answer, and with which release."""
        response = self._send("GET", "/health/ready")
        try:
            return msgspec.json.decode(response.data, type=HealthReport)
        except msgspec.DecodeError as error:
            raise CommandError(f"What answers at {self._url} is not Butaca.") from error

    def is_ready(self) -> bool:
        """Whether the gateway can answer; never raises."""
        return self._is_ok("/health/ready")

    def jobs(self) -> list[JobView]:
        """Return the latest jobs, newest first."""
        return self._ask("GET", "/v1/jobs", JobList).items

    def builds(self) -> list[JobView]:
        """Return the latest builds, newest first."""
        return [job for job in self.jobs() if job.name == "build"]

    def job(self, job_id: str) -> JobView:
        """Return one job."""
        return self._ask("GET", f"/v1/jobs/{job_id}", JobView)

    def start_build(self, *, force: bool) -> JobView:
        """Ask for a build; a build that already runs is returned instead."""
        return self._start(JobRequest(force=force))

    def start_evaluation(self) -> JobView:
        """Ask for an evaluation; one that already runs is returned instead."""
        return self._start(JobRequest(name="evaluate"))

    def report(self, number: int, *, offset: int, limit: int) -> ReportResponse:
        """Return the build report of a release with some of its quarantined rows."""
        path = f"/v1/releases/{number}/report?offset={offset}&limit={limit}"
        return self._ask("GET", path, ReportResponse)

    def scorecard(self, number: int) -> ScoreCardResponse:
        """Return the score card of a release."""
        return self._ask("GET", f"/v1/releases/{number}/scorecard", ScoreCardResponse)

    def live_number(self) -> int:
        """Return the number of the live release."""
        release = self.health().release
        if release is None:
            raise CommandError("There is no release yet. `butaca status` shows the build.")
        return int(release.partition("-")[0])

    def save(self, path: str, target: Path) -> int:
        """Write the body of a route to a file, whole or not at all; return its bytes."""
        response = self._send("GET", path, stream=True)
        try:
            if response.status >= 400:  # noqa: PLR2004  # HTTP
                response.read(cache_content=True)
                raise CommandError(f"{path}: {_describe(response)}")
            return write_file(target, response.stream(SAVED_PIECE_BYTES))
        except urllib3.exceptions.HTTPError as error:
            raise CommandError(f"{path}: the answer broke off: {error}") from error
        finally:
            response.release_conn()

    def answer(self, path: str) -> str:
        """Return the body of a public route as text."""
        return self._checked("GET", path).data.decode("utf-8")

    def _start(self, request: JobRequest) -> JobView:
        return self._ask("POST", "/v1/jobs", JobView, msgspec.json.encode(request))

    def _is_ok(self, path: str) -> bool:
        try:
            return self._send("GET", path).status == 200  # noqa: PLR2004  # HTTP
        except CommandError:
            return False

    def _ask(self, method: str, path: str, kind: type[T], body: bytes | None = None) -> T:
        response = self._checked(method, path, body)
        try:
            return msgspec.json.decode(response.data, type=kind)
        except msgspec.DecodeError as error:
            raise CommandError(f"{path} answered something unexpected: {error}") from error

    def _checked(
        self, method: str, path: str, body: bytes | None = None
    ) -> urllib3.BaseHTTPResponse:
        response = self._send(method, path, body)
        if response.status >= 400:  # noqa: PLR2004  # HTTP
            raise CommandError(f"{path}: {_describe(response)}")
        return response

    def _send(
        self, method: str, path: str, body: bytes | None = None, *, stream: bool = False
    ) -> urllib3.BaseHTTPResponse:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._pool.request(
                method,
                self._url + path,
                body=body,
                headers=headers,
                preload_content=not stream,
                timeout=DOWNLOAD_TIMEOUT if stream else TIMEOUT,
            )
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(
                f"Nothing answers at {self._url}. Start it with `butaca up`, or give --url."
            ) from error


def _describe(response: urllib3.BaseHTTPResponse) -> str:
    try:
        problem = msgspec.json.decode(response.data, type=Problem)
    except msgspec.DecodeError:
        return f"HTTP {response.status}"
    return f"{problem.code or response.status}: {problem.detail or problem.title}"
