"""A release: the manifest and what it names."""

import datetime as dt
import enum
from typing import Literal

import msgspec

from shared.contracts.base import Wire

SCHEMA_VERSION = 1


class ArtifactName(enum.StrEnum):
    """The artifacts of a release; tables are Parquet, one row per movie unless said."""

    MOVIES = "movies"  # the clean catalogue
    CAST = "cast"  # one row per credit, with the normalised name as `key`
    DIRECTORS = "directors"  # likewise
    TITLES = "titles"  # see shared.titles
    RANKING = "ranking"  # what the ranking reads of each movie, in index row order
    PROFILES = "profiles"  # what reasons name of each movie, in index row order
    FILTERS = "filters"  # what filters read of each movie, in index row order
    INDEX = "index"  # FAISS bytes: text block and structured block
    NEIGHBOURS = "neighbours"  # movie_id, neighbour_ids, scores; best first
    TEXT_HASHES = "text_hashes"  # movie_id, sha256 of the embedded text, in index row order
    SEARCH = "search"  # see shared.search_index
    REPORT = "build_report"  # JSON: shared.contracts.reports.BuildReport
    EDA = "eda"  # JSON: shared.contracts.eda.Analysis
    PAGE_ES = "page_es"  # HTML: the report page in Spanish
    PAGE_EN = "page_en"  # HTML: the same in English
    SCORECARD = "scorecard"  # JSON: shared.contracts.scorecards.ScoreCard


class Chunk(Wire, frozen=True):
    """A piece of an artifact, stored under its digest."""

    sha256: str
    size_bytes: int


class Artifact(Wire, frozen=True):
    """A named file of a release."""

    sha256: str
    size_bytes: int
    chunks: list[Chunk]


class Source(Wire, frozen=True):
    """An input file as it was read."""

    name: str
    file: str
    size_bytes: int
    sha256: str


class Canary(Wire, frozen=True):
    """A question with a known answer: a movie and its first neighbours."""

    movie_id: int
    neighbour_ids: list[int]


class VectorSpace(Wire, frozen=True):
    """How the vectors of a release were made.

    `encoder` is a digest of the code and the libraries that made text vectors, empty in older
    releases.
    """

    model_id: str
    model_sha256: str
    dtype: str
    metric: str
    text_dims: int
    structured_dims: int
    ranking: str
    encoder: str = ""


class Manifest(Wire, frozen=True):
    """One release. Its identity is the number and the digest of these bytes.

    `code` is a digest of the code and settings that made it. The keys are digests of all that
    decides about the tables, about the index and the neighbours, and about the lexical index.
    They are empty in older releases. `source` names the configured source that it was made of,
    None for the worker's own folder. A release of a named source hands on, as `own_sources`, the
    files that the own folder was last built of.
    """

    schema_version: int
    number: int
    created_at: dt.datetime
    job_id: str
    sources: list[Source]
    counts: dict[str, int]
    vectors: VectorSpace
    artifacts: dict[str, Artifact]
    canaries: list[Canary]
    code: str = ""
    tables_key: str = ""
    vectors_key: str = ""
    search_key: str = ""
    source: str | None = None
    own_sources: list[Source] = msgspec.field(default_factory=list[Source])


class ReleaseRef(Wire, frozen=True):
    """Names one release, as the pointer and each answer's `X-Butaca-Release` do.

    `signature` is an HMAC over number and digest by a key that Redis does not hold, empty where
    none is configured (`shared.releases.signing`).
    """

    number: int
    manifest_sha256: str
    signature: str = ""

    @property
    def label(self) -> str:
        """The form used in headers and logs: number and short digest."""
        return f"{self.number}-{self.manifest_sha256[:12]}"

    @property
    def identity(self) -> tuple[int, str]:
        """What makes it this release, whoever signed it."""
        return self.number, self.manifest_sha256


ReleaseStatus = Literal["live", "kept", "candidate"]


class ReleaseView(Wire, frozen=True):
    """A stored release as the ops API shows it.

    `status`: `live` is served, `kept` was or can be, `candidate` was refused, for `reasons`.
    `size_bytes` counts its artifacts, `own_bytes` what no other stored release shares: what would
    be freed without it. Both are null, and `sources` and `counts` empty, where the manifest cannot
    be read; `reasons` says why.
    """

    number: int
    label: str
    status: ReleaseStatus
    pinned: bool
    created_at: dt.datetime | None
    job_id: str | None
    source: str | None
    sources: list[Source]
    counts: dict[str, int]
    size_bytes: int | None
    own_bytes: int | None
    reasons: list[str]


class ReleaseList(Wire, frozen=True):
    """The stored releases, newest first."""

    items: list[ReleaseView]


class HealthReport(Wire, frozen=True):
    """Whether a process can answer, with which release, and what is wrong.

    `degraded` has the words of the header `X-Butaca-Degraded`, `reasons` the sentences.
    """

    status: str
    release: str | None = None
    reasons: list[str] = msgspec.field(default_factory=list[str])
    degraded: list[str] = msgspec.field(default_factory=list[str])
