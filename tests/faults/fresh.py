"""Questions that nobody has asked before, so that no cache answers them, and usual ones."""

from collections.abc import Iterator
from itertools import product

from tests.faults.house import FILMS, ROUTES

# Without those that are another question each time.
USUAL = tuple(route for route in ROUTES if "{n}" not in route)
# Every film has more votes than these, so that answers are full.
VOTES = range(2000)
LIMITS = range(1, 51)
TEMPLATES = {
    "queries": "/v1/movies?limit={limit}&votes_min={votes}&sort=title&year_min={year}",
    "recommender": "/v1/movies/{film}/similar?limit={limit}&votes_min={votes}",
    "hybrid": "/v1/search?mode=hybrid&q=Story%20{film}&limit={limit}&votes_min={votes}",
}


class Fresh:
    """One new path after another, for each way through the system."""

    def __init__(self) -> None:
        self._paths = {name: _paths(template) for name, template in TEMPLATES.items()}

    def path(self, service: str) -> str:
        """A question to `queries` or to `recommender`, or a `hybrid` search, which asks both."""
        return next(self._paths[service])


def _paths(template: str) -> Iterator[str]:
    for votes, limit, film in product(VOTES, LIMITS, range(1, FILMS + 1)):
        yield template.format(votes=votes, limit=limit, film=film, year=1800 + film)
