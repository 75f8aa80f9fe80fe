"""Loading a release: what does not belong together is refused, what is older is served."""

from collections.abc import Callable

import msgspec
import polars as pl
import pytest

from services.recommender.index import Neighbourhood, load_neighbourhood
from shared.contracts.releases import ArtifactName, Canary, Manifest
from shared.errors import ArtifactNotFoundError, ReleaseCorruptError
from tests.factories import artifacts_of, manifest_of, parquet, read_table, small_catalogue

Artifacts = dict[str, bytes]
Change = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="module")
def artifacts() -> Artifacts:
    return artifacts_of(*small_catalogue(movies=12))


def load(artifacts: Artifacts, manifest: Manifest | None = None) -> Neighbourhood:
    return load_neighbourhood(manifest or manifest_of(artifacts), artifacts)


def changed(artifacts: Artifacts, name: str, change: Change) -> Artifacts:
    return artifacts | {name: parquet(change(read_table(artifacts, name)))}


def with_first(values: pl.Expr) -> Change:
    """Change the list of neighbours of the first movie."""
    return lambda table: table.with_columns(
        neighbour_ids=pl.when(pl.col("movie_id") == table["movie_id"][0])
        .then(values)
        .otherwise("neighbour_ids")
    )


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (ArtifactName.RANKING, lambda t: t.head(11), "12 vectors for 11 movies"),
        (ArtifactName.PROFILES, lambda t: t.reverse(), "profiles are not in the order"),
        (ArtifactName.FILTERS, lambda t: t.reverse(), "filters are not in the order"),
        (ArtifactName.NEIGHBOURS, lambda t: t.reverse(), "neighbours are not in the order"),
        (ArtifactName.TITLES, lambda t: t.head(11), "title table does not cover"),
        (
            ArtifactName.NEIGHBOURS,
            with_first(pl.concat_list(pl.lit(999), pl.col("neighbour_ids").list.slice(1))),
            "a neighbour is not in the index",
        ),
        (
            ArtifactName.NEIGHBOURS,
            with_first(pl.concat_list("movie_id", pl.col("neighbour_ids").list.slice(1))),
            "a movie is its own neighbour",
        ),
        (
            ArtifactName.NEIGHBOURS,
            with_first(pl.col("neighbour_ids").list.head(3)),
            "do not pair up",
        ),
        (
            ArtifactName.NEIGHBOURS,
            with_first(pl.col("neighbour_ids").list.reverse()),
            "canary 1 has other neighbours",
        ),
    ],
)
def test_tables_that_do_not_belong_together_are_refused(
    artifacts: Artifacts, name: str, change: Change, words: str
) -> None:
    manifest = manifest_of(artifacts)
    with pytest.raises(ReleaseCorruptError, match=words):
        load(changed(artifacts, name, change), manifest)


def test_another_number_of_movies_than_the_manifest_says_is_refused(artifacts: Artifacts) -> None:
    manifest = manifest_of(artifacts)
    counts = manifest.counts | {"movies": 13}
    with pytest.raises(ReleaseCorruptError, match="12 movies, not 13"):
        load(artifacts, msgspec.structs.replace(manifest, counts=counts))


def test_a_canary_that_is_not_there_is_refused(artifacts: Artifacts) -> None:
    canary = Canary(movie_id=999, neighbour_ids=[1])
    manifest = msgspec.structs.replace(manifest_of(artifacts), canaries=[canary])
    with pytest.raises(ReleaseCorruptError, match="canary 999 is not in the index"):
        load(artifacts, manifest)


def test_a_release_ranked_with_other_weights_is_served_as_it_is_stored(
    artifacts: Artifacts,
) -> None:
    manifest = manifest_of(artifacts)
    other = msgspec.structs.replace(manifest.vectors, ranking="other")
    found = load(artifacts, msgspec.structs.replace(manifest, vectors=other))
    assert not found.is_same_model
    assert found.stored_ids(1, 5) == manifest.canaries[0].neighbour_ids


def test_an_older_release_is_served_without_what_it_lacks(artifacts: Artifacts) -> None:
    lacking = {name: data for name, data in artifacts.items() if name != ArtifactName.FILTERS}
    manifest = manifest_of(artifacts)
    # Its profiles say enough to filter by.
    assert load(lacking, manifest).filters.ids.to_list() == list(range(1, 13))
    del lacking[ArtifactName.PROFILES]
    found = load(lacking, manifest)
    assert (found.has_filters, found.reasons) == (False, None)
    for part in ("filters", "profiles"):
        with pytest.raises(ArtifactNotFoundError, match=f"has no {part}"):
            getattr(found, part)


def test_a_movie_is_found_by_its_id(artifacts: Artifacts) -> None:
    found = load(artifacts)
    assert 1 in found
    assert 13 not in found
