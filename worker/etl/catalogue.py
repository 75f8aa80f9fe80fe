"""From input files to the clean catalogue: the one entry point of the ETL."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import polars as pl

from shared.contracts.reports import Coercion, IdList, QuarantinedRow, StepReport, Unmatched
from shared.errors import SourceError
from worker.etl.credits import Credits, People, build_credits, decode_people
from worker.etl.encodings import Encoding
from worker.etl.exact import unknown_escapes_allowed
from worker.etl.keywords import add_keywords, decode_keywords
from worker.etl.movies import Movies, build_movies, decode_movies
from worker.etl.pieces import PIECE_BYTES
from worker.etl.quarantine import check_share
from worker.etl.reader import Reading, read_tables
from worker.etl.records import READ_REASONS
from worker.etl.report import Steps, merge_counts, no_ids
from worker.etl.schemas import MOVIES, check_schema
from worker.etl.sources import MAX_SOURCE_BYTES, SourceFile, SourceName
from worker.etl.tables import Table

# The order of the report, whatever ran first; `join` comes after the credits.
_FILES: Final[tuple[SourceName, ...]] = ("movies", "credits", "keywords")
# So many faults are judged before the file is read to its end: they are held in memory.
_MANY_FAULTS: Final = 100_000
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The clean tables (schemas of `worker.etl.schemas`) and how they came about.

    `movies` is in file order with unique ids; `cast` and `directors` are in credits file order
    and hold only movies of the catalogue; `quarantine` is by file, then record. `duplicates`
    are the movie ids that occurred again, its count the rows lost by it.

    `steps`: reading and cleaning of each file, and the join of the credits. The credits are
    read and decoded beside the movies.

    `counts`: for the movies file `raw_rows` = `without_date` + `quarantined` + `duplicates` +
    `movies`; `credits_rows`, `credits_quarantined`, `credits_duplicates`,
    `credits_without_movie`, `movies_without_credits`; `cast`, `directors` (table rows);
    `keywords_rows`, `keywords_quarantined` (0 without that file); `coerced` (numbers that were
    there but of no use), `slow_cells` (distinct nested cells read by the exact parser),
    `dropped_members` (list members without id or name).
    """

    movies: pl.DataFrame
    cast: pl.DataFrame
    directors: pl.DataFrame
    quarantine: list[QuarantinedRow]
    steps: list[StepReport]
    coercions: list[Coercion]
    unmatched: Unmatched
    duplicates: IdList
    counts: dict[str, int]


@dataclass(slots=True)
class _Tally:
    """What one file has had so far: records, and the faults of those that cannot be used."""

    file: str
    rows: int
    faults: list[QuarantinedRow]

    def lost(self, *, by_reader: bool) -> Counter[str]:
        """Faulty rows by reason: those that cannot be split, or those that make no sense."""
        return Counter(
            fault.reason for fault in self.faults if (fault.reason in READ_REASONS) == by_reader
        )


class _Build:
    """What one extraction gathers on its way."""

    def __init__(
        self, sources: Sequence[SourceFile], reading: Reading, max_quarantine_share: float
    ) -> None:
        self.sources: dict[SourceName, SourceFile] = {file.name: file for file in sources}
        self.reading = reading
        self.max_share = max_quarantine_share
        self.clock = Steps()
        self.tallies: dict[SourceName, _Tally] = {}
        self.counts = Counter[str]()
        self.lost: dict[str, dict[str, int]] = {}

    def decode(self, name: SourceName, decode_part: Callable[[Table], Part]) -> list[Part]:
        """Read and decode one file piece by piece; refuse it where too few rows are of use."""
        source = self.sources[name]
        tally = self.tallies[name] = _Tally(source.path.name, 0, [])
        parts: list[Part] = []
        tables = read_tables(source, self.reading)
        while True:
            with self.clock.time(f"read_{name}"):
                table = next(tables, None)
            if table is None:
                break
            with self.clock.time(name):
                parts.append(decode_part(table))
            tally.rows += table.rows
            tally.faults += table.faults
            if len(tally.faults) >= _MANY_FAULTS:
                self.check(tally)
        self.check(tally)
        return parts

    def check(self, tally: _Tally) -> None:
        """Refuse a file of which too few rows are of use."""
        check_share(tally.file, tally.rows, tally.faults, max_share=self.max_share)

    def describe_steps(self) -> list[StepReport]:
        """Report every step in order."""
        steps: list[StepReport] = []
        for name in _FILES:
            if name not in self.tallies:
                continue
            tally = self.tallies[name]
            lost = tally.lost(by_reader=False)
            lost.update(self.lost.get(name, {}))
            read = self.clock.describe(
                f"read_{name}", tally.file, tally.rows, tally.lost(by_reader=True)
            )
            decoded = self.clock.describe(name, tally.file, read.rows_out or 0, lost)
            steps += [read, decoded]
            if name == "credits":
                left = decoded.rows_out or 0
                steps.append(self.clock.describe("join", tally.file, left, self.lost["join"]))
        return steps


