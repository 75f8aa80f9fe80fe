"""From input files to the clean catalogue: the one entry point of the ETL."""

import time
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from shared.errors import SourceError
from worker.etl.credits import People, build_credits, decode_people
from worker.etl.exact import unknown_escapes_allowed
from worker.etl.keywords import add_keywords
from worker.etl.movies import build_movies
from worker.etl.quarantine import Fault, check_share, frame_from_faults
from worker.etl.reader import Table, read_table
from worker.etl.schemas import MOVIES, check_schema
from worker.etl.sources import SourceFile, SourceName


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The clean tables (schemas of `worker.etl.schemas`) and how they came about.

    `movies` is in file order with unique ids; `cast` and `directors` are in credits file order
    and hold only movies of the catalogue; `quarantine` is by file, then record.

    `counts`: for the movies file `raw_rows` = `without_date` + `quarantined` + `duplicates` +
    `movies`; `credits_rows`, `credits_quarantined`, `credits_duplicates`,
    `credits_without_movie`, `movies_without_credits`; `cast`, `directors` (table rows);
    `keywords_rows`, `keywords_quarantined` (0 without that file); `coerced` (numbers that were
    there but of no use), `slow_cells` (distinct nested cells read by the exact parser),
    `dropped_members` (list members without id or name).

    `seconds` is the wall time of each step; the credits are read and decoded beside the movies.
    """

    movies: pl.DataFrame
    cast: pl.DataFrame
    directors: pl.DataFrame
    quarantine: pl.DataFrame
    counts: dict[str, int]
    seconds: dict[str, float]


class _Build:
    """What one extraction gathers on its way."""

    def __init__(self, sources: Sequence[SourceFile], max_quarantine_share: float) -> None:
        self.sources: dict[SourceName, SourceFile] = {file.name: file for file in sources}
        self.max_share = max_quarantine_share
        self.counts = Counter[str](keywords_rows=0, keywords_quarantined=0)
        self.seconds: dict[str, float] = {}
        self.faults: list[Fault] = []

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Time one step."""
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start

    def read(self, name: SourceName) -> Table:
        """Read one file, and refuse it where too many of its rows cannot even be split."""
        with self.step(f"read_{name}"):
            table = read_table(self.sources[name])
        self.check(table)
        return table

    def check(self, table: Table) -> None:
        """Refuse a file with too many faults."""
        check_share(table.file, table.rows, table.faults, max_share=self.max_share)

    def finish(self, table: Table, counts: dict[str, int]) -> None:
        """Take over what a file's step counted, once its faults are within bounds."""
        self.check(table)
        self.faults += table.faults
        self.counts.update(counts)


def extract_catalogue(
    sources: Sequence[SourceFile], *, max_quarantine_share: float = 0.01
) -> Catalogue:
    """Read and clean the input files that `find_sources` found.

    Raises:
        SourceError: a file cannot be read as a whole (see `read_table`), movies or credits are
            not among `sources`, more than `max_quarantine_share` of a file's rows cannot be
            used, or no movie is left.
    """
    build = _Build(sources, max_quarantine_share)
    if missing := sorted({"movies", "credits"} - set(build.sources)):
        raise SourceError(f"no {' and no '.join(missing)} file", missing=missing)
    with unknown_escapes_allowed(), ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_extract_people, build)
        movies = _extract_movies(build)
        table, people = reading.result()
    with build.step("join"):
        credits_ = build_credits(people, movies["id"])
    files = {"credits_rows": table.rows, "credits_quarantined": len(table.faults)}
    build.finish(table, files | credits_.counts)
    build.counts.update(cast=credits_.cast.height, directors=credits_.directors.height)
    return Catalogue(
        movies=movies,
        cast=credits_.cast,
        directors=credits_.directors,
        quarantine=frame_from_faults(build.faults),
        counts=dict(build.counts),
        seconds=build.seconds,
    )


def _extract_people(build: _Build) -> tuple[Table, People]:
    """The credits of all movies; needs nothing of the movies, so both go on side by side."""
    table = build.read("credits")
    with build.step("credits"):
        return table, decode_people(table)


def _extract_movies(build: _Build) -> pl.DataFrame:
    """The movies table, with the keywords file joined where there is one."""
    table = build.read("movies")
    with build.step("movies"):
        built = build_movies(table)
    build.finish(table, built.counts)
    movies = built.frame
    if movies.is_empty():
        raise SourceError(f"{table.file}: no row is a usable movie", counts=built.counts)
    if "keywords" in build.sources:
        keywords = build.read("keywords")
        with build.step("keywords"):
            movies, counts = add_keywords(movies, keywords)
        build.finish(keywords, counts)
    return check_schema(movies, MOVIES)
