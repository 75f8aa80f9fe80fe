"""The live search over a small varied catalogue, as a release would hold it."""

import io
from functools import cache
from typing import NamedTuple

import polars as pl

from shared.contracts.releases import ArtifactName
from shared.filters import FilterTable, filter_frame
from shared.ranking.features import RankingTable
from shared.ranking.model import load_model
from shared.ranking.rank import Ranker
from shared.ranking.search import Search
from shared.ranking.vectors import read_flat
from tests.factories import artifacts_of, varied_catalogue


class Small(NamedTuple):
    movies: pl.DataFrame
    search: Search
    filters: FilterTable


@cache
def small_release(movies: int = 120, seed: int = 0) -> Small:
    tables = varied_catalogue(movies, seed=seed)
    artifacts = artifacts_of(*tables, seed=seed)
    table = pl.read_parquet(io.BytesIO(artifacts[ArtifactName.RANKING]))
    ranker = Ranker(
        read_flat(artifacts[ArtifactName.INDEX]), RankingTable.from_frame(table), load_model()
    )
    return Small(tables[0], Search(ranker), FilterTable(filter_frame(*tables)))
