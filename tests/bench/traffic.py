"""The mixed traffic of `bench_api.py`: which routes, how often, and with which arguments.

Arguments follow Zipf's law over the catalogue by votes, with a fixed seed.
"""

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
import numpy as np

from services.queries.calendar import MONTHS, WEEKDAYS
from shared.http.filters import filter_parameters
from tests.bench.arguments import Arguments, Ranked
from tests.bench.loader import Ask, Plan, run
from worker.evaluation.standard_filters import STANDARD_FILTERS

PAGE: Final = 20
PAGES: Final = "pages"
SORTS: Final = ("votes", "date", "votes", "title", "votes", "popularity")
Paths = Callable[[Arguments, int, int], list[str]]


class Route(NamedTuple):
    """A row of the table: its part of the traffic, its requests, the answers that are fine."""

    name: str
    share: float
    paths: Paths
    accepted: tuple[int, ...] = (200,)


def mix(arguments: Arguments, routes: Sequence[Route], count: int, *, seed: int) -> list[Ask]:
    """Draw `count` requests by the shares of the routes; another seed draws others."""
    shares = np.array([route.share for route in routes])
    random = np.random.default_rng(seed)
    order: list[int] = random.choice(len(routes), count, p=shares / shares.sum()).tolist()
    asks = [
        iter(_asks(route, route.paths(arguments, order.count(place), seed + place)))
        for place, route in enumerate(routes)
    ]
    return [next(asks[place]) for place in order]


def turn_pages(url: str, asks: Sequence[Ask]) -> list[Ask]:
    """Let every other request for a page ask for the one after it, as far as there is one."""
    pages = {ask.path: Ask(PAGES, f"{ask.path}&fields=id") for ask in asks if ask.label == PAGES}
    if not pages:
        return list(asks)
    bodies = run(Plan(url=url, asks=list(pages.values()), connections=4, keep_bodies=True)).bodies
    after = {
        path: f"{path}&cursor={quote(cursor, safe='')}"
        for path, ask in pages.items()
        if (cursor := _next_cursor(bodies.get(ask.path, "{}")))
    }
    return [
        msgspec.structs.replace(ask, path=after.get(ask.path, ask.path)) if place % 2 else ask
        for place, ask in enumerate(asks)
    ]


def _next_cursor(body: str) -> str | None:
    return msgspec.json.decode(body, type=dict[str, Any]).get("next_cursor")


def question_paths(name: str, texts: Sequence[str]) -> list[str]:
    """A Spanish question about each of `texts`."""
    return [f"/{name}/{quote(text, safe='')}" for text in texts]


def _asks(route: Route, paths: Sequence[str]) -> list[Ask]:
    return [Ask(route.name, path, None, route.accepted) for path in paths]


def _about_titles(name: str) -> Paths:
    return lambda arguments, count, seed: question_paths(
        name, arguments.titles.draw_by_rank(count, seed=seed)
    )


def _in_turn(paths: Sequence[str]) -> Paths:
    return lambda _, count, __: list(islice(cycle(paths), count))


def _actors(arguments: Arguments, count: int, seed: int) -> list[str]:
    return question_paths("get_actor", arguments.actors.draw_by_rank(count, seed=seed))


def _directors(arguments: Arguments, count: int, seed: int) -> list[str]:
    return question_paths("get_director", arguments.directors.draw_by_rank(count, seed=seed))


def _similar(arguments: Arguments, count: int, seed: int) -> list[str]:
    ids = arguments.movie_ids.draw_by_rank(count, seed=seed)
    return [
        f"/v1/movies/{movie_id}/similar?{query}"
        for movie_id, query in zip(ids, _filters(count, seed), strict=True)
    ]


def _movies(arguments: Arguments, count: int, seed: int) -> list[str]:
    return [f"/v1/movies/{each}" for each in arguments.movie_ids.draw_by_rank(count, seed=seed)]


def _pages(_: Arguments, count: int, seed: int) -> list[str]:
    sorts = islice(cycle(SORTS), count)
    return [
        f"/v1/movies?limit={PAGE}&sort={sort}&{query}"
        for sort, query in zip(sorts, _filters(count, seed), strict=True)
    ]


def _search(arguments: Arguments, count: int, seed: int) -> list[str]:
    """Titles, people and plots in turn."""
    kinds = [
        each.draw_by_rank(count, seed=seed)
        for each in (arguments.titles, arguments.actors, arguments.plots)
    ]
    texts = [kinds[place % len(kinds)][place] for place in range(count)]
    return [f"/v1/search?{urlencode({'q': text, 'mode': 'hybrid'})}" for text in texts]


def _suggest(arguments: Arguments, count: int, seed: int) -> list[str]:
    """A title as it is typed: its first letters, from two to seven."""
    titles = arguments.titles.draw_by_rank(count, seed=seed)
    typed = [title[: 2 + place % 6] for place, title in enumerate(titles)]
    return [f"/v1/suggest?{urlencode({'q': text})}" for text in typed]


def _resolve(arguments: Arguments, count: int, seed: int) -> list[str]:
    titles = arguments.titles.draw_by_rank(count, seed=seed)
    return [f"/v1/resolve?{urlencode({'title': title})}" for title in titles]


def _people(arguments: Arguments, count: int, seed: int) -> list[str]:
    names = arguments.actors.draw_by_rank(count, seed=seed)
    return [f"/v1/people?{urlencode({'q': name})}" for name in names]


def _person(arguments: Arguments, count: int, seed: int) -> list[str]:
    ids = arguments.person_ids.draw_by_rank(count, seed=seed)
    return [f"/v1/people/{each}{'/movies' if place % 2 else ''}" for place, each in enumerate(ids)]


def _filters(count: int, seed: int) -> list[str]:
    """The standard filters with fewest votes of ten to eighty; each the n-th 1/n as often."""
    asked = [
        urlencode({**filter_parameters(kind), "votes_min": votes}, doseq=True)
        for votes in range(10, 90, 10)
        for kind in STANDARD_FILTERS.values()
    ]
    return Ranked(asked, []).draw_by_rank(count, seed=seed + 1)


ROUTES: Final = (
    Route("recomendacion", 40, _about_titles("recomendacion")),
    Route("similar", 20, _similar),
    Route("search", 15, _search),
    Route(PAGES, 7.5, _pages),
    Route("movie", 7.5, _movies),
    Route("month", 0.5, _in_turn(question_paths("cantidad_filmaciones_mes", MONTHS))),
    Route("weekday", 0.5, _in_turn(question_paths("cantidad_filmaciones_dia", WEEKDAYS))),
    Route("score", 1, _about_titles("score_titulo")),
    Route("votes", 1, _about_titles("votos_titulo")),
    Route("actor", 1, _actors),
    Route("director", 1, _directors),
    Route("people", 1, _people),
    Route("person", 1, _person),
    Route("suggest", 1, _suggest),
    Route("resolve", 1, _resolve, (200, 409)),
    Route(
        "stats",
        1,
        _in_turn([f"/v1/stats/releases?by={by}" for by in ("month", "weekday", "year", "decade")]),
    ),
)
