"""The catalogue of one release: every answer prepared at load, checked, then only looked up."""

import io
from collections.abc import Mapping
from typing import Final

import polars as pl
from tantivy import Index

from services.queries.calendar import MONTHS, WEEKDAYS
from services.queries.directory import Directory
from services.queries.lexical import LexicalIndex
from services.queries.people import PeopleTable
from services.queries.plans.actors import actor_success
from services.queries.plans.calendar_counts import count_by_month, count_by_weekday
from services.queries.plans.directors import director_success
from services.queries.plans.movie_details import movie_details
from services.queries.plans.title_figures import title_figures
from services.queries.resolve import TitleResolver
from services.queries.shelf import Shelf
from services.queries.suggest import Suggester
from services.queries.title_words import TitleWords
from shared.contracts.releases import ArtifactName, Manifest
from shared.errors import ArtifactNotFoundError, ReleaseCorruptError, ReleaseSchemaError
from shared.filters import FilterTable, filter_frame
from shared.releases.manifest import Buffer
from shared.search_index import open_index
from shared.search_texts import search_texts
from shared.telemetry import log
from shared.titles import TitleTable

TABLES: Final[tuple[str, ...]] = (
    ArtifactName.MOVIES,
    ArtifactName.CAST,
    ArtifactName.DIRECTORS,
    ArtifactName.TITLES,
)
# Passed on as they are.
DOCUMENTS: Final[tuple[str, ...]] = (
    ArtifactName.EDA,
    ArtifactName.PAGE_ES,
    ArtifactName.PAGE_EN,
)
# What a release of an older version lacks.
OPTIONAL: Final[tuple[str, ...]] = (*DOCUMENTS, ArtifactName.FILTERS, ArtifactName.SEARCH)
Frames = Mapping[str, pl.DataFrame]


class Catalogue:
    """Immutable: replaced with its release, never changed."""

    def __init__(
        self,
        frames: Frames,
        documents: Mapping[str, bytes] | None = None,
        index: Index | None = None,
    ) -> None:
        """Compute the tables of answers from the release's tables; `index` is the lexical one."""
        self._documents = documents or {}
        movies = frames[ArtifactName.MOVIES].lazy()
        cast = frames[ArtifactName.CAST].lazy()
        directors = frames[ArtifactName.DIRECTORS].lazy()
        self.titles = TitleTable.from_frame(frames[ArtifactName.TITLES])
        self.months = _counts(count_by_month(movies), len(MONTHS))
        self.weekdays = _counts(count_by_weekday(movies), len(WEEKDAYS))
        self.actors = PeopleTable(actor_success(cast, movies).collect(), "ningún actor")
        self.directors = PeopleTable(
            director_success(directors, movies).collect(), "ningún director"
        )
        tables = [frames[name] for name in TABLES[:3]]
        self.directory = Directory(*tables)
        self.figures: dict[int, tuple[float, float]] = {
            movie_id: (popularity, average)
            for movie_id, popularity, average in title_figures(movies).collect().iter_rows()
        }
        made = frames.get(ArtifactName.FILTERS)
        self.filters = FilterTable(filter_frame(*tables) if made is None else made)
        details = movie_details(movies, cast, directors).collect()
        self.shelf = Shelf(details, frames[ArtifactName.TITLES], self.filters)
        by_votes = self.titles.by_votes()
        words = TitleWords([movie.title for movie in by_votes])
        self.suggester = Suggester(by_votes, words)
        self.resolver = TitleResolver(self.titles, by_votes, words)
        self._lexical = None if index is None else LexicalIndex(index, search_texts(*tables))

    def __len__(self) -> int:
        """Return the number of movies."""
        return len(self.shelf)

    @property
    def lexical(self) -> LexicalIndex:
        """The lexical index.

        Raises:
            ArtifactNotFoundError: the release was made before there was one.
        """
        if self._lexical is None:
            raise self._missing(ArtifactName.SEARCH)
        return self._lexical

    def document(self, name: str) -> bytes:
        """Return an artifact that is passed on as it is.

        Raises:
            ArtifactNotFoundError: the release was made before there was such a thing.
        """
        if name not in self._documents:
            raise self._missing(name)
        return self._documents[name]

    def _missing(self, name: str) -> ArtifactNotFoundError:
        return ArtifactNotFoundError(
            f"The live release has no {name}: an older version built it. Rebuild it."
        )


def load_catalogue(manifest: Manifest, artifacts: Mapping[str, Buffer]) -> Catalogue:
    """Read the artifacts and make the catalogue.

    Raises:
        ReleaseCorruptError: the tables do not belong together.
    """
    read = (*TABLES, ArtifactName.FILTERS) if ArtifactName.FILTERS in artifacts else TABLES
    frames: Frames = {name: pl.read_parquet(io.BytesIO(artifacts[name])) for name in read}
    documents: dict[str, bytes] = {
        name: bytes(artifacts[name]) for name in DOCUMENTS if name in artifacts
    }
    index = _open_search(artifacts.get(ArtifactName.SEARCH), frames[ArtifactName.MOVIES].height)
    catalogue = Catalogue(frames, documents, index)
    _check_counts(manifest, frames)
    _check_answers(catalogue, frames[ArtifactName.MOVIES])
    return catalogue


def _open_search(data: Buffer | None, movies: int) -> Index | None:
    """The lexical index, if the release has one that this version can read."""
    if data is None:
        return None
    try:
        index = open_index(data)
    except (ReleaseSchemaError, OSError) as error:
        log().warning("search_index_not_opened", reason=str(error))
        return None
    indexed = index.searcher().num_docs
    if indexed != movies:
        raise ReleaseCorruptError(f"the search index has {indexed} movies instead of {movies}")
    return index


def _counts(plan: pl.LazyFrame, numbers: int) -> dict[int, int]:
    """Counts by number from 1; 0 where the plan has none."""
    found = dict(plan.collect().iter_rows())
    return {number: found.get(number, 0) for number in range(1, numbers + 1)}


def _check_counts(manifest: Manifest, frames: Frames) -> None:
    """Each table has as many rows as the manifest says, if it says."""
    for name, frame in frames.items():
        expected = manifest.counts.get(name)
        if expected is not None and expected != frame.height:
            raise ReleaseCorruptError(f"{name} has {frame.height} rows instead of {expected}")


def _check_answers(catalogue: Catalogue, movies: pl.DataFrame) -> None:
    """Every movie is counted, titled and can be shown."""
    size = movies.height
    if not size or len(catalogue) != size:
        raise ReleaseCorruptError(f"{len(catalogue)} different ids in {size} movies")
    if sum(catalogue.months.values()) != size or sum(catalogue.weekdays.values()) != size:
        raise ReleaseCorruptError("the months or weekdays do not add up to the movies")
    ids = movies["id"].to_list()
    if catalogue.filters.ids.to_list() != ids:
        raise ReleaseCorruptError("the filters are not in the order of the movies")
    if len(catalogue.titles) != size or any(catalogue.titles.movie(each) is None for each in ids):
        raise ReleaseCorruptError("the title table does not cover the movies")
    catalogue.shelf.movie(ids[0])
    catalogue.shelf.movie(ids[-1])
