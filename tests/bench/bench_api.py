"""The gateway under mixed traffic, and what it costs over servers that do the least.

    python -m tests.bench.bench_api --url GATEWAY --queries-url URL [--recommender-url URL]
        [--only recomendacion,similar] [--seconds N] [--seed N]

First the traffic of `traffic.py`; a run after another wants a seed of its own, since the gateway
still holds the answers to the first. Then cached answers against a bare Litestar route that
returns the same bytes, and answers of a gateway without a cache against a bare pass-through to
the same queries service: each pair in turn, on the server and with the options of the product.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from tests.bench.arguments import Arguments, read_arguments
from tests.bench.bare import (
    NOWHERE,
    BareAnswer,
    bare_routes,
    gateway_without_cache,
    pass_through,
)
from tests.bench.loader import Ask, Outcome, Plan, run
from tests.bench.sides import Side, print_ceiling, print_failures, run_in_turn
from tests.bench.traffic import ROUTES, mix, question_paths, turn_pages

KAGGLE: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "kaggle"
CONNECTIONS: Final = 32
DRAWN: Final = 100_000
SEED: Final = 11
CACHED_WANTED: Final = 0.8
UNCACHED_WANTED: Final = 0.6
CACHED: Final = (
    "/recomendacion/Toy%20Story",
    "/get_actor/Tom%20Hanks",
    "/v1/movies/862",
    "/v1/movies/862/similar?limit=20",
)
DISTINCT: Final = 1000
OURS, BARE = "ours", "bare"


class Turns(NamedTuple):
    """How long the two sides of a comparison are asked."""

    rounds: int
    seconds: float


def main() -> None:
    """Print the traffic's figures, then both ratios; exit with 1 where a request failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--data", type=Path, default=KAGGLE)
    parser.add_argument("--queries-url")
    parser.add_argument("--recommender-url", default="http://127.0.0.1:1")
    parser.add_argument("--redis-url", default=NOWHERE)
    parser.add_argument("--only", default="", help="names of routes, with commas")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--turn-seconds", type=float, default=1.0)
    options = parser.parse_args()
    arguments = read_arguments(options.data)
    turns = Turns(options.rounds, options.turn_seconds)
    print_ceiling(CONNECTIONS, turns.seconds)
    failed = report_traffic(arguments, options)
    failed += report_cached(options.url, turns)
    if options.queries_url:
        failed += report_uncached(arguments, options, turns)
    print(f"errors: {failed}")
    sys.exit(failed > 0)


def report_traffic(arguments: Arguments, options: argparse.Namespace) -> int:
    """Print what mixed traffic gives; return how many requests failed."""
    known = {route.name: route for route in ROUTES}
    routes = [known[name] for name in options.only.split(",") if name] or list(ROUTES)
    drawn = mix(arguments, routes, DRAWN, seed=options.seed)
    asks = turn_pages(options.url, drawn)
    plan = Plan(url=options.url, asks=asks, connections=CONNECTIONS, seconds=options.seconds)
    outcome = run(plan)
    columns = f"{'share':>7}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'hits':>7}{'partial':>9}"
    print(f"{'mixed traffic':16}{columns}")
    for name in (route.name for route in routes if route.name in outcome.rows):
        _print_row(name, outcome)
    distinct = len({ask.path for ask in asks})
    print(
        f"{'all':16}{'100%':>7}{outcome.rate:>9,.0f}{'':18}{outcome.hit_share:>7.0%}  "
        f"{distinct:,} distinct requests, failed {outcome.failed}"
    )
    return print_failures([outcome])


