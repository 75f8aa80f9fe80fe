"""The build: named, timed steps from the input files to a published release.

Everything it touches outside itself comes in through `Ports`.
"""

import datetime as dt
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

import msgspec
import polars as pl

from shared.contracts.releases import (
    SCHEMA_VERSION,
    Artifact,
    ArtifactName,
    Canary,
    Manifest,
    ReleaseRef,
    Source,
)
from shared.encoder import DIMS, DTYPE, MODEL_ID, Encoder
from shared.errors import ReleaseRefusedError
from shared.ranking.features import RankingTable, ranking_frame
from shared.ranking.model import load_model
from shared.ranking.rank import Ranker
from shared.ranking.vectors import FlatIndex, closeness_block
from shared.releases.store import ReleaseStore
from shared.telemetry import log
from shared.titles import title_frame
from worker.artifacts import (
    Report,
    hash_frame,
    neighbour_frame,
    parquet_bytes,
    report_bytes,
    with_name_key,
)
from worker.code import code_digest
from worker.embedding.reuse import plan_reuse
from worker.embedding.structured import structured_block
from worker.embedding.text import content_hashes, document
from worker.etl.catalogue import Catalogue, extract_catalogue
from worker.etl.sources import SourceFile, find_sources
from worker.index.build import build_index, index_bytes
from worker.index.gate import Trial, reasons_against
from worker.index.neighbours import all_neighbours
from worker.memory import peak_mb, reset_peak
from worker.previous import (
    Live,
    is_unchanged,
    read_live,
    read_vectors,
    vector_space,
)
from worker.progress import Reporter
from worker.settings import WorkerSettings

CANARIES: Final = 5
CANARY_NEIGHBOURS: Final = 5
PUBLISHED: Final = "published"
UNCHANGED: Final = "unchanged"


class Ports(NamedTuple):
    """What a build needs of the outside; `create_encoder` takes the number of threads."""

    store: ReleaseStore
    reporter: Reporter
    create_encoder: Callable[[int], Encoder]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a build ended; `encoded` counts the texts whose vector was not taken over."""

    outcome: str
    release: str
    movies: int
    encoded: int
    seconds: dict[str, float]


class Vectors(NamedTuple):
    """The index, the hash of each movie's text, and how many texts were encoded."""

    flat: FlatIndex
    hashes: list[str]
    encoded: int


