"""Findings about how the decades differ."""

from collections.abc import Iterator
from typing import Final

from shared.contracts.eda import Analysis, Finding, Text
from worker.eda.numerals import EN, ES
from worker.eda.wording import MEDIANS, agree, amount, tell

# A median rests on at least so many known values.
LEAST_KNOWN: Final = 100
# Ratings differ from this many points on, other medians from this ratio on.
RATING_GAP: Final = 0.3
RATIO: Final = {"budget": 2.0, "revenue": 2.0, "return": 1.5, "runtime": 1.1}
NOMINAL: Final = Text(es=", sin descontar la inflación", en=", not adjusted for inflation")

# The first year of a decade and its median.
Point = tuple[int, float]


def tell_rating_trend(draft: Analysis) -> Iterator[Finding]:
    """The decades with the highest and the lowest median rating."""
    points = list_points(draft, "vote_average")
    if not points:
        return
    best, worst = max(points, key=_value), min(points, key=_value)
    if best[1] - worst[1] < RATING_GAP:
        return
    yield tell(
        "rating_trend",
        "trends",
        f"la nota mediana más alta es la de la década de {best[0]} ({ES.decimal(best[1], 1)}) y "
        f"la más baja, la de {worst[0]} ({ES.decimal(worst[1], 1)}).",
        f"the median rating is highest in the {best[0]}s ({EN.decimal(best[1], 1)}) and lowest "
        f"in the {worst[0]}s ({EN.decimal(worst[1], 1)}).",
    )


def tell_other_trends(draft: Analysis) -> Iterator[Finding]:
    """How money and runtime went from the first decade well known to the last."""
    for column, ratio in RATIO.items():
        points = list_points(draft, column)
        if len(points) > 1:
            start, end = points[0], points[-1]
            change = max(start[1], end[1]) / min(start[1], end[1])
            if change >= ratio:
                yield _tell_change(column, start, end)


def list_points(draft: Analysis, column: str) -> list[Point]:
    """The decades with enough known values, in order, and their medians."""
    enough = (one for one in draft.decades if one.known[column] >= LEAST_KNOWN)
    points = ((one.decade, one.medians[column]) for one in enough)
    return [(decade, median) for decade, median in points if median is not None]


def _tell_change(column: str, start: Point, end: Point) -> Finding:
    """A median then and now."""
    subject, (then, now) = MEDIANS[column], (amount(column, one[1]) for one in (start, end))
    nominal = NOMINAL if column in {"budget", "revenue"} else Text(es="", en="")
    return tell(
        f"{column}_trend",
        "trends",
        f"{subject.es} {agree(column, 'pasa', 'pasan')} de {then.es} en la década de "
        f"{start[0]} a {now.es} en la de {end[0]}{nominal.es}.",
        f"{subject.en} goes from {then.en} in the {start[0]}s to {now.en} in the "
        f"{end[0]}s{nominal.en}.",
    )


def _value(point: Point) -> float:
    """The median of a point."""
    return point[1]