def report_cached(url: str, turns: Turns) -> int:
    """Print cached answers beside bare routes with the same bytes."""
    asks = [Ask(path, path) for path in CACHED]
    first = run(Plan(url=url, asks=asks, connections=1, keep_bodies=True))
    _print_head("cached", "a bare route")
    failed = print_failures([first])
    asks = [ask for ask in asks if ask.path in first.bodies]
    bodies = {f"/{place}": first.bodies[ask.path] for place, ask in enumerate(asks)}
    with tempfile.TemporaryDirectory() as folder:
        answers = {path: BareAnswer(body) for path, body in bodies.items()}
        with bare_routes(answers, Path(folder)) as bare_url:
            for ask, bare_path in zip(asks, bodies, strict=True):
                plans = {
                    OURS: _plan(url, [ask], turns),
                    BARE: _plan(bare_url, [Ask(bare_path, bare_path)], turns),
                }
                sides = run_in_turn(plans, turns.rounds)
                failed += _print_ratio(ask.path, sides, CACHED_WANTED)
    return failed


def report_uncached(arguments: Arguments, options: argparse.Namespace, turns: Turns) -> int:
    """Print answers that are not kept beside those of a bare pass-through."""
    _print_head("not kept", "a bare pass-through")
    failed = 0
    with ExitStack() as stack:
        gateway = gateway_without_cache(
            options.queries_url, options.recommender_url, options.redis_url
        )
        ours = stack.enter_context(gateway)
        bare = stack.enter_context(pass_through(options.queries_url))
        for name, paths in _one_hop(arguments).items():
            inner = [_inner(path) for path in paths]
            plans = {
                OURS: _plan(ours, [Ask(name, path) for path in paths], turns),
                BARE: _plan(bare, [Ask(name, path) for path in inner], turns),
            }
            failed += _print_ratio(name, run_in_turn(plans, turns.rounds), UNCACHED_WANTED)
    return failed


def _one_hop(arguments: Arguments) -> dict[str, list[str]]:
    """Requests that one look-up of the queries service answers."""
    ids = arguments.movie_ids.draw_by_rank(DISTINCT, seed=SEED)
    titles = arguments.titles.draw_by_rank(DISTINCT, seed=SEED)
    actors = arguments.actors.draw_by_rank(DISTINCT, seed=SEED)
    return {
        "/v1/movies/{id}": [f"/v1/movies/{movie_id}" for movie_id in ids],
        "/score_titulo": question_paths("score_titulo", titles),
        "/get_actor": question_paths("get_actor", actors),
    }


def _inner(path: str) -> str:
    """The address that the gateway asks for a path of its own."""
    arguments = {"score_titulo": "titulo", "get_actor": "nombre_actor"}
    _, route, text = path.split("/", 2)
    return f"/{route}?{arguments[route]}={text}" if route in arguments else path


def _plan(url: str, asks: list[Ask], turns: Turns) -> Plan:
    return Plan(url=url, asks=asks, connections=CONNECTIONS, seconds=turns.seconds)


def _print_row(name: str, outcome: Outcome) -> None:
    row = outcome.rows[name]
    share = row.requests / sum(each.requests for each in outcome.rows.values())
    print(
        f"{name:16}{share:>7.1%}{row.requests / outcome.seconds:>9,.0f}{row.p50_ms:>9.2f}"
        f"{row.p99_ms:>9.2f}{row.hits / row.requests:>7.0%}{row.partial:>9,}"
    )


def _print_head(what: str, compared: str) -> None:
    print(f"{f'{what}, beside {compared}':40}{'ours/s':>9}{'bare/s':>9}{'seen':>7}{'wanted':>8}")


def _print_ratio(name: str, sides: dict[str, Side], wanted: float) -> int:
    ours, bare = sides[OURS], sides[BARE]
    print(
        f"{name:40}{ours.rate:>9,.0f}{bare.rate:>9,.0f}{ours.ratio_to(bare):>7.2f}{wanted:>8.1f}"
        f"  from the cache {ours.hit_share:.0%}  ({ours.rates} | {bare.rates})"
    )
    return print_failures([*ours.outcomes, *bare.outcomes])


if __name__ == "__main__":
    main()
