"""Small clean tables and whole releases made of them, with the builder's own functions."""

import datetime as dt
import io
from collections.abc import Sequence

import msgspec
import numpy as np
import polars as pl

from shared.contracts.evaluation import FilterFill
from shared.contracts.releases import (
    SCHEMA_VERSION,
    ArtifactName,
    Canary,
    Manifest,
    ReleaseRef,
    VectorSpace,
)
from shared.contracts.reports import (
    BuildReport,
    IdList,
    QuarantinedRow,
    StepReport,
    Unmatched,
)
from shared.contracts.scorecards import CanaryResult, ScoreCard
from shared.encoder import Encoder
from shared.errors import ModelError
from shared.filters import filter_frame
from shared.ranking.features import RankingTable, ranking_frame
from shared.ranking.model import load_model
from shared.ranking.profiles import profile_frame
from shared.ranking.rank import Ranker
from shared.ranking.vectors import METRIC, TEXT_DIMS, closeness_block, flat_bytes, unit_rows
from shared.releases.manifest import Buffer, describe, split
from shared.releases.store import ReleaseStore
from shared.text import normalise
from shared.titles import title_frame
from worker.embedding.structured import structured_block
from worker.etl.schemas import CAST, DIRECTORS, MOVIES
from worker.index.build import build_index
from worker.index.neighbours import all_neighbours
from worker.search.build import build_search_index

STORED_NEIGHBOURS = 50
CANARY_NEIGHBOURS = 5
_GENRES = ["Drama", "Comedy", "Action", "Horror"]
_COUNTRIES = [
    {"iso_3166_1": "US", "name": "United States of America"},
    {"iso_3166_1": "ES", "name": "Spain"},
    {"iso_3166_1": "FR", "name": "France"},
    {"iso_3166_1": "AR", "name": "Argentina"},
    {"iso_3166_1": "MX", "name": "Mexico"},
    {"iso_3166_1": "JP", "name": "Japan"},
    {"iso_3166_1": "IT", "name": "Italy"},
]
_WORDS = ["island", "robbery", "wedding", "detective", "ghost", "summer", "train", "orphan"]


def movie(movie_id: int, title: str, **columns: object) -> dict[str, object]:
    """One row of the clean movies; `columns` replace the defaults."""
    row: dict[str, object] = {
        "id": movie_id,
        "title": title,
        "release_date": dt.date(2000, 1, 3),
        "original_language": "en",
        "status": "Released",
        "tagline": None,
        "overview": f"About {title}.",
        "runtime": 100.0,
        "popularity": 1.5,
        "vote_average": 6.0,
        "vote_count": 10,
        "budget": 0,
        "revenue": 0,
        "belongs_to_collection": [],
        "genres": [{"id": movie_id % 4, "name": _GENRES[movie_id % 4]}],
        "production_companies": [],
        "production_countries": [{"iso_3166_1": "US", "name": "United States of America"}],
        "spoken_languages": [{"iso_639_1": "en", "name": "English"}],
        "keywords": [],
        **columns,
    }
    date, budget, revenue = row["release_date"], row["budget"], row["revenue"]
    assert isinstance(date, dt.date)
    assert isinstance(budget, int)
    assert isinstance(revenue, int)
    row.setdefault("release_year", date.year)
    row.setdefault("return", revenue / budget if budget and revenue else 0.0)
    return row


def movies_frame(*rows: dict[str, object]) -> pl.DataFrame:
    """The clean movies."""
    return pl.DataFrame(list(rows), schema=MOVIES)


def cast_frame(*rows: tuple[int, int, str]) -> pl.DataFrame:
    """The cast, from (movie id, person id, name) in billing order."""
    orders: dict[int, int] = {}
    filled: list[tuple[int, int, str, str, int]] = []
    for movie_id, person_id, name in rows:
        order = orders[movie_id] = orders.get(movie_id, -1) + 1
        filled.append((movie_id, person_id, name, f"Role {order}", order))
    return _with_key(pl.DataFrame(filled, schema=CAST, orient="row"))


def directors_frame(*rows: tuple[int, int, str]) -> pl.DataFrame:
    """The directors, from (movie id, person id, name)."""
    return _with_key(pl.DataFrame(list(rows), schema=DIRECTORS, orient="row"))


