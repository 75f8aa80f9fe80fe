"""What a mistyped name or path was most likely meant to be."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final

# Longer ones are compared by their beginning: the cost grows with the square.
MAX_COMPARED: Final = 100


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the one of `known` that looks most like `name`, none where no one is like it.

    One is also like it that begins it, or begins as it: `q` for `query`.
    """
    alike = [each for each in known if name and (each.startswith(name) or name.startswith(each))]
    return _closest(name, known) or min(alike, key=lambda each: (len(each), each), default=None)


def nearest_route(path: str, templates: Iterable[str]) -> str | None:
    """Return the template, such as `/v1/movies/{id}`, that `path` comes nearest to."""
    filled = {_fill(template, path[:MAX_COMPARED]): template for template in templates}
    found = _closest(path, filled)
    return None if found is None else filled[found]


def _closest(name: str, known: Collection[str]) -> str | None:
    found = get_close_matches(name[:MAX_COMPARED], sorted(known), n=1)
    return found[0] if found else None


def _fill(template: str, path: str) -> str:
    """The template with the segments of `path` in its holes, so that only the rest differs."""
    given = path.split("/")
    segments = [
        given[place] if segment.startswith("{") and place < len(given) else segment
        for place, segment in enumerate(template.split("/"))
    ]
    return "/".join(segments)
