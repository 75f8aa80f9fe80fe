"""Four questions asked of the gateway and of the course recipe, in turn, on the same data.

    python -m tests.bench.bench_recipe --url GATEWAY [--data DIR] [--lowered-once]
        [--queries-url URL --recommender-url URL]

The gateway is measured as it ships, with its cache, which holds every answer after the first
round of questions. With the addresses of the two services, a second gateway that keeps nothing is
measured too: there each request is answered as if it were the first of its kind.
"""

import argparse
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

import msgspec

from tests.bench.arguments import Arguments, read_arguments
from tests.bench.bare import NOWHERE, gateway_without_cache, module_process
from tests.bench.loader import Ask, Outcome, Plan, run
from tests.bench.sides import Side, print_ceiling, print_failures, run_in_turn

KAGGLE: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "kaggle"
CONNECTIONS: Final = 16
DISTINCT: Final = 400
DRAWN: Final = 4000
SEED: Final = 7
SHOWN: Final = 1e-4  # the gateway answers with four decimals
PROBE: Final = "/cantidad_filmaciones_mes/enero"
RECIPE, GATEWAY, UNCACHED = "recipe", "gateway", "uncached"


class Question(NamedTuple):
    """A question, the ratio wanted, and the figure both sides must give, where there is one."""

    name: str
    wanted: float
    figure: str | None


QUESTIONS: Final = (
    Question("recomendacion", 30, None),
    Question("get_actor", 100, "exito"),
    Question("get_director", 20, "exito"),
    Question("score_titulo", 20, "score"),
)


def main() -> None:
    """Start what is compared, ask, print; exit with 1 where a request failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--data", type=Path, default=KAGGLE)
    parser.add_argument("--queries-url")
    parser.add_argument("--recommender-url")
    parser.add_argument("--redis-url", default=NOWHERE)
    parser.add_argument("--lowered-once", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    asks = make_asks(read_arguments(options.data))
    print_ceiling(CONNECTIONS, options.seconds)
    with _sides(options) as urls:
        failed = [
            _report(question, asks[question.name], urls, options.rounds, options.seconds)
            for question in QUESTIONS
        ]
    print(f"errors: {sum(failed)}")
    sys.exit(any(failed))


def make_asks(arguments: Arguments) -> dict[str, list[Ask]]:
    """Requests for each question, of `DISTINCT` different ones."""
    asked = {"get_actor": arguments.actors, "get_director": arguments.directors}
    drawn = {
        each.name: asked.get(each.name, arguments.titles).draw_by_votes(
            DRAWN, distinct=DISTINCT, seed=SEED
        )
        for each in QUESTIONS
    }
    return {
        name: [Ask(name, f"/{name}/{quote(text, safe='')}") for text in texts]
        for name, texts in drawn.items()
    }


@contextmanager
def _sides(options: argparse.Namespace) -> Generator[dict[str, str]]:
    """The addresses to ask, by side."""
    with ExitStack() as stack:
        arguments = ["--data", str(options.data)]
        arguments += ["--lowered-once"] if options.lowered_once else []
        recipe = module_process("tests.bench.course_recipe", arguments, PROBE)
        urls = {RECIPE: stack.enter_context(recipe), GATEWAY: options.url}
        if options.queries_url and options.recommender_url:
            uncached = gateway_without_cache(
                options.queries_url, options.recommender_url, options.redis_url
            )
            urls[UNCACHED] = stack.enter_context(uncached)
        yield urls


def _report(
    question: Question, asks: list[Ask], urls: Mapping[str, str], rounds: int, seconds: float
) -> int:
    """Print the figures of one question; return how many requests failed."""
    firsts = {side: _ask_each_once(url, asks) for side, url in urls.items()}
    plans = {
        side: Plan(url=url, asks=asks, connections=CONNECTIONS, seconds=seconds)
        for side, url in urls.items()
    }
    sides = run_in_turn(plans, rounds)
    _print_question(question, asks, firsts)
    for name, side in sides.items():
        _print_side(name, side, sides[RECIPE])
    timed = [each for side in sides.values() for each in side.outcomes]
    return print_failures([*firsts.values(), *timed])


def _ask_each_once(url: str, asks: list[Ask]) -> Outcome:
    distinct = list(dict.fromkeys(asks))
    return run(Plan(url=url, asks=distinct, connections=CONNECTIONS, keep_bodies=True))


def _print_question(question: Question, asks: list[Ask], firsts: Mapping[str, Outcome]) -> None:
    distinct = len({each.path for each in asks})
    agreed = ""
    if question.figure is not None:
        same = _count_agreed(question.figure, firsts[RECIPE].bodies, firsts[GATEWAY].bodies)
        agreed = f"; both give the same `{question.figure}` for {same}"
    print(f"{question.name}: {distinct} distinct arguments, wanted {question.wanted:.0f}x{agreed}")


def _count_agreed(figure: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> int:
    """Answers with the same figure, as exact as it is shown."""

    def value(body: str) -> float:
        return float(msgspec.json.decode(body)[figure])

    shared = theirs.keys() & ours.keys()
    return sum(abs(value(theirs[path]) - value(ours[path])) <= SHOWN for path in shared)


def _print_side(name: str, side: Side, recipe: Side) -> None:
    [row] = side.outcomes[-1].rows.values()
    seen = f"  ratio {side.ratio_to(recipe):6.1f}x  from the cache {side.hit_share:4.0%}"
    print(
        f"  {name:9}{side.rate:>10,.1f}/s  p50 {row.p50_ms:8.2f} ms  p99 {row.p99_ms:8.2f} ms"
        f"{'' if side is recipe else seen}  ({side.rates})"
    )


if __name__ == "__main__":
    main()