def small_catalogue(
    titles: Sequence[str] = (), *, movies: int = 12
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Movies, cast and directors: `titles` first, then `Movie 3` and so on, ids from 1."""
    named = [*titles, *(f"Movie {place}" for place in range(len(titles) + 1, movies + 1))]
    rows = [
        movie(
            place,
            title,
            release_date=dt.date(1990 + place % 30, place % 12 + 1, place % 28 + 1),
            vote_count=3000 - 100 * (place % 25),
            budget=1_000_000,
            revenue=1_000_000 * (place % 5),
        )
        for place, title in enumerate(named, start=1)
    ]
    cast = [(place, 100 + place % 3, f"Actor {place % 3}") for place in range(1, len(rows) + 1)]
    directors = [
        (place, 200 + place % 4, f"Director {place % 4}") for place in range(1, len(rows) + 1)
    ]
    return movies_frame(*rows), cast_frame(*cast), directors_frame(*directors)


def varied_catalogue(
    movies: int = 120, *, seed: int = 0
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Movies that differ in everything a filter or a reason reads; ids from 1."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    cast: list[tuple[int, int, str]] = []
    directors: list[tuple[int, int, str]] = []
    for place in range(1, movies + 1):
        genres = random.choice(len(_GENRES), size=random.integers(0, 3), replace=False).tolist()
        country = _COUNTRIES[int(random.integers(len(_COUNTRIES)))]
        saga = int(random.integers(12))
        rows.append(
            movie(
                place,
                f"Movie {place}",
                release_date=dt.date(int(random.integers(1915, 2018)), 1, 3),
                original_language=["en", "es", "fr", None][int(random.integers(4))],
                overview=" ".join(random.choice(_WORDS, 6)),
                runtime=[None, 12.0, 95.0, 140.0][int(random.integers(4))],
                vote_average=float(random.integers(0, 11)),
                vote_count=int(random.integers(0, 4000)),
                genres=[{"id": each, "name": _GENRES[each]} for each in genres],
                production_countries=[country],
                production_companies=[{"id": place % 6, "name": f"Firm {place % 6}"}],
                budget=1000 * (place % 5),
                revenue=2500 * (place % 7),
                keywords=[{"id": int(k), "name": f"theme {k}"} for k in random.choice(9, 2)],
                belongs_to_collection=[{"id": saga, "name": f"Saga {saga}"}] if saga < 4 else [],
            )
        )
        people = random.choice(15, size=3, replace=False).tolist()
        cast += [(place, 100 + each, f"Actor {each}") for each in people]
        directors.append((place, 200 + place % 9, f"Director {place % 9}"))
    return movies_frame(*rows), cast_frame(*cast), directors_frame(*directors)


def artifacts_of(
    movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame, *, seed: int = 0
) -> dict[str, bytes]:
    """Every artifact a service reads; the text vectors are random and of unit length."""
    noise = np.random.default_rng(seed).standard_normal((movies.height, TEXT_DIMS))
    structured = structured_block(movies, cast, directors)
    index = build_index(unit_rows(noise), structured, closeness_block(movies))
    table = ranking_frame(movies, cast, directors)
    ranker = Ranker(index, RankingTable.from_frame(table), load_model())
    frames = {
        ArtifactName.MOVIES: movies,
        ArtifactName.CAST: cast,
        ArtifactName.DIRECTORS: directors,
        ArtifactName.TITLES: title_frame(movies),
        ArtifactName.RANKING: table,
        ArtifactName.PROFILES: profile_frame(movies, cast, directors),
        ArtifactName.FILTERS: filter_frame(movies, cast, directors),
        ArtifactName.NEIGHBOURS: neighbours_frame(ranker),
    }
    artifacts: dict[str, bytes] = {name: parquet(frame) for name, frame in frames.items()}
    return {
        **artifacts,
        **documents_of(movies),
        ArtifactName.INDEX: flat_bytes(index),
        ArtifactName.SEARCH: build_search_index(movies, cast, directors),
    }


def documents_of(movies: pl.DataFrame, quarantined: int = 3) -> dict[str, bytes]:
    """The build report, with some made-up quarantined rows, and stand-ins for the pages."""
    nothing = IdList(count=0, ids=[])
    report = BuildReport(
        sources=[],
        steps=[
            StepReport(
                step="extract.movies",
                seconds=0.5,
                peak_mb=90,
                file="movies.csv",
                rows_in=movies.height + quarantined,
                rows_out=movies.height,
                lost={"bad_date": quarantined},
            )
        ],
        coercions=[],
        unmatched=Unmatched(
            movies_without_credits=nothing,
            credits_without_movie=nothing,
            keywords_without_movie=nothing,
        ),
        duplicates=nothing,
        quarantine=[
            QuarantinedRow(
                file="movies.csv",
                record=record,
                line=record + 1,
                column="release_date",
                reason="bad_date",
                excerpt="1/13/1999",
            )
            for record in range(1, quarantined + 1)
        ],
    )
    return {
        ArtifactName.REPORT: msgspec.json.encode(report),
        ArtifactName.SCORECARD: msgspec.json.encode(scorecard_of(movies.height)),
        ArtifactName.EDA: b'{"movies": %d}' % movies.height,
        ArtifactName.PAGE_ES: "<h1>Análisis</h1>".encode(),
        ArtifactName.PAGE_EN: b"<h1>Analysis</h1>",
    }


def scorecard_of(movies: int, **changes: object) -> ScoreCard:
    """A score card of a good release; `changes` replace its figures."""
    nothing = IdList(count=0, ids=[])
    expected = [1, 2, 3, 4, 5]
    canary = CanaryResult(movie_id=9, title="[Rec]", expected=expected, found=expected, holds=True)
    good = ScoreCard(
        movies=movies,
        self_leaks=nothing,
        doubled=nothing,
        clashes=nothing,
        fill_rate=1.0,
        coverage_at_10=0.95,
        distinct_at_10=round(0.95 * movies),
        vote_percentile=0.5,
        intra_list=0.25,
        collected=4,
        same_collection=0.2,
        mates_found=0.8,
        canaries=[canary],
        filters=[FilterFill(name="comedy", matching=4, fill_rate=1.0)],
    )
    return msgspec.structs.replace(good, **changes)


def neighbours_frame(ranker: Ranker) -> pl.DataFrame:
    """The stored neighbours, as the builder computes them."""
    rows, scores = all_neighbours(ranker, limit=STORED_NEIGHBOURS, threads=1)
    ids = ranker.table.ids
    kept = [row >= 0 for row in rows]
    return pl.DataFrame(
        {
            "movie_id": ids,
            "neighbour_ids": [
                ids[row[keep]].tolist() for row, keep in zip(rows, kept, strict=True)
            ],
            "scores": [score[keep].tolist() for score, keep in zip(scores, kept, strict=True)],
        },
        schema={
            "movie_id": pl.Int64,
            "neighbour_ids": pl.List(pl.Int64),
            "scores": pl.List(pl.Float32),
        },
    )


def manifest_of(artifacts: dict[str, bytes], number: int = 1) -> Manifest:
    """A manifest that fits these artifacts; the first movies are the canaries."""
    heights = {
        name: read_table(artifacts, name).height
        for name in (ArtifactName.MOVIES, ArtifactName.CAST, ArtifactName.DIRECTORS)
    }
    neighbours = read_table(artifacts, ArtifactName.NEIGHBOURS).head(3)
    return Manifest(
        schema_version=SCHEMA_VERSION,
        number=number,
        created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        job_id=f"build-{number}",
        sources=[],
        counts={str(name): height for name, height in heights.items()},
        vectors=VectorSpace(
            model_id="random",
            model_sha256="0" * 64,
            dtype="float32",
            metric=METRIC,
            text_dims=TEXT_DIMS,
            structured_dims=128,
            ranking=load_model().version,
        ),
        artifacts={
            name: describe(data, [chunk for chunk, _ in split(data)])
            for name, data in artifacts.items()
        },
        canaries=[
            Canary(movie_id=movie_id, neighbour_ids=ids[:CANARY_NEIGHBOURS])
            for movie_id, ids in neighbours.select("movie_id", "neighbour_ids").iter_rows()
        ],
    )


def publish_release(store: ReleaseStore, artifacts: dict[str, bytes]) -> ReleaseRef:
    """Upload and publish through the real store."""
    for data in artifacts.values():
        store.upload(data)
    return store.publish(manifest_of(artifacts, store.next_number()))


def without_model() -> Encoder:
    """What a recommender gets where the model's package is not installed."""
    raise ModelError("the model is not installed")


def parquet(frame: pl.DataFrame) -> bytes:
    """Serialise a table."""
    target = io.BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


def read_table(artifacts: dict[str, bytes], name: str) -> pl.DataFrame:
    """Read a table back."""
    data: Buffer = artifacts[name]
    return pl.read_parquet(io.BytesIO(data))


def _with_key(credited: pl.DataFrame) -> pl.DataFrame:
    keys = [normalise(name) for name in credited["name"]]
    return credited.with_columns(pl.Series("key", keys, dtype=pl.String))
