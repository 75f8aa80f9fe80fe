"""Search by plot: how often the film is among the first five, by words, by meaning, by both.

The descriptions in `plot_descriptions.jsonl` were written before any answer was seen; each names a
film of TMDB-5000 by title and year. Run it against a gateway that serves such a catalogue:
`make demo`, then `python -m tests.bench.bench_search --url http://127.0.0.1:8000`.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import msgspec

DESCRIPTIONS: Final = Path(__file__).with_name("plot_descriptions.jsonl")
MODES: Final = ("lexical", "semantic", "hybrid")
FIRST: Final = 5
DEPTH: Final = 50


class Description(msgspec.Struct, frozen=True):
    """What a person types who has forgotten a title."""

    lang: str
    title: str
    year: int
    text: str

    def is_of(self, found: Mapping[str, Any]) -> bool:
        """Whether this is the film; sources differ by a year about some."""
        is_near = abs(int(found["year"]) - self.year) <= 1
        return is_near and str(found["title"]).casefold() == self.title.casefold()


def main() -> None:
    """Print the rates of every way in both languages, then the misses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--filter", action="append", default=[], help="a filter, as year_min=1990")
    arguments = parser.parse_args()
    lines = DESCRIPTIONS.read_text(encoding="utf-8").splitlines()
    descriptions = [msgspec.json.decode(line, type=Description) for line in lines]
    filters = dict(each.split("=", 1) for each in arguments.filter)
    places: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)
    misses: list[str] = []
    with httpx.Client(base_url=arguments.url, timeout=10) as client:
        for each in descriptions:
            found = {mode: _place(client, each, mode, filters, seconds[mode]) for mode in MODES}
            for mode, place in found.items():
                places[each.lang, mode].append(place)
            if found["hybrid"] is None or found["hybrid"] > FIRST:
                shown = ", ".join(f"{mode} {place or '-'}" for mode, place in found.items())
                misses.append(f"  {each.lang} {each.title} ({each.year}): {shown}")
    _print(places, seconds, misses)


def _place(
    client: httpx.Client,
    description: Description,
    mode: str,
    filters: Mapping[str, str],
    seconds: list[float],
) -> int | None:
    """Place of the film from 1, None where it is not found."""
    asked = {"q": description.text, "mode": mode, "limit": DEPTH, **filters}
    began = time.perf_counter()
    answer = client.get("/v1/search", params=asked)
    seconds.append(time.perf_counter() - began)
    body = answer.raise_for_status().json()
    if body["missing"]:
        raise SystemExit(f"a leg is missing: {body['missing']}")
    places = (n for n, hit in enumerate(body["items"], start=1) if description.is_of(hit))
    return next(places, None)


def _print(
    places: Mapping[tuple[str, str], list[int | None]],
    seconds: Mapping[str, list[float]],
    misses: list[str],
) -> None:
    print(f"film among the first {FIRST}       en       es      all   p50 ms")
    for mode in MODES:
        english, spanish = places["en", mode], places["es", mode]
        rates = [_rate(some) for some in (english, spanish, [*english, *spanish])]
        shown = "".join(f"{rate:9.1%}" for rate in rates)
        print(f"{mode:24}{shown}{median(seconds[mode]) * 1000:9.1f}")
    print(f"hybrid misses ({len(misses)}), places by way:")
    print("\n".join(misses))


def _rate(places: list[int | None]) -> float:
    return sum(place is not None and place <= FIRST for place in places) / len(places)


if __name__ == "__main__":
    main()
