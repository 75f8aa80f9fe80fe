"""The difference of two releases on a terminal."""

import io

from rich.console import Console

from cli.differences import MOVIES_SHOWN, show_difference
from shared.contracts.differences import (
    MovieChange,
    MovieName,
    NeighbourMovement,
    ReleaseDifference,
)

UNKNOWN = NeighbourMovement(movies=0, same=None, kept=None)


def shown(found: ReleaseDifference) -> list[str]:
    to = Console(file=io.StringIO(), width=120)
    show_difference(found, to)
    assert isinstance(to.file, io.StringIO)
    return [line.rstrip() for line in to.file.getvalue().splitlines()]


def found(
    added: int = 0,
    changes: list[MovieChange] | None = None,
    neighbours: NeighbourMovement = UNKNOWN,
) -> ReleaseDifference:
    changed = changes or []
    return ReleaseDifference(
        base="1-aaa",
        release="2-bbb",
        added=added,
        removed=0,
        changed=len(changed),
        changed_columns={"cast": 1, "title": 2} if changed else {},
        added_movies=[MovieName(id=each, title=f"[b]M{each}") for each in range(added)],
        removed_movies=[],
        changed_movies=changed,
        neighbours=neighbours,
    )


def test_equal_releases_take_three_lines() -> None:
    moved = NeighbourMovement(movies=1234, same=0.9, kept=0.987)
    assert shown(found(neighbours=moved)) == [
        "From 1-aaa to 2-bbb",
        "Movies: 0 added, 0 removed, 0 changed",
        "Neighbours of 1,234 movies: 98.7% of the first ten kept, 90.0% of the lists unchanged",
    ]


def test_neighbours_that_were_not_compared_are_said_so() -> None:
    assert shown(found())[2] == "Neighbours: not compared"


def test_changed_movies_name_their_columns_and_the_columns_their_number() -> None:
    change = MovieChange(id=7, title="Heat", columns=["title", "cast"])
    lines = shown(found(changes=[change]))
    assert lines[3:] == [
        " column  movies",
        " title        2",
        " cast         1",
        "Changed, best known first:",
        "  7 Heat: title, cast",
    ]


def test_long_lists_are_cut_and_titles_are_shown_as_they_are() -> None:
    exactly = shown(found(added=MOVIES_SHOWN))
    assert exactly[-1] == f"  {MOVIES_SHOWN - 1} [b]M{MOVIES_SHOWN - 1}"
    more = shown(found(added=MOVIES_SHOWN + 2))
    assert more[-2:] == [exactly[-1], "  … and 2 more"]
