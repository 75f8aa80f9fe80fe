"""The index of one release: vectors, ranking and stored neighbours, checked to belong together.

FAISS itself is behind `shared.ranking.vectors`.
"""

import io
from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.contracts.releases import ArtifactName, Manifest
from shared.errors import ArtifactNotFoundError, ReleaseCorruptError
from shared.filters import FilterTable, frame_of_profiles
from shared.ranking.features import RankingTable
from shared.ranking.model import load_model
from shared.ranking.profiles import Profiles
from shared.ranking.rank import Ranker
from shared.ranking.reasons import Reasons
from shared.ranking.search import Search, Wish
from shared.ranking.vectors import read_flat
from shared.releases.manifest import Buffer
from shared.telemetry import log
from shared.titles import TitleTable

ARTIFACTS: Final[tuple[str, ...]] = (
    ArtifactName.TITLES,
    ArtifactName.INDEX,
    ArtifactName.RANKING,
    ArtifactName.NEIGHBOURS,
)
# Releases of older versions have none.
OPTIONAL: Final[tuple[str, ...]] = (ArtifactName.PROFILES, ArtifactName.FILTERS)


class StoredNeighbours:
    """The precomputed neighbours of every movie, best first; flat arrays, by index row."""

    def __init__(self, frame: pl.DataFrame) -> None:
        """Load the artifact.

        Raises:
            ReleaseCorruptError: ids and scores of a movie do not pair up.
        """
        counts = frame["neighbour_ids"].list.len()
        if not counts.equals(frame["scores"].list.len(), null_equal=True) or counts.has_nulls():
            raise ReleaseCorruptError("the neighbours' ids and scores do not pair up")
        self.movie_ids: NDArray[np.int64] = frame["movie_id"].to_numpy()
        self.owners: NDArray[np.int64] = np.repeat(self.movie_ids, counts.to_numpy())
        self.ids = _flat(frame["neighbour_ids"], pl.Int64)
        self._ends: NDArray[np.int64] = np.append(0, np.cumsum(counts.to_numpy()))

    def of(self, row: int, limit: int) -> list[int]:
        """Return the ids of the first `limit` neighbours of the movie at `row`."""
        start, end = int(self._ends[row]), int(self._ends[row + 1])
        ids: list[int] = self.ids[start : min(end, start + limit)].tolist()
        return ids


class Neighbourhood:
    """Immutable: replaced with its release, never changed.

    `is_same_model`: the stored neighbours were ranked with the weights that rank live.
    """

    def __init__(  # noqa: PLR0913  # the parts of a release
        self,
        titles: TitleTable,
        ranker: Ranker,
        stored: StoredNeighbours,
        profiles: Profiles | None,
        filters: FilterTable | None,
        *,
        is_same_model: bool,
    ) -> None:
        """Take the parts; row i of each but the titles is the same movie."""
        self.titles = titles
        self.ranker = ranker
        self.stored = stored
        self.search = Search(ranker)
        self.reasons = Reasons(profiles) if profiles is not None else None
        self.is_same_model = is_same_model
        self._profiles = profiles
        self._filters = filters
        self.rows = {movie_id: row for row, movie_id in enumerate(ranker.table.ids.tolist())}

    def __contains__(self, movie_id: int) -> bool:
        """Whether the release has this movie."""
        return movie_id in self.rows

    @property
    def profiles(self) -> Profiles:
        """What names the collections.

        Raises:
            ArtifactNotFoundError: the release was made before there were profiles.
        """
        if self._profiles is None:
            raise ArtifactNotFoundError("This release has no profiles: an older version built it.")
        return self._profiles

    @property
    def has_filters(self) -> bool:
        """Whether the release can be filtered."""
        return self._filters is not None

    @property
    def filters(self) -> FilterTable:
        """What filters read.

        Raises:
            ArtifactNotFoundError: the release was made before there was such a table.
        """
        if self._filters is None:
            raise ArtifactNotFoundError("This release has no filters: an older version built it.")
        return self._filters

    def stored_ids(self, movie_id: int, limit: int) -> list[int]:
        """Return the ids of the stored neighbours, best first: a look-up."""
        return self.stored.of(self.rows[movie_id], limit)

    def stored_rows(self, movie_id: int, limit: int) -> NDArray[np.int64]:
        """Return the rows of the stored neighbours, best first."""
        ids = self.stored_ids(movie_id, limit)
        return np.array([self.rows[each] for each in ids], dtype=np.int64)

    def live_ids(self, movie_id: int, *, least: int = 0) -> list[int]:
        """Search and rank now, with one FAISS thread; the first are what is stored.

        Where the candidates are fewer than `least`, the whole catalogue is ranked: slow.
        """
        found = self.search.rank(Wish([self.rows[movie_id]]), least=least)
        ids: list[int] = self.ranker.table.ids[found.rows].tolist()
        return ids


