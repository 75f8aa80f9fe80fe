"""`butaca keys`: make API keys, list them and take them back."""

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.options import (
    DEFAULT_STATE,
    DEFAULT_URL,
    AsJson,
    KeyFile,
    State,
    Url,
    keyed_client,
    plain_errors,
    write_json,
)
from shared.contracts.keys import KeyList, KeyRequest, KeyView

app = typer.Typer(help="List the API keys, create one or revoke one.")


class Role(StrEnum):
    """What a key may do; each role may do what those before it may."""

    READ = "read"
    OPERATOR = "operator"
    ADMIN = "admin"


@app.callback(invoke_without_command=True)
def keys(
    context: typer.Context,
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """List the keys, create one or revoke one."""
    command = context.invoked_subcommand
    if command is None:
        show(as_json, url, key_file, state)
    elif as_json and command != "list":
        raise typer.BadParameter(f"`{command}` has no --json")
    else:
        # What is said before the command holds for it, unless it is said again behind it.
        context.default_map = {command: dict(context.params)}


@app.command("list")
def show(
    as_json: AsJson = False,  # noqa: FBT002
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """List the keys, without their secrets."""
    with plain_errors():
        found = keyed_client(url, key_file, state).keys()
        if as_json:
            write_json(found)
        else:
            show_keys(found, Console())


@app.command()
def create(  # noqa: PLR0913, PLR0917  # one for each option
    name: Annotated[str, typer.Argument(help="Whose it is, or what for.")],
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.READ,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="When it ends.")] = None,
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Make a key and print it: this once, and nowhere else."""
    with plain_errors():
        request = KeyRequest(name=name, role=role.value, expires_in_days=days)
        made = keyed_client(url, key_file, state).create_key(request)
        sys.stderr.write(f"Key {made.id} ({made.role}). Keep it: it is not shown again.\n")
        sys.stdout.write(f"{made.key}\n")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `butaca keys` shows it.")],
    url: Url = DEFAULT_URL,
    key_file: KeyFile = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Take a key back."""
    with plain_errors():
        keyed_client(url, key_file, state).revoke_key(key_id)
        Console().print(f"Key {key_id} is revoked.", markup=False, highlight=False)


def show_keys(found: KeyList, console: Console) -> None:
    """Print the keys, oldest first."""
    if not found.items:
        console.print("No keys besides the admin key.")
        return
    table = Table("id", "role", "name", "created", "expires", box=None)
    for view in found.items:
        table.add_row(view.id, view.role, _plain(view.name), *_dates(view))
    console.print(table, highlight=False)


def _dates(view: KeyView) -> tuple[str, str]:
    end: Any = view.expires_at
    return f"{view.created_at:%Y-%m-%d}", "never" if end is None else f"{end:%Y-%m-%d}"


def _plain(name: str) -> str:
    """A name as a terminal may show it: callers choose it."""
    return "".join(char if char.isprintable() else "?" for char in name).replace("[", "\\[")
