"""The commands for jobs: ask for one, list, follow, cancel, try again."""

import sys
import time
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.errors import CommandError
from cli.evaluation import evaluation_of, show_evaluation
from cli.ops import ENDED, OpsClient
from cli.options import (
    DEFAULT_STATE,
    DEFAULT_URL,
    POLL_S,
    AsJson,
    KeyFile,
    State,
    Url,
    keyed_client,
    plain_errors,
    wait_until_served,
    write_json,
)
from cli.progress import BuildDisplay
from shared.contracts.jobs import JobList, JobView, LogEntry
from shared.job_log import MAX_EVENTS

app = typer.Typer()
STYLES: Final = {"finished": "green", "failed": "bold red", "started": "bold"}

JobId = Annotated[str, typer.Argument(metavar="ID", help="Id of a job, such as build-7.")]


@app.command()
def rebuild(  # noqa: PLR0913, PLR0917  # one for each option
    wait: Annotated[bool, typer.Option("--wait", help="Show the build to its end.")] = False,  # noqa: FBT002
    force: Annotated[bool, typer.Option("--force", help="Even if nothing changed.")] = False,  # noqa: FBT002
    full: Annotated[bool, typer.Option("--full", help="Take nothing over.")] = False,  # noqa: FBT002
    source: Annotated[
        str | None, typer.Option(help="Name of a source; the worker's folder if left out.")
    ] = None,
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Ask for a build of a new release."""
    with plain_errors():
        client = keyed_client(url, key_file, state)
        started = client.start_build(force=force, full=full, source=source)
        if started.joined:
            _warn(describe_joined(started, force=force))
        if not wait:
            _say(f"{started.id}: {started.status}")
            return
        ended = _follow(client, started, Console())
        if ended.status != "finished":
            raise CommandError(f"{ended.id} {ended.status}; the release before it serves on.")
        wait_until_served(client, str((ended.result or {}).get("release")))


@app.command()
def evaluate(
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Measure the live release against truth sets and simpler ways; takes minutes."""
    with plain_errors():
        client = keyed_client(url, key_file, state)
        # Standard output is for what was found.
        started = client.start_evaluation()
        if started.joined:
            _warn(describe_joined(started))
        found = evaluation_of(_follow(client, started, Console(stderr=True)))
        if as_json:
            write_json(found)
        else:
            show_evaluation(found, Console())


@app.command()
def jobs(
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """List the latest jobs, newest first."""
    with plain_errors():
        found = keyed_client(url, key_file, state).jobs()
        if as_json:
            write_json(JobList(items=found))
        else:
            show_jobs(found, Console())


@app.command()
def job(  # noqa: PLR0913, PLR0917  # one for each option
    job_id: JobId,
    log: Annotated[bool, typer.Option("--log", help="Also the end of its log.")] = False,  # noqa: FBT002
    limit: Annotated[int, typer.Option(min=1, max=MAX_EVENTS, help="Events of the log.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", help="Until it has ended.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Show one job; with --follow as it goes on."""
    with plain_errors():
        client = keyed_client(url, key_file, state)
        if as_json:
            write_json(client.job_log(job_id, limit) if log else client.job(job_id))
            return
        with BuildDisplay(Console()) as display:
            view = None
            for view in client.follow(job_id) if follow else [client.job(job_id)]:
                display.show(view)
        if log:
            for entry in client.job_log(job_id, limit).items:
                _say(describe_entry(entry))
        if follow and view is not None and view.status != "finished":
            raise CommandError(f"{view.id} {view.status}.")


@app.command()
def cancel(
    job_id: JobId,
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """End a job; what is live stays live."""
    with plain_errors():
        view = keyed_client(url, key_file, state).cancel_job(job_id)
        is_over = view.status in ENDED
        _say(f"{view.id}: {view.status if is_over else 'will be stopped by its worker'}")


@app.command()
def retry(
    job_id: JobId,
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Start a job like one that failed or was cancelled."""
    with plain_errors():
        client = keyed_client(url, key_file, state)
        before = client.job(job_id)
        view = client.retry_job(job_id)
        if view.joined:
            _warn(describe_joined(view, force=before.force))
        _say(f"{view.id}: {view.status}")


def show_jobs(found: list[JobView], console: Console) -> None:
    """Print a table, with the reason below each job that failed."""
    if not found:
        console.print("There was no job yet.")
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for column in ("job", "status", "begun (UTC)"):
        table.add_column(column, no_wrap=True)
    table.add_column("took", justify="right", no_wrap=True)
    for column in ("asked by", "what"):
        table.add_column(column)
    for view in found:
        table.add_row(*_row(view))
    console.print(table, highlight=False)
    for view in found:
        if view.error is not None:
            line = f"{view.id}: {view.error.code}: {view.error.message}"
            console.print(line, markup=False, highlight=False)


def describe_joined(view: JobView, *, force: bool = False) -> str:
    """Say that a job was there already; what would have to be refused of it, the gateway has."""
    line = f"{view.id} was asked for before, so nothing else was started."
    return f"{line} Not asked of it: --force." if force and not view.force else line


def describe_entry(entry: LogEntry) -> str:
    """One event of a log as a line."""
    fields = " ".join(f"{name}={value}" for name, value in entry.fields.items())
    return f"{entry.at:%H:%M:%S} {entry.level} {entry.event} {fields}".rstrip()


def _row(view: JobView) -> list[str | Text]:
    begun = view.started_at or view.created_at
    took = ""
    if view.started_at is not None and view.ended_at is not None:
        took = f"{(view.ended_at - view.started_at).total_seconds():.1f} s"
    elif view.step is not None:
        took = view.step
    options = [name for name in ("force", "full") if getattr(view, name)]
    options += [] if view.source is None else [f"source {view.source}"]
    outcome = (view.result or {}).get("outcome")
    options += [] if outcome is None else [str(outcome)]
    return [
        view.id,
        Text(view.status, style=STYLES.get(view.status, "")),
        "" if begun is None else f"{begun:%Y-%m-%d %H:%M:%S}",
        took,
        view.cause,
        ", ".join(options),
    ]


def _follow(client: OpsClient, job: JobView, console: Console) -> JobView:
    """Show a job to its end."""
    with BuildDisplay(console) as display:
        display.show(job)
        while job.status not in ENDED:
            time.sleep(POLL_S)
            job = client.job(job.id)
            display.show(job)
    return job


def _warn(line: str) -> None:
    sys.stderr.write(f"butaca: {line}\n")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