def extract_catalogue(
    sources: Sequence[SourceFile],
    *,
    max_quarantine_share: float = 0.01,
    encoding: Encoding = "utf-8",
    max_source_bytes: int = MAX_SOURCE_BYTES,
    piece_bytes: int = PIECE_BYTES,
) -> Catalogue:
    """Read and clean the input files that `find_sources` found.

    A file is held `piece_bytes` at a time, and judged early once it has 100,000 faults, held too;
    else how it is cut changes only memory, `slow_cells` and `dropped_members` (by piece).

    Raises:
        SourceError: a file cannot be read as a whole (see `read_tables`), movies or credits are
            not among `sources`, more than `max_quarantine_share` of a file's rows cannot be
            used, or no movie is left.
    """
    reading = Reading(
        encoding=encoding, max_source_bytes=max_source_bytes, piece_bytes=piece_bytes
    )
    build = _Build(sources, reading, max_quarantine_share)
    if missing := sorted({"movies", "credits"} - set(build.sources)):
        raise SourceError(f"no {' and no '.join(missing)} file", missing=missing)
    with unknown_escapes_allowed(), ThreadPoolExecutor(1) as pool:
        # The credits need nothing of the movies, so both go on side by side.
        credits_file = pool.submit(build.decode, "credits", decode_people)
        movies = _extract_movies(build)
        frame, keywords_without_movie = _extract_keywords(build, movies.frame)
        people: list[People] = credits_file.result()
    with build.clock.time("join"):
        credits_ = build_credits(people, movies.frame["id"])
    build.lost["join"] = credits_.lost
    _count(build, movies, credits_)
    unmatched = Unmatched(
        movies_without_credits=credits_.movies_without_credits,
        credits_without_movie=credits_.credits_without_movie,
        keywords_without_movie=keywords_without_movie,
    )
    return _finish(build, frame, movies, credits_, unmatched)


def _finish(
    build: _Build, frame: pl.DataFrame, movies: Movies, credits_: Credits, unmatched: Unmatched
) -> Catalogue:
    """Put the catalogue together."""
    return Catalogue(
        movies=check_schema(frame, MOVIES),
        cast=credits_.cast,
        directors=credits_.directors,
        quarantine=[fault for name in _FILES for fault in _faults(build, name)],
        steps=build.describe_steps(),
        coercions=movies.coercions,
        unmatched=unmatched,
        duplicates=movies.duplicates,
        counts=dict(build.counts),
    )


def _extract_movies(build: _Build) -> Movies:
    """The movies table without what a keywords file adds."""
    parts = build.decode("movies", decode_movies)
    with build.clock.time("movies"):
        movies = build_movies(parts)
    if movies.frame.is_empty():
        file = build.tallies["movies"].file
        raise SourceError(f"{file}: no row is a usable movie", counts=movies.counts)
    build.lost["movies"] = {
        "null_date": movies.counts["without_date"],
        "duplicate": movies.counts["duplicates"],
    }
    return movies


def _extract_keywords(build: _Build, movies: pl.DataFrame) -> tuple[pl.DataFrame, IdList]:
    """The movies with the keywords file joined where there is one, and the ids only it has."""
    if "keywords" not in build.sources:
        return movies, no_ids()
    parts = build.decode("keywords", decode_keywords)
    with build.clock.time("keywords"):
        keywords = add_keywords(movies, parts)
    build.lost["keywords"] = keywords.lost
    build.counts.update(merge_counts([part.counts for part in parts]))
    return keywords.movies, keywords.without_movie


def _faults(build: _Build, name: SourceName) -> list[QuarantinedRow]:
    """Quarantined rows of one file, by record."""
    return build.tallies[name].faults if name in build.tallies else []


def _count(build: _Build, movies: Movies, credits_: Credits) -> None:
    """Fill in the counts of the whole."""
    rows = {name: build.tallies[name].rows if name in build.tallies else 0 for name in _FILES}
    build.counts.update(movies.counts)
    build.counts.update(credits_.counts)
    build.counts.update(
        raw_rows=rows["movies"],
        quarantined=len(_faults(build, "movies")),
        credits_rows=rows["credits"],
        credits_quarantined=len(_faults(build, "credits")),
        keywords_rows=rows["keywords"],
        keywords_quarantined=len(_faults(build, "keywords")),
        cast=credits_.cast.height,
        directors=credits_.directors.height,
    )