def load_neighbourhood(manifest: Manifest, artifacts: Mapping[str, Buffer]) -> Neighbourhood:
    """Read the artifacts and try them.

    Raises:
        ReleaseCorruptError: they do not belong together, or a canary answers otherwise.
    """
    table = RankingTable.from_frame(_table(artifacts, ArtifactName.RANKING))
    index = read_flat(memoryview(artifacts[ArtifactName.INDEX]))
    if index.size != len(table) or not index.size:
        raise ReleaseCorruptError(f"{index.size} vectors for {len(table)} movies")
    model = load_model()
    has_profiles = ArtifactName.PROFILES in artifacts
    neighbourhood = Neighbourhood(
        TitleTable.from_frame(_table(artifacts, ArtifactName.TITLES)),
        Ranker(index, table, model),
        StoredNeighbours(_table(artifacts, ArtifactName.NEIGHBOURS)),
        Profiles(_table(artifacts, ArtifactName.PROFILES)) if has_profiles else None,
        _filters(artifacts),
        is_same_model=manifest.vectors.ranking == model.version,
    )
    _check_ids(manifest, neighbourhood)
    _check_canaries(manifest, neighbourhood)
    return neighbourhood


def _filters(artifacts: Mapping[str, Buffer]) -> FilterTable | None:
    """The filters; of a release of the version before, those that its profiles allow."""
    if ArtifactName.FILTERS in artifacts:
        return FilterTable(_table(artifacts, ArtifactName.FILTERS))
    if ArtifactName.PROFILES in artifacts:
        return FilterTable(frame_of_profiles(_table(artifacts, ArtifactName.PROFILES)))
    return None


def _table(artifacts: Mapping[str, Buffer], name: str) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(artifacts[name]))


def _flat(lists: pl.Series, dtype: type[pl.DataType]) -> NDArray[np.generic]:
    return lists.explode(empty_as_null=False, keep_nulls=False).cast(dtype).to_numpy()


def _check_ids(manifest: Manifest, neighbourhood: Neighbourhood) -> None:
    """Every table is about the same movies, and no movie is its own neighbour."""
    ids, stored = neighbourhood.ranker.table.ids, neighbourhood.stored
    titles = neighbourhood.titles
    expected = manifest.counts.get(ArtifactName.MOVIES, len(ids))
    if len(ids) != expected or len(np.unique(ids)) != expected:
        raise ReleaseCorruptError(
            f"the index has {len(ids)} movies, not {expected} different ones"
        )
    if neighbourhood.reasons and not np.array_equal(ids, neighbourhood.profiles.ids):
        raise ReleaseCorruptError("the profiles are not in the order of the index")
    if neighbourhood.has_filters and neighbourhood.filters.ids.to_list() != ids.tolist():
        raise ReleaseCorruptError("the filters are not in the order of the index")
    if not np.array_equal(ids, stored.movie_ids):
        raise ReleaseCorruptError("the neighbours are not in the order of the index")
    if len(titles) != len(ids) or any(titles.movie(each) is None for each in ids.tolist()):
        raise ReleaseCorruptError("the title table does not cover the index")
    if not np.isin(stored.ids, ids).all():
        raise ReleaseCorruptError("a neighbour is not in the index")
    if (stored.ids == stored.owners).any():
        raise ReleaseCorruptError("a movie is its own neighbour")


def _check_canaries(manifest: Manifest, neighbourhood: Neighbourhood) -> None:
    """The canaries answer as the build saw it, stored and by a live search.

    A release ranked with other weights answers from what is stored; live it would differ.
    """
    if not neighbourhood.is_same_model:
        log().warning("ranking_model_differs", release_model=manifest.vectors.ranking)
    for canary in manifest.canaries:
        movie_id, expected = canary.movie_id, canary.neighbour_ids
        if movie_id not in neighbourhood:
            raise ReleaseCorruptError(f"canary {movie_id} is not in the index")
        answers = [neighbourhood.stored_ids(movie_id, len(expected))]
        if neighbourhood.is_same_model:
            answers.append(neighbourhood.live_ids(movie_id)[: len(expected)])
        if any(answer != expected for answer in answers):
            raise ReleaseCorruptError(f"canary {movie_id} has other neighbours than when built")
