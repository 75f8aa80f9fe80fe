"""The commands for stored releases: list, activate, pin, take out to a file, put in from one."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from cli.errors import CommandError
from cli.options import (
    DEFAULT_STATE,
    DEFAULT_URL,
    AsJson,
    KeyFile,
    State,
    Url,
    keyed_client,
    plain_errors,
    wait_until_served,
    write_json,
)
from shared.contracts.releases import ReleaseList, ReleaseView

app = typer.Typer()
# What is stored is for operators, and so is the file.
PRIVATE: Final = 0o600
STYLES: Final = {"live": "bold green", "kept": "", "candidate": "yellow"}

Number = Annotated[int, typer.Argument(min=1, help="Number of a stored release.")]


@app.command()
def releases(
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """List the stored releases, newest first."""
    with plain_errors():
        found = keyed_client(url, key_file, state).releases()
        if as_json:
            write_json(found)
        else:
            show_releases(found, Console())


@app.command()
def activate(
    number: Number,
    wait: Annotated[bool, typer.Option("--wait", help="Until it is served.")] = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Make a stored release live: roll back, or take one that was refused."""
    with plain_errors():
        client = keyed_client(url, key_file, state)
        view = client.activate(number)
        if wait:
            wait_until_served(client, view.label)
        _say(f"{view.label} is live.")


@app.command()
def pin(
    number: Number,
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Let a release stay, however many come after it."""
    with plain_errors():
        _say(f"{keyed_client(url, key_file, state).pin(number).label} is pinned.")


@app.command()
def unpin(
    number: Number,
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Take the pin away; a release that only its pin has kept goes."""
    with plain_errors():
        _say(f"{keyed_client(url, key_file, state).unpin(number).label} is no longer pinned.")


@app.command("export")
def export_release(
    what: Annotated[
        list[str],
        typer.Argument(metavar="[N] FILE", help="Release (the live one if left out) and file."),
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a file.")] = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Save a release as one file, for `butaca import`, here or elsewhere."""
    with plain_errors():
        number, target = split_arguments(what)
        client = keyed_client(url, key_file, state)
        number = live_number(client.releases()) if number is None else number
        path = f"/v1/releases/{number}/export"
        size_bytes = client.save(path, target, mode=PRIVATE, replace=force)
        _say(f"{target}: release {number}, {size_bytes:,} bytes")


@app.command("import")
def import_release(
    file: Annotated[Path, typer.Argument(help="What `butaca export` has written.")],
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Put an exported release in; it goes live where no release is."""
    with plain_errors():
        client = keyed_client(url, key_file, state)
        before = {view.label for view in client.releases().items}
        view = client.import_release(file)
        if view.label in before:
            _say(f"{view.label} was stored already: nothing was done.")
        more = "" if view.status == "live" else f"; `butaca activate {view.number}` makes it live"
        _say(f"{view.label} is {view.status}{more}.")


def split_arguments(what: list[str]) -> tuple[int | None, Path]:
    """Read `[N] FILE`.

    Raises:
        CommandError: there are more, or the first is no number.
    """
    *numbers, file = what
    if len(numbers) > 1 or not all(number.isdecimal() for number in numbers):
        raise CommandError("Name a release by its number, if not the live one, and one file.")
    return (int(numbers[0]) if numbers else None), Path(file)


def live_number(found: ReleaseList) -> int:
    """Return the number of the live release.

    Raises:
        CommandError: there is none.
    """
    for view in found.items:
        if view.status == "live":
            return view.number
    raise CommandError("There is no live release. `butaca status` shows the build.")


def show_releases(found: ReleaseList, console: Console) -> None:
    """Print a table, with what speaks against a release below it."""
    if not found.items:
        console.print("There is no release yet. `butaca status` shows the build.")
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for column in ("release", "status", "made (UTC)"):
        table.add_column(column, no_wrap=True)
    for column in ("movies", "size", "own"):
        table.add_column(column, justify="right", no_wrap=True)
    if any(view.source for view in found.items):
        table.add_column("source")
    for view in found.items:
        table.add_row(*_row(view)[: len(table.columns)])
    console.print(table, highlight=False)
    for view in found.items:
        for reason in view.reasons:
            console.print(f"{view.label}: {reason}", markup=False, highlight=False)


def _row(view: ReleaseView) -> list[str | Text]:
    pinned = ", pinned" if view.pinned else ""
    made = "unreadable" if view.created_at is None else f"{view.created_at:%Y-%m-%d %H:%M}"
    movies = view.counts.get("movies")
    return [
        view.label,
        Text(f"{view.status}{pinned}", style=STYLES[view.status]),
        made,
        "" if movies is None else f"{movies:,}",
        *("" if size is None else decimal(size) for size in (view.size_bytes, view.own_bytes)),
        view.source or "",
    ]


def _say(line: str) -> None:
    Console().print(line, markup=False, highlight=False, soft_wrap=True)
