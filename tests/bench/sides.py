"""Two or more servers under the same load, in turn, so that a busy machine slows them alike.

What is compared is each turn with the turn beside it: a ratio is the median of these, not the
ratio of the medians.
"""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.bench.bare import constant_server
from tests.bench.loader import Ask, Outcome, Plan, run


@dataclass(frozen=True)
class Side:
    """What one server did in its turns."""

    outcomes: list[Outcome]

    @property
    def rate(self) -> float:
        """Answers a second: the median of the turns."""
        return statistics.median(each.rate for each in self.outcomes)

    def ratio_to(self, other: "Side") -> float:
        """How many times the rate of `other`: the median over the turns."""
        pairs = zip(self.outcomes, other.outcomes, strict=True)
        return statistics.median(ours.rate / theirs.rate for ours, theirs in pairs)

    @property
    def hit_share(self) -> float:
        """Answers from a cache, of all: the median of the turns."""
        return statistics.median(each.hit_share for each in self.outcomes)

    @property
    def rates(self) -> str:
        """The turns, to be shown."""
        return " ".join(f"{each.rate:,.0f}" for each in self.outcomes)


def run_in_turn(plans: Mapping[str, Plan], rounds: int) -> dict[str, Side]:
    """Carry out the plans one after the other, `rounds` times."""
    sides = {name: Side([]) for name in plans}
    for _ in range(rounds):
        for name, plan in plans.items():
            sides[name].outcomes.append(run(plan))
    return sides


def print_ceiling(connections: int, seconds: float) -> None:
    """Say what the load generator itself can do."""
    with constant_server() as url:
        plan = Plan(url=url, asks=[Ask("", "/")], connections=connections, seconds=seconds)
        rate = run(plan).rate
    print(f"{connections} connections; the load generator's own ceiling is {rate:,.0f}/s")


def print_failures(outcomes: Iterable[Outcome]) -> int:
    """Say why requests failed; return how many did."""
    all_of_them = list(outcomes)
    for why in sorted({why for each in all_of_them for why in each.failures}):
        print(f"  failed: {why}")
    return sum(each.failed for each in all_of_them)
