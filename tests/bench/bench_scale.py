"""ETL at scale: the Kaggle pair many times over, each factor in a process of its own.

    python -m tests.bench.bench_scale --data DIR [--factors 1,10,50]

The rows of both files are repeated under new ids and written as plain CSV to a temporary folder
(about 110 MB for each time), which is removed afterwards. Growth is linear where the seconds per
row stay those of the first factor: a ratio of 1.0.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import polars as pl

from shared.contracts.reports import StepReport
from tests.bench.bench_etl import KAGGLE
from worker.etl.catalogue import extract_catalogue
from worker.etl.sources import SourceFile, find_sources, unpack
from worker.memory import peak_mb

# Above every id of the data: the ids of one copy do not meet those of another.
ID_STEP: Final = 10_000_000


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one factor took."""

    seconds: float
    peak_mb: int
    movies: int
    cast: int
    steps: list[StepReport]


def read_whole(source: SourceFile) -> pl.DataFrame:
    """All columns of one file as text."""
    return pl.read_csv(b"".join(unpack(source)), infer_schema=False)


def write_copies(frame: pl.DataFrame, factor: int, stream: BinaryIO) -> None:
    """Write the rows `factor` times; ids that are no number stay as they are."""
    key = "movie_id" if "movie_id" in frame.columns else "id"
    number = pl.col(key).cast(pl.Int64, strict=False)
    for copy in range(factor):
        moved = (number + copy * ID_STEP).cast(pl.String)
        copied = frame.with_columns(pl.coalesce(moved, pl.col(key)).alias(key))
        copied.write_csv(stream, include_header=copy == 0)


def write_pair(data: Path, factor: int, target: Path) -> int:
    """Write both files `factor` times as large; returns their bytes."""
    for source in find_sources(data)[:2]:
        with (target / f"{source.name}.csv").open("wb") as stream:
            write_copies(read_whole(source), factor, stream)
    return sum(path.stat().st_size for path in target.iterdir())


def run_here(folder: Path) -> Run:
    """Find and extract the files of a folder in this process."""
    start = time.perf_counter()
    catalogue = extract_catalogue(find_sources(folder))
    return Run(
        seconds=time.perf_counter() - start,
        peak_mb=peak_mb(),
        movies=catalogue.movies.height,
        cast=catalogue.cast.height,
        steps=catalogue.steps,
    )


def run_apart(folder: Path) -> Run:
    """Do so in a fresh process, whose peak memory is its own."""
    command = [sys.executable, "-m", "tests.bench.bench_scale", "--inside", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True)
    return msgspec.json.decode(done.stdout, type=Run)


def per_row(step: StepReport) -> float:
    """Seconds that a step took for each row that it was given."""
    return step.seconds / max(1, step.rows_in or 0)


def report(factor: int, size_bytes: int, run: Run, first: Run, first_factor: int) -> None:
    """Print the steps of one run beside those of the first."""
    print(f"{factor} x: {size_bytes / 1e9:.2f} GB, {run.movies:,} movies, {run.cast:,} cast rows")
    print(f"  {'step':<24}{'rows':>12}{'s':>9}{'rows/s':>12}{'peak MB':>9}{'s/row to first':>16}")
    for step, base in zip(run.steps, first.steps, strict=True):
        ratio = per_row(step) / per_row(base) if base.seconds else 1.0
        rows = step.rows_in or 0
        speed = rows / step.seconds if step.seconds else 0
        print(
            f"  {step.step:<24}{rows:>12,}{step.seconds:>9.2f}{speed:>12,.0f}"
            f"{step.peak_mb:>9,}{ratio:>16.2f}"
        )
    ratio = run.seconds / factor / (first.seconds / first_factor)
    whole = f"{run.seconds:>9.2f}{'':>12}{run.peak_mb:>9,}{ratio:>16.2f}"
    print(f"  {'all, with the digests':<36}{whole}", flush=True)


def main() -> None:
    """Read the arguments, then write, run and report each factor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=KAGGLE)
    parser.add_argument("--factors", default="1,10,50")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        sys.stdout.write(json.dumps(msgspec.to_builtins(run_here(options.inside))))
        return
    factors = [int(factor) for factor in options.factors.split(",")]
    first: Run | None = None
    for factor in factors:
        with tempfile.TemporaryDirectory() as name:
            size_bytes = write_pair(options.data, factor, Path(name))
            run = run_apart(Path(name))
        first = first or run
        report(factor, size_bytes, run, first, factors[0])


if __name__ == "__main__":
    main()
