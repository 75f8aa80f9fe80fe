"""Two gateways and two recommenders on different releases: no answer mixes them."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults.fresh import USUAL
from tests.faults.house import FILMS, House
from tests.faults.parts import until
from tests.faults.prober import Prober, Seen, failures, mixed
from tests.faults.table import Record

# Never looks again by itself.
NEVER = "3600"
APART_S = 5
OF_RECOMMENDER = (
    "/recomendacion/Film%207",
    "/v1/movies/7/similar",
    "/v1/movies/9/similar?limit=30",
)
OF_QUERIES = tuple(route for route in USUAL if route not in OF_RECOMMENDER)
ASKED = (*OF_QUERIES, *OF_RECOMMENDER)
HYBRID = "/v1/search?mode=hybrid&q=Story%207"
# One recommender stays at the old release; one gateway is before it, another one follows no
# pointer any more.
GATEWAYS = ("gateway", "before-old", "unaware")


@pytest.fixture
def wide_house(house: House) -> Iterator[House]:
    """The installation with a second recommender and two more gateways."""
    old = house.add_service("recommender", "recommender-old")
    old.environ["BUTACA_RECOMMENDER_POLL_S"] = NEVER
    house.add_gateway("before-old", recommender="recommender-old")
    house.add_gateway("unaware").environ["BUTACA_GATEWAY_POLL_S"] = NEVER
    try:
        house.start()
        house.wait_ready()
        yield house
    finally:
        house.remove("unaware", "before-old", "recommender-old")


def _bodies(seen: list[Seen], release: str) -> dict[str, str]:
    """Route to digest; all of one release."""
    assert failures(seen) == []
    assert {each.release for each in seen} == {release}
    return {each.route: each.digest for each in seen}


def _ask(house: House, name: str, routes: tuple[str, ...] = ASKED) -> list[Seen]:
    with Prober(house.urls[name], ()) as prober:
        return [prober.ask(route) for route in routes]


def _release_of(house: House, name: str, route: str) -> str:
    (seen,) = _ask(house, name, (route,))
    return seen.release


def test_during_a_swap_each_answer_is_of_the_release_that_it_names(
    wide_house: House, record: Record
) -> None:
    house = wide_house
    old = house.live().label
    expected = {old: _bodies(_ask(house, "gateway"), old)}
    with ExitStack() as stack:
        probers = {
            name: stack.enter_context(Prober(house.urls[name], ASKED, every_s=0.02))
            for name in GATEWAYS
        }
        # More films, so that lists of films differ too.
        house.new_films(count=FILMS + 10)
        job = house.ended(house.start_build(force=True).id)
        assert job.status == "finished", job.error
        new = house.live().label
        until(
            lambda: (
                all(house.health(name)[1].release == new for name in ("queries", "gateway"))
                and house.health("recommender")[1].release == new
            ),
            20,
            house.describe,
        )
        until(lambda: _release_of(house, "before-old", OF_QUERIES[0]) == new, 10, house.describe)
        # One of its services stays behind, so the whole does not call itself new.
        assert house.health("before-old")[1].release == old
        _check_while_apart(house, old, new, expected)
        # As many answers again while they are apart.
        time.sleep(APART_S)
    seen = [each for prober in probers.values() for each in prober.seen]
    assert failures(seen) == []
    assert mixed(seen) == []
    strangers = [each for each in seen if each.digest != expected[each.release][each.route]]
    assert strangers == []
    house.parts["recommender-old"].kill_all()
    house.parts["recommender-old"].start(BUTACA_RECOMMENDER_POLL_S="2")
    house.parts["unaware"].kill_all()
    house.parts["unaware"].start(BUTACA_GATEWAY_POLL_S="2")
    house.wait_ready(new)
    for name in GATEWAYS:
        assert _bodies(_ask(house, name), new) == expected[new]
    counts = {label: sum(each.release == label for each in seen) for label in (old, new)}
    record(
        "two recommenders and three gateways on different releases",
        "each answer equals the answer of the release it names; none is kept under another one; "
        "hybrid search leaves the other release out",
        f"{counts[old]} answers of the old release, {counts[new]} of the new one: 0 failed, 0 "
        "mixed, 0 differ from their release",
    )


def _check_while_apart(
    house: House, old: str, new: str, expected: dict[str, dict[str, str]]
) -> None:
    """What each gateway answers while one recommender stays behind; completes `expected`."""
    expected[new] = _bodies(_ask(house, "gateway"), new)
    for route in (*OF_RECOMMENDER[1:], "/v1/movies/7"):
        assert expected[old][route] != expected[new][route]
    for _ in range(2):
        again = _ask(house, "before-old", OF_RECOMMENDER)
        assert {each.release for each in again} == {old}
        # The pointer names the new one: an answer of the old one is passed on, never kept.
        assert {each.headers["x-butaca-cache"] for each in again} == {"miss"}
        assert all(expected[old][each.route] == each.digest for each in again)
    assert {each.release for each in _ask(house, "before-old", OF_QUERIES)} == {new}
    # What this one kept is of the old release still, what it asks for anew is not kept.
    kept = _ask(house, "unaware")
    assert {(each.release, each.headers["x-butaca-cache"]) for each in kept} == {(old, "hit")}
    fresh = ("/v1/movies/11/similar?limit=9", "/v1/movies?limit=17")
    for _ in range(2):
        asked = _ask(house, "unaware", fresh)
        assert {(each.release, each.headers["x-butaca-cache"]) for each in asked} == {
            (new, "miss")
        }
    body = json.loads(house.get(HYBRID, name="before-old").data)
    assert body["answered_by"] == ["lexical"]
    assert [(each["leg"], each["code"]) for each in body["missing"]] == [
        ("semantic", "other_release")
    ]
    whole = json.loads(house.get(HYBRID).data)
    assert (whole["answered_by"], whole["missing"]) == (["lexical", "semantic"], [])
