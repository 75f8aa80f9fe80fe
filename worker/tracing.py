"""The span of a job, below that of the request which asked for it."""

from collections.abc import Callable

from opentelemetry.trace import SpanKind, StatusCode
from rq.job import Job

from shared.job_numbers import kind_of
from shared.queue import TRACE_META
from shared.tracing import attached, flush, span


def run_traced(job: Job, run: Callable[[], bool]) -> bool:
    """Return what `run` says of the job; its spans are sent then, since the process ends."""
    try:
        carried = job.meta.get(TRACE_META, {})
        with attached(carried), span(f"job {kind_of(job.id)}", SpanKind.CONSUMER) as made:
            made.set_attribute("butaca.job", job.id)
            is_well = run()
            if not is_well:
                made.set_status(StatusCode.ERROR)
            return is_well
    finally:
        flush()
