from services.recommender.index import Neighbourhood, load_neighbourhood
from services.recommender.titles import live_titles, stored_titles
from shared.text import normalise
from shared.titles import TitledMovie
from tests.factories import artifacts_of, manifest_of, small_catalogue


def loaded(titles: list[str], movies: int) -> Neighbourhood:
    artifacts = artifacts_of(*small_catalogue(titles, movies=movies))
    return load_neighbourhood(manifest_of(artifacts), artifacts)


def asked(neighbourhood: Neighbourhood, title: str) -> TitledMovie:
    return neighbourhood.titles.resolve(title).movie


def test_stored_neighbours_equal_a_live_ranking_of_every_movie() -> None:
    neighbourhood = loaded([], 70)
    for movie_id in neighbourhood.ranker.table.ids.tolist():
        assert neighbourhood.stored_ids(movie_id, 50) == neighbourhood.live_ids(movie_id)[:50]


def test_titles_are_distinct_and_not_the_one_asked() -> None:
    neighbourhood = loaded(["Heat", "HEAT", "Héat", "Alien", "ALIEN"], 30)
    movie = asked(neighbourhood, "heat")
    keys = [normalise(title) for title in stored_titles(neighbourhood, movie)]
    assert len(keys) == len(set(keys)) == 5
    assert "heat" not in keys


def test_when_the_fifty_bear_one_title_the_rest_of_the_catalogue_is_ranked() -> None:
    neighbourhood = loaded(["Twin"] * 660, 666)
    movie = asked(neighbourhood, "Twin")
    assert len(stored_titles(neighbourhood, movie)) < 5
    titles = live_titles(neighbourhood, movie)
    assert len(set(titles)) == 5
    assert "Twin" not in titles


def test_a_tiny_catalogue_gives_what_it_has() -> None:
    neighbourhood = loaded(["A", "B", "b"], 3)
    assert live_titles(neighbourhood, asked(neighbourhood, "A")) == ["B"] or live_titles(
        neighbourhood, asked(neighbourhood, "A")
    ) == ["b"]
    assert live_titles(neighbourhood, asked(neighbourhood, "b")) == ["A"]
