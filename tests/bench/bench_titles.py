"""Titles and words against a running gateway or queries service.

    python -m tests.bench.bench_titles --url http://127.0.0.1:8000

Prints how often a title that is typed badly (`hard_titles.jsonl`) leads to its film, by kind and
with every miss; how often words (`search_words.jsonl`) find the film that they are known for; and
the latency of both at one connection. The constants of the lexical search are chosen by the
second table. Exits with 1 where fewer than 95 of 100 titles are found.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
import msgspec

HERE: Final = Path(__file__).parent
WANTED: Final = 0.95
SEED: Final = 7
PREFIXES: Final = 4000
LONGEST_PREFIX: Final = 40
SEARCHES: Final = 1000
PAGES: Final = 50
PAGE: Final = 100
SHOWN: Final = 5


class HardTitle(msgspec.Struct, frozen=True):
    """A title as somebody types it, and the film that is meant."""

    typed: str
    title: str
    year: int
    kind: str
    asked_year: int | None = None


class Words(msgspec.Struct, frozen=True):
    """Words as somebody types them, and films that they are known for."""

    typed: str
    titles: list[str]


class Asker:
    """One connection to the service; notes how long each answer takes."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        """Ask over `session`."""
        self._session = session
        self.seconds: list[float] = []

    async def ask(self, path: str, **parameters: str | int) -> tuple[int, Any]:
        """Return status and body."""
        began = time.perf_counter()
        async with self._session.get(f"{path}?{urlencode(parameters)}") as answer:
            body = await answer.json(content_type=None)
        self.seconds.append(time.perf_counter() - began)
        return answer.status, body


def main() -> None:
    """Ask, print, and exit with 1 where too few titles are found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    sys.exit(asyncio.run(_measure(parser.parse_args().url)))


async def _measure(url: str) -> int:
    connector = aiohttp.TCPConnector(limit=1)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        share = await _hard_titles(Asker(session))
        search = await _search_path(Asker(session))
        await _known_words(Asker(session), *search)
        titles = await _titles(Asker(session))
        await _latencies(session, titles, *search)
    return int(share < WANTED)


async def _hard_titles(asker: Asker) -> float:
    """Whether resolve or suggest finds the film first; the share that one of them does."""
    asked, found, by_resolve, by_suggest = Counter[str](), Counter[str](), 0, 0
    for hard in _read("hard_titles.jsonl", HardTitle):
        year: dict[str, int] = {} if hard.asked_year is None else {"year": hard.asked_year}
        status, body = await asker.ask("/v1/resolve", title=hard.typed, **year)
        first = _first_of(status, body)
        resolves = first in {(hard.title, hard.year), (hard.title, None)}
        _, body = await asker.ask("/v1/suggest", q=hard.typed)
        offered = [(each["title"], each["year"]) for each in body["items"]]
        suggests = offered[:1] == [(hard.title, hard.year)]
        asked[hard.kind] += 1
        found[hard.kind] += resolves or suggests
        by_resolve += resolves
        by_suggest += suggests
        if not (resolves or suggests):
            print(f"miss: '{hard.typed}' is {hard.title} ({hard.year}); {status} {first}")
        if status == 200 and not resolves:
            print(f"wrong: '{hard.typed}' is {hard.title} ({hard.year}), not {first}")
    for kind, count in asked.items():
        print(f"{kind:14}{found[kind]:>5} of {count}")
    total = asked.total()
    share = found.total() / total
    print(f"found first {share:.1%}: resolve {by_resolve}, suggest {by_suggest} of {total}")
    return share


async def _known_words(asker: Asker, path: str, mode: dict[str, str]) -> None:
    """How often the first films found are among those that the words are known for."""
    cases = list(_read("search_words.jsonl", Words))
    places: list[int | None] = []
    for case in cases:
        _, body = await asker.ask(path, q=case.typed, limit=10, **mode)
        names = [each["title"] for each in body["items"]]
        places.append(next((at for at, name in enumerate(names) if name in case.titles), None))
        if places[-1] is None or places[-1] >= SHOWN:
            print(f"not among {SHOWN}: '{case.typed}' finds {names[:3]}")
    firsts = sum(place == 0 for place in places)
    near = sum(place is not None and place < SHOWN for place in places)
    rank = sum(1 / (place + 1) for place in places if place is not None) / len(places)
    print(
        f"words: first {firsts}, among {SHOWN} {near} of {len(cases)}; reciprocal rank {rank:.3f}"
    )


async def _latencies(
    session: aiohttp.ClientSession, titles: Sequence[str], path: str, mode: dict[str, str]
) -> None:
    draw = random.Random(SEED)  # noqa: S311  # the same in every run
    suggest, search, resolve = Asker(session), Asker(session), Asker(session)
    for title in draw.choices(titles, k=PREFIXES):
        await suggest.ask("/v1/suggest", q=title[: draw.randint(1, LONGEST_PREFIX)])
    for title in draw.choices(titles, k=SEARCHES):
        words = [*title.split(), *draw.choice(titles).split()]
        typed = " ".join(draw.sample(words, min(len(words), draw.randint(1, 3))))
        if any(char.isalnum() for char in typed):
            await search.ask(path, q=typed, **mode)
    for title in draw.choices(titles, k=SEARCHES):
        at = draw.randrange(len(title))
        await resolve.ask("/v1/resolve", title=f"{title[:at]}{title[at + 1 :]}x")
    print(f"{'one connection':24}{'p50 ms':>10}{'p99 ms':>10}{'slowest':>10}")
    for name, asker in (("suggest", suggest), ("lexical", search), ("resolve, typos", resolve)):
        took = sorted(asker.seconds)
        figures = (took[len(took) // 2], took[int(len(took) * 0.99)], took[-1])
        print(f"{name:24}" + "".join(f"{1000 * figure:>10.2f}" for figure in figures))


async def _search_path(asker: Asker) -> tuple[str, dict[str, str]]:
    """Where the lexical leg is asked: of the service itself, or of the gateway."""
    status, _ = await asker.ask("/v1/search/lexical", q="a")
    return ("/v1/search/lexical", {}) if status == 200 else ("/v1/search", {"mode": "lexical"})


async def _titles(asker: Asker) -> list[str]:
    """Titles from all over the alphabet."""
    titles: list[str] = []
    for order in ("asc", "desc"):
        for sort in ("title", "votes"):
            cursor: dict[str, str] = {}
            for _ in range(PAGES):
                asked = {"sort": sort, "order": order, "limit": PAGE, **cursor}
                _, page = await asker.ask("/v1/movies", **asked)
                titles += [each["title"] for each in page["items"]]
                if page["next_cursor"] is None:
                    break
                cursor = {"cursor": page["next_cursor"]}
    return titles


def _first_of(status: int, body: Any) -> tuple[str, int | None] | None:  # noqa: ANN401  # JSON
    """The film that an answer names first."""
    if status == 404:
        return next(((title, None) for title in body["suggestions"]), None)
    found = [body["movie"]] if status == 200 else body["candidates"]
    return found[0]["title"], found[0]["year"]


def _read(name: str, kind: type[Any]) -> Iterator[Any]:
    for line in (HERE / name).read_text().splitlines():
        yield msgspec.json.decode(line, type=kind)


if __name__ == "__main__":
    main()
