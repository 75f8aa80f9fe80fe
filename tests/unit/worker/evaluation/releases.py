"""A small release to evaluate, and files of truth sets that fit it."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from shared.contracts.releases import ArtifactName
from shared.filters import FilterTable, filter_frame
from shared.ranking.features import RankingTable
from shared.ranking.model import load_model
from shared.ranking.rank import Ranker
from shared.ranking.search import Search
from tests.factories import artifacts_of, read_table, small_catalogue
from worker.evaluation.material import Material
from worker.index.build import read_index

MOVIES = 60
LISTED = 6


def make_material(movies: int = MOVIES) -> Material:
    """Ids count from 1; films of one genre, decade and director lie near one another."""
    tables = small_catalogue(movies=movies)
    artifacts = artifacts_of(*tables)
    table = RankingTable.from_frame(read_table(artifacts, ArtifactName.RANKING))
    ranker = Ranker(read_index(artifacts[ArtifactName.INDEX]), table, load_model())
    filters = FilterTable(filter_frame(*tables))
    return Material("1-abc", tables[0], filters, ranker, Search(ranker))


def write_recommendations(path: Path, movies: int = MOVIES) -> Path:
    """Every film, with the next films of its genre."""
    lines: list[str] = []
    for seed in range(1, movies + 1):
        wanted = [(seed + 4 * step - 1) % movies + 1 for step in range(1, LISTED + 1)]
        lines.append(json.dumps({"tmdb_id": seed, "recommendations": wanted}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def write_ratings(folder: Path, movies: int = MOVIES, users: int = 80) -> None:
    """Users like films whose id leaves the same rest; a few likes are chance."""
    random = np.random.default_rng(3)
    ratings: list[Sequence[object]] = []
    for user in range(1, users + 1):
        own = [movie for movie in range(1, movies + 1) if movie % 4 == user % 4]
        liked = [*random.permutation(own)[:12].tolist(), *random.integers(1, movies, 2).tolist()]
        ratings += [(user, 1000 + movie, 4.5, time) for time, movie in enumerate(liked)]
    write_csv(folder / "ratings.csv", ["userId", "movieId", "rating", "timestamp"], ratings)
    links = [(1000 + movie, movie, movie) for movie in range(1, movies + 1)]
    write_csv(folder / "links.csv", ["movieId", "imdbId", "tmdbId"], links)


def write_csv(path: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """Write plain cells."""
    text = "\n".join(",".join(map(str, line)) for line in [header, *lines])
    path.write_text(text + "\n", encoding="utf-8")