class Build:
    """One build; `run` once."""

    def __init__(self, settings: WorkerSettings, ports: Ports, job_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._settings = settings
        self._ports = ports
        self._job_id = job_id
        self._seconds: dict[str, float] = {}
        self._peak_mb: dict[str, int] = {}
        self._model = load_model()

    def run(self, *, force: bool = False) -> Outcome:
        """Build and publish, unless nothing changed and `force` is not set.

        A job that has published already, and died before it could say so, does not publish
        again.

        Raises:
            SourceError: the input cannot become a catalogue.
            ReleaseRefusedError: the gate or the store stopped it; a build that the gate stopped
                is kept as the candidate.
        """
        store = self._ports.store
        live = read_live(store)
        if live and live.manifest.job_id == self._job_id:
            return self._outcome(PUBLISHED, live.ref, live.manifest.counts["movies"], 0)
        with self._step("sources"):
            sources = find_sources(self._settings.folder)
        space = vector_space(self._model.version)
        if live and not force and is_unchanged(live.manifest, sources, space):
            return self._outcome(UNCHANGED, live.ref, live.manifest.counts["movies"], 0)
        # Before the work: what is published or activated meanwhile fences this build.
        number = store.next_number()
        with self._step("extract"):
            catalogue = extract_catalogue(
                sources, max_quarantine_share=self._settings.max_quarantine_share
            )
        with self._step("titles"):
            tables = _tables(catalogue)
        vectors = self._vectors(catalogue, live)
        trial = self._rank(catalogue, tables[ArtifactName.RANKING], vectors.flat)
        with self._step("gate"):
            reasons = self._judge(trial, live)
        with self._step("artifacts"):
            data = self._encode(catalogue, tables, vectors, trial)
        with self._step("upload"):
            artifacts = self._upload(data)
        manifest = Manifest(
            schema_version=SCHEMA_VERSION,
            number=number,
            created_at=dt.datetime.now(dt.UTC),
            job_id=self._job_id,
            sources=[_source(file) for file in sources],
            counts=catalogue.counts | {"encoded": vectors.encoded},
            vectors=space,
            artifacts=artifacts,
            canaries=_canaries(trial),
            code=code_digest(),
        )
        with self._step("publish"):
            ref = self._publish(manifest, reasons)
        return self._outcome(PUBLISHED, ref, catalogue.movies.height, vectors.encoded)

    @contextmanager
    def _step(self, name: str) -> Generator[None]:
        """Announce, time and log one step."""
        self._ports.reporter.begin(name)
        reset_peak()
        began = time.monotonic()
        yield
        seconds = time.monotonic() - began
        self._seconds[name] = round(seconds, 3)
        self._peak_mb[name] = peak_mb()
        self._ports.reporter.end(name, seconds)
        log().info("build_step", step=name, seconds=round(seconds, 3), peak_mb=self._peak_mb[name])

    def _vectors(self, catalogue: Catalogue, live: Live | None) -> Vectors:
        """Text vectors, taken over or encoded, beside what the fields say."""
        movies = catalogue.movies
        with self._step("reuse"):
            documents = movies.select(document()).to_series().to_list()
            hashes = content_hashes(documents, model_id=MODEL_ID, dtype=DTYPE)
            known = read_vectors(self._ports.store, live.manifest) if live else None
            plan = (
                plan_reuse(hashes, DIMS, known.hashes, known.vectors)
                if known
                else plan_reuse(hashes, DIMS)
            )
            del known
        with self._step("embed"):
            texts = [documents[row] for row in plan.to_encode]
            if texts:
                encoder = self._ports.create_encoder(self._settings.usable_threads)
                plan.merge(encoder.encode(texts, self._ports.reporter.advance))
        with self._step("structured"):
            structured = structured_block(movies, catalogue.cast, catalogue.directors)
            closeness = closeness_block(movies)
        with self._step("index"):
            index = build_index(plan.vectors, structured, closeness)
        return Vectors(index, hashes, len(texts))

    def _rank(self, catalogue: Catalogue, ranking: pl.DataFrame, index: FlatIndex) -> Trial:
        """Neighbours of every movie, by the ranking that answers live."""
        with self._step("neighbours"):
            ranker = Ranker(index, RankingTable.from_frame(ranking), self._model)
            rows, scores = all_neighbours(
                ranker,
                threads=self._settings.usable_threads,
                on_progress=self._ports.reporter.advance,
            )
        return Trial(ranker, rows, scores, _most_voted(catalogue.movies))

    def _judge(self, trial: Trial, live: Live | None) -> list[str]:
        return reasons_against(
            trial,
            live_movies=live.manifest.counts.get("movies") if live else None,
            min_rows_share=self._settings.min_rows_share,
        )

    def _encode(
        self,
        catalogue: Catalogue,
        tables: Mapping[str, pl.DataFrame],
        vectors: Vectors,
        trial: Trial,
    ) -> dict[str, bytes]:
        """All artifacts as bytes."""
        neighbours = neighbour_frame(trial.ranker.table.ids, trial.rows, trial.scores)
        hashes = hash_frame(catalogue.movies["id"], vectors.hashes)
        report = Report(
            counts=catalogue.counts,
            seconds=self._seconds | {f"extract.{k}": v for k, v in catalogue.seconds.items()},
            peak_mb=self._peak_mb,
            quarantine=catalogue.quarantine.to_dicts(),
        )
        frames = {**tables, ArtifactName.NEIGHBOURS: neighbours, ArtifactName.TEXT_HASHES: hashes}
        return {
            **{name: parquet_bytes(frame) for name, frame in frames.items()},
            ArtifactName.INDEX: index_bytes(vectors.flat),
            ArtifactName.REPORT: report_bytes(report),
        }

    def _upload(self, data: Mapping[str, bytes]) -> dict[str, Artifact]:
        """Store every artifact, once there is room for all."""
        store, reporter = self._ports.store, self._ports.reporter
        total = sum(map(len, data.values()))
        store.require_headroom(total)
        done = 0
        artifacts: dict[str, Artifact] = {}
        for name, content in data.items():
            artifacts[str(name)] = store.upload(content)
            done += len(content)
            reporter.advance(done, total)
        return artifacts

    def _publish(self, manifest: Manifest, reasons: list[str]) -> ReleaseRef:
        """Make the release live, or keep it as the candidate and say why."""
        if reasons:
            self._ports.store.keep_candidate(manifest, reasons)
            raise ReleaseRefusedError(
                f"release {manifest.number} was refused: {'; '.join(reasons)}", reasons=reasons
            )
        return self._ports.store.publish(manifest)

    def _outcome(self, outcome: str, ref: ReleaseRef, movies: int, encoded: int) -> Outcome:
        log().info("build_ended", outcome=outcome, release=ref.label, seconds=self._seconds)
        return Outcome(
            outcome=outcome,
            release=ref.label,
            movies=movies,
            encoded=encoded,
            seconds=self._seconds,
        )


def _tables(catalogue: Catalogue) -> dict[str, pl.DataFrame]:
    """The tables that need no vectors."""
    movies, cast, directors = catalogue.movies, catalogue.cast, catalogue.directors
    return {
        ArtifactName.MOVIES: movies,
        ArtifactName.CAST: with_name_key(cast),
        ArtifactName.DIRECTORS: with_name_key(directors),
        ArtifactName.TITLES: title_frame(movies),
        ArtifactName.RANKING: ranking_frame(movies, cast, directors),
    }


def _most_voted(movies: pl.DataFrame) -> list[int]:
    """Rows of the most voted movies; ties by id."""
    ranked = movies.select("id", "vote_count").with_row_index("row")
    return ranked.sort(-pl.col("vote_count"), "id")["row"].head(CANARIES).to_list()


def _canaries(trial: Trial) -> list[Canary]:
    """The most voted movies with their first neighbours."""
    ids = trial.ranker.table.ids
    return [
        Canary(
            movie_id=int(ids[row]),
            neighbour_ids=[int(ids[n]) for n in trial.rows[row, :CANARY_NEIGHBOURS] if n >= 0],
        )
        for row in trial.canaries
    ]


def _source(file: SourceFile) -> Source:
    return Source(
        name=file.name, file=file.path.name, size_bytes=file.size_bytes, sha256=file.sha256
    )
