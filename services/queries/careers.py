"""What the credits of one person come to: success by return, and who was there too. Pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from heapq import nlargest, nsmallest
from typing import NamedTuple

import polars as pl

from services.queries.plans.credited import DECIMALS
from shared.contracts.people import ReturnSuccess, Role

# Person id, film, its votes, role.
SharedCredit = tuple[int, int, int, Role]


class Frequent(NamedTuple):
    """Somebody who is credited in so many of the films, in these roles."""

    person_id: int
    films: int
    roles: list[Role]


def return_success(returns: pl.Series) -> ReturnSuccess | None:
    """Figures of the films of one role; None without films.

    `returns` has one for each film, null where it is not known.
    """
    if not len(returns):
        return None
    figures = [returns.sum(), returns.fill_null(0.0).mean(), returns.mean(), returns.median()]
    total, mean, mean_known, median_known = pl.Series(figures, dtype=pl.Float64).round(DECIMALS)
    return ReturnSuccess(
        films=len(returns),
        films_with_known_money=returns.count(),
        total_return=total,
        mean_return=mean,
        mean_return_known=mean_known,
        median_return_known=median_known,
    )


def frequent_people(shared: Sequence[SharedCredit], limit: int) -> list[Frequent]:
    """Those with most of the films, then with the most votes of these, then by id."""
    counts = Counter(person for person, _ in {(person, film) for person, film, _, _ in shared})
    least = min(nlargest(limit, counts.values()), default=0)
    votes: defaultdict[int, dict[int, int]] = defaultdict(dict)
    roles: defaultdict[int, set[Role]] = defaultdict(set)
    for person, film, film_votes, role in shared:
        if counts[person] >= least:
            votes[person][film] = film_votes
            roles[person].add(role)
    best = nsmallest(
        limit, votes, key=lambda each: (-counts[each], -sum(votes[each].values()), each)
    )
    return [Frequent(each, counts[each], sorted(roles[each])) for each in best]
