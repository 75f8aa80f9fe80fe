"""Jobs, for operators: each call needs a key of that role."""

import time
from collections.abc import Iterator
from typing import Final

from butaca_client.answers.jobs import JobList, JobLog, JobView
from butaca_client.arguments import JobName, encode_body, path_part
from butaca_client.calls.base import Calls, decode
from butaca_client.errors import (
    ButacaError,
    TimedOutError,
    UnavailableError,
    no_answer,
    problem_error,
)
from butaca_client.streams import read_events
from butaca_client.transport import Question

# The service says something at least every 15 s, if only that it is there.
SILENCE_S: Final = 45.0


class JobCalls(Calls):
    """Builds and evaluations."""

    def start_job(
        self,
        name: JobName = "build",
        *,
        force: bool = False,
        full: bool = False,
        source: str | None = None,
        idempotency_key: str | None = None,
    ) -> JobView:
        """Start a job; while one of its kind is queued or running, that one is the answer.

        With an `idempotency_key` the same request is answered with the same job for a day, so it
        is also tried again where the service is away.
        """
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        question = Question(
            "POST",
            "/v1/jobs",
            encode_body({"name": name, "force": force, "full": full, "source": source}),
            is_repeatable=idempotency_key is not None,
            headers=headers,
        )
        return decode(JobView, question.target, self._transport.ask(question))

    def jobs(self) -> JobList:
        """Return the latest jobs, newest first."""
        return self._get(JobList, "/v1/jobs")

    def job(self, job_id: str) -> JobView:
        """One job: status, step, progress, result or error."""
        return self._get(JobView, _path(job_id))

    def cancel_job(self, job_id: str) -> JobView:
        """Take a job off the queue, or stop it."""
        return self._act(f"{_path(job_id)}/cancel")

    def retry_job(self, job_id: str) -> JobView:
        """Start a job that failed or was stopped once more."""
        return self._act(f"{_path(job_id)}/retry")

    def job_log(self, job_id: str, *, limit: int = 100) -> JobLog:
        """Return the end of a job's log, oldest first."""
        return self._get(JobLog, f"{_path(job_id)}/log", limit=limit)

    def job_events(self, job_id: str) -> Iterator[JobView]:
        """The job now and at each change, as it happens, until it has ended.

        While the service cannot see the job nothing comes; what it says of that is raised if it
        is the last word.
        """
        target = f"{_path(job_id)}/events"
        problem: ButacaError | None = None
        with self._transport.open(Question("GET", target, least_s=SILENCE_S)) as response:
            for event in read_events(iter(response.read1, b"")):
                if event.name == "job":
                    problem = None
                    yield decode(JobView, target, event.data.encode())
                elif event.name == "problem":
                    problem = problem_error(event.data.encode())
                elif event.name == "end" and problem is None:
                    return
        detail = f"{target}: the events broke off."
        raise problem or no_answer(UnavailableError, "broke_off", detail)

    def wait_for_job(
        self, job_id: str, *, timeout_s: float = 3600.0, poll_s: float = 1.0
    ) -> JobView:
        """Return a job once it has ended, well or not: see its `status`.

        Raises:
            TimedOutError: it has not ended after `timeout_s`.
        """
        until = time.monotonic() + timeout_s
        while True:
            job = self.job(job_id)
            if job.has_ended:
                return job
            if time.monotonic() + poll_s > until:
                detail = f"{job_id} is {job.status} after {timeout_s:g} s."
                raise no_answer(TimedOutError, "job_not_ended", detail)
            time.sleep(poll_s)

    def _act(self, target: str) -> JobView:
        question = Question("POST", target, is_repeatable=False)
        return decode(JobView, target, self._transport.ask(question))


def _path(job_id: str) -> str:
    return f"/v1/jobs/{path_part(job_id)}"
