"""What changed between two releases, on a terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from shared.contracts.differences import NeighbourMovement, ReleaseDifference

MOVIES_SHOWN = 10


def show_difference(found: ReleaseDifference, console: Console) -> None:
    """Print what changed from one release to another."""
    console.print(f"From {found.base} to {found.release}", highlight=False)
    counts = ((found.added, "added"), (found.removed, "removed"), (found.changed, "changed"))
    console.print(
        "Movies: " + ", ".join(f"{count:,} {what}" for count, what in counts), highlight=False
    )
    console.print(_moved(found.neighbours), highlight=False)
    if found.changed_columns:
        console.print(_columns(found.changed_columns))
    for what, total, movies in (
        ("added", found.added, [(each.id, each.title, "") for each in found.added_movies]),
        ("removed", found.removed, [(each.id, each.title, "") for each in found.removed_movies]),
        (
            "changed",
            found.changed,
            [(each.id, each.title, ", ".join(each.columns)) for each in found.changed_movies],
        ),
    ):
        if total:
            _show_movies(what, total, movies, console)


def _moved(neighbours: NeighbourMovement) -> str:
    if neighbours.kept is None or neighbours.same is None:
        return "Neighbours: not compared"
    return (
        f"Neighbours of {neighbours.movies:,} movies: {neighbours.kept:.1%} of the first ten kept,"
        f" {neighbours.same:.1%} of the lists unchanged"
    )


def _columns(changed: dict[str, int]) -> Table:
    """How many movies differ in each column, most first."""
    table = Table("column", box=None, header_style="bold")
    table.add_column("movies", justify="right")
    for name, count in sorted(changed.items(), key=lambda each: (-each[1], each[0])):
        table.add_row(name, f"{count:,}")
    return table


def _show_movies(
    what: str, total: int, movies: Iterable[tuple[int, str, str]], console: Console
) -> None:
    """Print the best known of some movies."""
    console.print(f"{what.capitalize()}, best known first:")
    shown = list(movies)[:MOVIES_SHOWN]
    for movie_id, title, columns in shown:
        more = f": {columns}" if columns else ""
        console.print(f"  {movie_id} {title}{more}", markup=False, highlight=False)
    if total > len(shown):
        console.print(f"  … and {total - len(shown):,} more", highlight=False)
