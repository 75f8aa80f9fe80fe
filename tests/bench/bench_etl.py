"""ETL speed: ours against plain pandas with `ast.literal_eval`, in one run on one machine.

    python -m tests.bench.bench_etl [--data DIR] [--rows N] [--repeats N]

Both build the same tables from the same files: first a sample, evenly spread over the input, of
which the medians of a few repeats are compared, then the whole pair of movies and credits, once
by the baseline. Every table of the whole pair must be identical, cell by cell.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from tests.bench import pandas_etl
from worker.etl.catalogue import Catalogue, extract_catalogue
from worker.etl.reader import read_tables
from worker.etl.sources import find_sources, unpack

ROOT = Path(__file__).resolve().parents[2]
KAGGLE = ROOT.parent / "shared" / "data" / "kaggle"


def write_sample(folder: Path, rows: int, target: Path) -> None:
    """Write `rows` evenly spread movies and their credits as plain CSV files."""
    movies, credits_ = (
        pl.concat(table.frame.drop("record") for table in read_tables(source))
        for source in find_sources(folder)[:2]
    )
    sample = movies.gather_every(max(1, movies.height // rows)).head(rows)
    key = "movie_id" if "movie_id" in credits_.columns else "id"
    sample.write_csv(target / "movies.csv")
    credits_.filter(pl.col(key).is_in(sample["id"].implode())).write_csv(target / "credits.csv")


def write_synthetic(rows: int, target: Path) -> None:
    """Write a made-up pair in the Kaggle layout, about as heavy as the real one."""
    rng = random.Random(7)  # noqa: S311 - sample data
    words = ["Ana", "O'Toole", "de la Cruz", 'the "Kid"', "Müller", "Smith", "Ok", "Ng"]
    genres = [{"id": number, "name": f"Genre {number}"} for number in range(20)]

    def person(order: int) -> dict[str, object]:
        name = " ".join(rng.sample(words, 2))
        ids = {"cast_id": order, "credit_id": f"{order:024x}", "gender": 2}
        who = {"character": name, "id": rng.randrange(10**6), "name": name, "order": order}
        return {**ids, **who, "profile_path": None}

    def crew(order: int) -> dict[str, object]:
        job = "Director" if order == 0 else "Editor"
        return {
            "department": "Crew",
            "job": job,
            "id": rng.randrange(10**6),
            "name": f"Crew {order}",
        }

    movies = {
        "id": range(1, rows + 1),
        "title": [f"Film {number}" for number in range(rows)],
        "release_date": ["2001-02-03"] * rows,
        "genres": [str(rng.sample(genres, 3)) for _ in range(rows)],
        "overview": ["A film about something, with somebody in it."] * rows,
    } | dict.fromkeys(
        ("budget", "revenue", "popularity", "vote_average", "vote_count"), ["5"] * rows
    )
    people = {
        "cast": [str([person(order) for order in range(12)]) for _ in range(rows)],
        "crew": [str([crew(order) for order in range(10)]) for _ in range(rows)],
        "id": range(1, rows + 1),
    }
    pl.DataFrame(movies).write_csv(target / "movies.csv")
    pl.DataFrame(people).write_csv(target / "credits.csv")


def run_ours(folder: Path) -> Catalogue:
    """Build the catalogue of a folder."""
    return extract_catalogue(find_sources(folder))


def run_baseline(folder: Path) -> tuple[pandas_etl.Table, ...]:
    """Build the same tables the plain way."""
    return pandas_etl.build_tables(folder / "movies.csv", folder / "credits.csv")


def write_whole(folder: Path, target: Path) -> None:
    """Write the whole pair as plain CSV files, byte by byte as it is."""
    for source in find_sources(folder)[:2]:
        with (target / f"{source.name}.csv").open("wb") as file:
            file.writelines(unpack(source))


def median_seconds(run: Callable[[Path], object], folder: Path, repeats: int) -> float:
    """Median wall time of a few runs."""
    times: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        run(folder)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def report_sample(folder: Path, rows: int, repeats: int) -> None:
    """Print both medians and their ratio."""
    baseline = median_seconds(run_baseline, folder, repeats)
    ours = median_seconds(run_ours, folder, repeats + 2)
    print(f"sample of {rows:,} rows, medians of {repeats} and {repeats + 2} runs")
    print(f"  pandas + literal_eval  {baseline:8.3f} s  {rows / baseline:10,.0f} rows/s")
    print(f"  worker.etl             {ours:8.3f} s  {rows / ours:10,.0f} rows/s")
    print(f"  ratio                  {baseline / ours:8.1f} x")


def report_whole(folder: Path, repeats: int) -> None:
    """Print both times over the whole pair, and where ours go; fail where a table differs."""
    catalogue = run_ours(folder)
    seconds = median_seconds(run_ours, folder, repeats)
    start = time.perf_counter()
    theirs = run_baseline(folder)
    baseline = time.perf_counter() - start
    ours = (catalogue.movies, catalogue.cast, catalogue.directors)
    rows = catalogue.counts["raw_rows"]
    print(f"whole pair of {rows:,} movies, median of {repeats} runs of ours")
    print(f"  pandas + literal_eval  {baseline:8.3f} s  {rows / baseline:10,.0f} rows/s")
    print(f"  worker.etl             {seconds:8.3f} s  {rows / seconds:10,.0f} rows/s")
    print(f"  ratio                  {baseline / seconds:8.1f} x")
    for name, table, expected in zip(("movies", "cast", "directors"), ours, theirs, strict=True):
        if table.rows() != expected:
            raise SystemExit(f"{name} differs from the baseline")
        print(f"  {name:<10} {table.height:>9,} rows identical")
    steps = "  ".join(f"{step.step} {step.seconds:.3f}" for step in catalogue.steps)
    print(f"  first run, s           {steps}")


def main() -> None:
    """Read the arguments, make the sample, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=KAGGLE)
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        target = Path(name)
        if options.data.is_dir():
            write_sample(options.data, options.rows, target)
        else:
            print(f"{options.data} is absent: a synthetic sample stands in")
            write_synthetic(options.rows, target)
        rows = run_ours(target).counts["raw_rows"]
        report_sample(target, rows, options.repeats)
        if options.data.is_dir():
            write_whole(options.data, target)
        report_whole(target, options.repeats)


if __name__ == "__main__":
    main()
