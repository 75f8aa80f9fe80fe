import datetime as dt

from services.queries.plans.actors import actor_success
from services.queries.plans.calendar_counts import count_by_month, count_by_weekday
from services.queries.plans.directors import director_success
from services.queries.plans.movie_details import movie_details
from tests.factories import cast_frame, directors_frame, movie, movies_frame

MOVIES = movies_frame(
    movie(1, "First", release_date=dt.date(2001, 1, 1), budget=100, revenue=250),
    movie(2, "Second", release_date=dt.date(1999, 1, 2), budget=0, revenue=250),
    movie(3, "Third", release_date=dt.date(1999, 3, 7), budget=300, revenue=100),
).lazy()


def test_months_and_weekdays_are_counted_over_all_years() -> None:
    assert count_by_month(MOVIES).collect().rows() == [(1, 2), (3, 1)]
    assert count_by_weekday(MOVIES).collect().rows() == [(1, 1), (6, 1), (7, 1)]


def test_success_is_the_sum_of_returns_and_the_mean_counts_every_film() -> None:
    cast = cast_frame((1, 7, "Ana"), (2, 7, "Ana"), (3, 7, "Ana"), (1, 8, "Bo"))
    rows = actor_success(cast.lazy(), MOVIES).collect().sort("key").to_dicts()
    assert rows == [
        {"key": "ana", "films": 3, "success": 2.8333, "mean_return": 0.9444, "name": "Ana"},
        {"key": "bo", "films": 1, "success": 2.5, "mean_return": 2.5, "name": "Bo"},
    ]


def test_one_film_counts_once_however_often_a_person_is_credited() -> None:
    cast = cast_frame((1, 7, "Ana"), (1, 7, "Ana"), (1, 99, "ANA"))
    row = actor_success(cast.lazy(), MOVIES).collect().row(0, named=True)
    assert (row["films"], row["success"]) == (1, 2.5)


def test_namesakes_are_merged_under_the_most_frequent_spelling() -> None:
    cast = cast_frame((1, 7, "JOSÉ RUIZ"), (2, 8, "José Ruiz"), (3, 9, "José Ruiz"))
    rows = actor_success(cast.lazy(), MOVIES).collect().to_dicts()
    assert [(row["name"], row["films"]) for row in rows] == [("José Ruiz", 3)]


def test_people_without_a_name_are_left_out() -> None:
    assert actor_success(cast_frame((1, 7, " ")).lazy(), MOVIES).collect().is_empty()


def test_a_director_has_films_by_date_then_id() -> None:
    movies = movies_frame(
        movie(5, "Same day", release_date=dt.date(1999, 1, 2)),
        movie(4, "Other", release_date=dt.date(1999, 1, 2)),
        movie(1, "Later", release_date=dt.date(2001, 1, 1), budget=100, revenue=250),
    )
    directors = directors_frame((1, 3, "Cy"), (5, 3, "Cy"), (4, 3, "Cy"), (4, 3, "Cy"))
    row = director_success(directors.lazy(), movies.lazy()).collect().row(0, named=True)
    assert [film["titulo"] for film in row["films"]] == ["Other", "Same day", "Later"]
    assert row["success"] == 2.5


def test_the_gain_is_null_when_budget_or_revenue_is_unknown() -> None:
    directors = directors_frame((1, 3, "Cy"), (2, 3, "Cy"), (3, 3, "Cy"))
    row = director_success(directors.lazy(), MOVIES).collect().row(0, named=True)
    shown = [
        (film["retorno"], film["costo"], film["ingresos"], film["ganancia"])
        for film in row["films"]
    ]
    assert shown == [(0.0, 0, 250, None), (0.3333, 300, 100, -200), (2.5, 100, 250, 150)]


def test_a_movie_is_shown_with_its_people_in_billing_order() -> None:
    cast = cast_frame((1, 7, "Ana"), (1, 8, "Bo")).reverse()
    directors = directors_frame((3, 3, "Cy"))
    rows = movie_details(MOVIES, cast.lazy(), directors.lazy()).collect().to_dicts()
    assert [person["name"] for person in rows[0]["cast"]] == ["Ana", "Bo"]
    assert rows[0]["directors"] == []
    assert rows[2]["directors"] == [{"person_id": 3, "name": "Cy"}]
    assert rows[0]["countries"] == [{"code": "US", "name": "United States of America"}]
    assert rows[0]["collection"] is None


def test_a_language_without_a_name_is_called_by_its_code() -> None:
    movies = movies_frame(movie(1, "A", spoken_languages=[{"iso_639_1": "xx", "name": None}]))
    row = movie_details(movies.lazy(), cast_frame().lazy(), directors_frame().lazy()).collect()
    assert row["languages"].to_list() == [[{"code": "xx", "name": "xx"}]]
