"""The build: named, timed steps from the input files to a published release.

Everything it touches outside itself comes in through `Ports`.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from shared.contracts.jobs import BuildPayload
from shared.contracts.releases import (
    SCHEMA_VERSION,
    Artifact,
    ArtifactName,
    Manifest,
    ReleaseRef,
)
from shared.contracts.reports import BuildReport
from shared.contracts.scorecards import ScoreCard
from shared.encoder import DIMS, DTYPE, MODEL_ID, Encoder
from shared.filters import FilterTable
from shared.ranking.features import RankingTable
from shared.ranking.model import load_model
from shared.ranking.rank import Ranker
from shared.ranking.search import Search
from shared.ranking.vectors import FlatIndex, closeness_block
from shared.releases.store import OVERTAKEN, ReleaseStore
from shared.telemetry import log
from worker.artifacts import Ranked, ranked_bytes
from worker.code import recipe_digest, search_key, vectors_key
from worker.eda.page import PageFacts
from worker.eda.report import make_documents
from worker.embedding.reuse import Reuse, plan_reuse
from worker.embedding.structured import structured_block
from worker.embedding.text import content_hashes, document
from worker.etl.catalogue import Catalogue, extract_catalogue
from worker.etl.sources import SourceFile, find_sources, require_unchanged
from worker.evaluation.scorecard import Additions, Subject, make_card
from worker.evaluation.scorecard_movement import measure_movement, read_card, read_neighbours
from worker.evaluation.scorecard_truth import TruthSet, measure_truth, read_truth_sets
from worker.evaluation.standard_filters import measure_fill
from worker.evaluation.truth_files import find_truth, truth_digest
from worker.extracted import Extracted, read_extracted, tables_key
from worker.index.build import build_index
from worker.index.gate import reasons_against, require_finite
from worker.index.neighbours import all_neighbours
from worker.inputs import obtain_folder
from worker.previous import (
    read_previous,
    read_ranked,
    read_vectors,
    vector_space,
)
from worker.progress import Reporter
from worker.publishing import canaries_of, describe_source, publish_or_keep, upload_all
from worker.search.build import build_search_index
from worker.search.reuse import read_search_index
from worker.settings import WorkerSettings
from worker.steps import StepLog
from worker.stored import (
    Stored,
    find_built_by,
    find_made_of,
    find_own_sources,
    is_made_of,
    read_live,
)

PUBLISHED: Final = "published"
UNCHANGED: Final = "unchanged"
BUILD: Final = BuildPayload()
# The steps that are taken over whole where their input and code are the same.
TABLE_STEPS: Final = ("extract", "tables")
VECTOR_STEPS: Final = ("texts", "embed", "structured", "index", "neighbours")
SEARCH_STEP: Final = "search"


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


class Keys(NamedTuple):
    """What decides whether a later build may take over each part."""

    tables: str
    vectors: str
    search: str


class Made(NamedTuple):
    """A release that is not stored yet, and what speaks against it."""

    data: dict[str, bytes]
    counts: dict[str, int]
    keys: Keys
    card: ScoreCard
    reasons: list[str]


class Build:
    """One build; `run` once."""

    def __init__(self, settings: WorkerSettings, ports: Ports, job_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._settings = settings
        self._ports = ports
        self._job_id = job_id
        self._steps = StepLog(ports.reporter)
        self._model = load_model()
        self._space = vector_space(self._model.version)
        self._recipe = ""
        # The release that steps are taken over from.
        self._base: Stored | None = None
        self._truth_sets: list[TruthSet] = []
        self._created_at = dt.datetime.now(dt.UTC)

    def run(self, request: BuildPayload = BUILD) -> Outcome:
        """Build and publish, unless nothing changed and nobody insists.

        What an operator asks for is compared with the live release. What the worker itself asks
        for is compared with every stored one, so that it never undoes what an operator did.
        A job that has published already, and died before it could say so, does not publish again.

        Raises:
            SourceUnknownError: no source has the name that was asked for.
            SourceError: the input cannot become a catalogue.
            ReleaseRefusedError: the gate or the store stopped it, or another release went live
                meanwhile; a build that the store could take is kept as the candidate.
        """
        mine = find_built_by(self._ports.store, self._job_id)
        if mine:
            return self._outcome(PUBLISHED, mine, 0)
        before = read_live(self._ports.store)
        sources = self._find_sources(request.source)
        live = read_live(self._ports.store)
        same = self._find_same(request, live, sources)
        if same:
            return self._outcome(UNCHANGED, same, 0)
        # Before the work: what is published or activated from now on fences this build.
        number = self._ports.store.next_number()
        self._base = None if request.full else live
        made = self._make(sources, live, number)
        # Files may have taken an hour to fetch.
        overtaken = [] if _ref_of(live) == _ref_of(before) else [OVERTAKEN]
        with self._steps.time("upload"):
            artifacts = upload_all(self._ports.store, made.data, self._ports.reporter.advance)
        # A worker that stalls is given up, and may come back: the other attempt was quicker.
        mine = find_built_by(self._ports.store, self._job_id)
        if mine:
            return self._outcome(PUBLISHED, mine, 0)
        manifest = self._describe(number, sources, made, artifacts, request.source)
        with self._steps.time("publish"):
            ref = publish_or_keep(self._ports.store, manifest, [*overtaken, *made.reasons])
        return self._outcome(PUBLISHED, Stored(ref, manifest), made.counts["encoded"])

    def _find_sources(self, source: str | None) -> tuple[SourceFile, ...]:
        """Find the input files, and look at the truth files before any work is done."""
        with self._steps.time("sources"):
            advance = self._ports.reporter.advance
            folder = obtain_folder(self._settings, source, advance)
            sources = find_sources(folder)
            truth = find_truth(folder, self._settings.truth_file)
            self._recipe = recipe_digest(self._settings.encoding, truth_digest(truth))
            self._truth_sets = read_truth_sets(truth)
        return sources

    def _find_same(
        self, request: BuildPayload, live: Stored | None, sources: Sequence[SourceFile]
    ) -> Stored | None:
        """A stored release that this build would only repeat."""
        if request.force or request.full:
            return None
        if request.cause != "operator":
            return find_made_of(self._ports.store, sources, self._recipe)
        return live if live and is_made_of(live, sources, self._recipe) else None

    def _make(self, sources: Sequence[SourceFile], live: Stored | None, number: int) -> Made:
        """Do all the work of a release; nothing is stored yet."""
        extracted = self._tables(sources)
        catalogue, data = extracted.catalogue, dict(extracted.data)
        key, words_key = vectors_key(data, self._space), search_key(data)
        data[ArtifactName.SEARCH] = self._index_words(catalogue, words_key)
        ranking = RankingTable.from_frame(extracted.ranking)
        ranked = self._take_over(key) or self._rank(catalogue, ranking)
        with self._steps.time("scorecard"):
            ranker = Ranker(ranked.index, ranking, self._model)
            frames = (catalogue.movies, extracted.ranking)
            subject = Subject(*frames, ranker, ranked.rows, ranked.scores)
            card = self._score(subject, FilterTable(extracted.filters), live)
            data[ArtifactName.SCORECARD] = msgspec.json.encode(card)
        with self._steps.time("gate"):
            reasons = self._judge(card, catalogue, live)
        data |= self._analyse(catalogue, sources, live, number)
        with self._steps.time("artifacts"):
            data |= ranked_bytes(catalogue.movies["id"], ranked)
        data[ArtifactName.REPORT] = msgspec.json.encode(self._report(catalogue, sources))
        counts = catalogue.counts | {"encoded": ranked.encoded}
        keys = Keys(extracted.key, key, words_key)
        return Made(data, counts, keys, card, reasons)

    def _tables(self, sources: Sequence[SourceFile]) -> Extracted:
        """The clean tables; those of the live release where this build would make the same."""
        key = tables_key(sources, self._settings)
        known = read_extracted(self._ports.store, self._base.manifest, key) if self._base else None
        if known is None:
            catalogue = self._extract(sources)
            with self._steps.time("tables"):
                known = Extracted.from_catalogue(catalogue, key)
        else:
            self._steps.skip(TABLE_STEPS)
            self._steps.add(known.catalogue.steps)
            self._steps.rows = known.catalogue.movies.height
        return known

    def _extract(self, sources: Sequence[SourceFile]) -> Catalogue:
        """The clean tables."""
        with self._steps.time("extract"):
            catalogue = extract_catalogue(
                sources,
                max_quarantine_share=self._settings.max_quarantine_share,
                encoding=self._settings.encoding,
                max_source_bytes=self._settings.max_source_bytes,
            )
            require_unchanged(sources)
        self._steps.add(catalogue.steps)
        self._steps.rows = catalogue.movies.height
        return catalogue

    def _index_words(self, catalogue: Catalogue, key: str) -> bytes:
        """The lexical index; that of the live release where this build would make the same."""
        base = self._base
        known = read_search_index(self._ports.store, base.manifest, key) if base else None
        if known is not None:
            self._steps.skip([SEARCH_STEP])
            return known
        with self._steps.time(SEARCH_STEP):
            return build_search_index(catalogue.movies, catalogue.cast, catalogue.directors)

    def _take_over(self, key: str) -> Ranked | None:
        """Index and neighbours of the live release, where this build would make the same."""
        base = self._base
        with self._steps.time("reuse"):
            ranked = read_ranked(self._ports.store, base.manifest, key) if base else None
        if ranked is not None:
            self._steps.skip(VECTOR_STEPS)
        return ranked

    def _rank(self, catalogue: Catalogue, ranking: RankingTable) -> Ranked:
        """Index and neighbours, by the ranking that answers live."""
        with self._steps.time("texts"):
            documents = catalogue.movies.select(document()).to_series().to_list()
            hashes = content_hashes(documents, model_id=MODEL_ID, dtype=DTYPE)
            plan = self._plan_reuse(hashes)
        with self._steps.time("embed"):
            texts = [documents[row] for row in plan.to_encode]
            if texts:
                encoder = self._ports.create_encoder(self._settings.usable_threads)
                plan.merge(encoder.encode(texts, self._ports.reporter.advance))
        index = self._index(catalogue, plan)
        with self._steps.time("neighbours"):
            rows, scores = all_neighbours(
                Ranker(index, ranking, self._model),
                threads=self._settings.usable_threads,
                on_progress=self._ports.reporter.advance,
            )
        return Ranked(index, hashes, len(texts), rows, scores)

    def _plan_reuse(self, hashes: list[str]) -> Reuse:
        """Take over the text vectors that the live release has."""
        known = read_vectors(self._ports.store, self._base.manifest) if self._base else None
        return plan_reuse(hashes, DIMS, *known) if known else plan_reuse(hashes, DIMS)

    def _index(self, catalogue: Catalogue, plan: Reuse) -> FlatIndex:
        """The text vectors joined by what the fields say."""
        with self._steps.time("structured"):
            movies = catalogue.movies
            structured = structured_block(movies, catalogue.cast, catalogue.directors)
            closeness = closeness_block(movies)
        with self._steps.time("index"):
            index = build_index(plan.vectors, structured, closeness)
            require_finite(index.rows)
            return index

    def _score(self, subject: Subject, filters: FilterTable, live: Stored | None) -> ScoreCard:
        """Measure the stored neighbours, against those of the live release too."""
        ids, rows = subject.ranker.table.ids, subject.rows
        before = read_neighbours(self._ports.store, live.manifest) if live else None
        additions = Additions(
            filters=measure_fill(Search(subject.ranker), filters, subject.ranker.table),
            movement=measure_movement(ids, rows, before) if before else None,
            truths=measure_truth(self._truth_sets, ids, rows),
        )
        return make_card(subject, additions)

    def _judge(self, card: ScoreCard, catalogue: Catalogue, live: Stored | None) -> list[str]:
        return reasons_against(
            card,
            counts=catalogue.counts,
            live_counts=live.manifest.counts if live else {},
            live_card=read_card(self._ports.store, live.manifest) if live else None,
            min_rows_share=self._settings.min_rows_share,
        )

    def _analyse(
        self,
        catalogue: Catalogue,
        sources: Sequence[SourceFile],
        live: Stored | None,
        number: int,
    ) -> dict[str, bytes]:
        """The exploratory analysis, compared with the live release."""
        facts = PageFacts(
            release=number,
            created_at=self._created_at,
            sources=[file.path.name for file in sources],
            raw_rows=catalogue.counts["raw_rows"],
            quarantined=catalogue.counts["quarantined"],
        )
        with self._steps.time("eda"):
            previous = read_previous(self._ports.store, live.manifest, sources) if live else None
            return make_documents(catalogue, facts, previous)

    def _report(self, catalogue: Catalogue, sources: Sequence[SourceFile]) -> BuildReport:
        """What happened to the input; the steps are those until here."""
        return BuildReport(
            sources=[describe_source(file) for file in sources],
            steps=self._steps.reports,
            coercions=catalogue.coercions,
            unmatched=catalogue.unmatched,
            duplicates=catalogue.duplicates,
            quarantine=catalogue.quarantine,
        )

    def _describe(
        self,
        number: int,
        sources: Sequence[SourceFile],
        made: Made,
        artifacts: dict[str, Artifact],
        source: str | None,
    ) -> Manifest:
        return Manifest(
            schema_version=SCHEMA_VERSION,
            number=number,
            created_at=self._created_at,
            job_id=self._job_id,
            sources=[describe_source(file) for file in sources],
            counts=made.counts,
            vectors=self._space,
            artifacts=artifacts,
            canaries=canaries_of(made.card),
            code=self._recipe,
            tables_key=made.keys.tables,
            vectors_key=made.keys.vectors,
            search_key=made.keys.search,
            source=source,
            own_sources=[] if source is None else find_own_sources(self._ports.store),
        )

    def _outcome(self, outcome: str, stored: Stored, encoded: int) -> Outcome:
        seconds, release = self._steps.seconds, stored.ref.label
        log().info("build_ended", outcome=outcome, release=release, seconds=seconds)
        return Outcome(
            outcome=outcome,
            release=release,
            movies=stored.manifest.counts["movies"],
            encoded=encoded,
            seconds=seconds,
        )


def _ref_of(stored: Stored | None) -> ReleaseRef | None:
    return None if stored is None else stored.ref
