"""Jobs, for operators: each call needs the admin key."""

import time

from butaca_client.answers.jobs import JobList, JobView
from butaca_client.arguments import JobName, encode_body, path_part
from butaca_client.calls.base import Calls, decode
from butaca_client.errors import TimedOutError, no_answer
from butaca_client.transport import Question


class JobCalls(Calls):
    """Builds and evaluations."""

    def start_job(self, name: JobName = "build", *, force: bool = False) -> JobView:
        """Start a job; while one of its kind is queued or running, that one is the answer."""
        body = encode_body({"name": name, "force": force})
        question = Question("POST", "/v1/jobs", body, is_repeatable=False)
        return decode(JobView, question.target, self._transport.ask(question))

    def jobs(self) -> JobList:
        """Return the latest jobs, newest first."""
        return self._get(JobList, "/v1/jobs")

    def job(self, job_id: str) -> JobView:
        """One job: status, step, progress, result or error."""
        return self._get(JobView, f"/v1/jobs/{path_part(job_id)}")

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
