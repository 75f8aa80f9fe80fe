"""What is said of a catalogue, and what is left unsaid."""

from datetime import date, timedelta

from shared.contracts.eda import Text
from tests.unit.worker.eda.frames import Row, cast, directors, funded, genres, movie, movies
from worker.eda.analysis import analyse
from worker.eda.comparison import Previous, Tables

NB = "\N{NO-BREAK SPACE}"
MONDAY = date(2001, 1, 8)
TOPICS = [
    "overview",
    "completeness",
    "calendar",
    "money",
    "quality",
    "outliers",
    "relations",
    "groups",
    "people",
    "trends",
    "changes",
]


def said(*rows: Row, before: list[Row] | None = None) -> dict[str, Text]:
    """The findings on a few movies by key."""
    previous = None
    if before is not None:
        previous = Previous(6, Tables(movies(*before), cast(), directors()), ["a.csv"])
    found = analyse(movies(*rows), cast(), directors(), previous).findings
    assert len({one.key for one in found}) == len(found)
    places = [TOPICS.index(one.topic) for one in found]
    assert places == sorted(places)
    return {one.key: one.text for one in found}


def on_days(*counts: int) -> list[Row]:
    """So many movies on each of the days that follow a Monday."""
    days = [day for day, count in enumerate(counts) for _ in range(count)]
    return [movie(n, release_date=MONDAY + timedelta(days=day)) for n, day in enumerate(days, 1)]


def test_one_movie_is_said_in_the_singular() -> None:
    found = said(movie(1, runtime=90.0))
    assert found["size"] == Text(
        es="El catálogo tiene 1 película, de 1995.", en="The catalogue has 1 film, from 1995."
    )
    assert found["without_votes"] == Text(
        es=f"1 película (100{NB}%) no tiene ningún voto, y por tanto tampoco nota.",
        en="1 film (100%) has no votes, and so no rating.",
    )
    assert found["known_budget"].es == "El presupuesto no se conoce en ninguna película."


def test_a_weekday_that_stands_out_is_named() -> None:
    found = said(*on_days(10, 15, 15, 15, 60, 15, 15))
    assert found["busy_weekday"] == Text(
        es=(
            f"El viernes concentra el 41{NB}% de los estrenos; con un reparto igual le tocaría "
            f"el 14{NB}%."
        ),
        en="Friday has 41% of the releases; an even share would be 14%.",
    )
    assert found["quiet_weekday"].es.startswith("El lunes es el día con menos estrenos")


def test_even_weekdays_and_few_movies_are_not_worth_a_word() -> None:
    assert "busy_weekday" not in said(*on_days(20, 20, 20, 20, 20, 20, 20))
    assert "busy_weekday" not in said(*on_days(0, 0, 0, 0, 50))


def test_placeholder_dates_explain_the_excess_of_january() -> None:
    first = [movie(n, release_date=date(2000, 1, 1)) for n in range(1, 61)]
    rest = [
        movie(100 + n, release_date=date(2001, 1, 2) + timedelta(days=3 * n)) for n in range(120)
    ]
    found = said(*first, *rest)
    assert found["placeholder_dates"].en == (
        "60 releases are dated 1 January, while any other day of the year has 0.329 on average: "
        "about 60 must be placeholder dates."
    )
    assert "sin el día 1 bajaría de 70 a 10 estrenos" in found["january_excess"].es
    assert "from 70 to 10 releases" in found["january_excess"].en
    assert "placeholder_dates" not in said(*rest)


def test_placeholders_may_leave_the_order_of_months_as_it_is() -> None:
    first = [movie(n, release_date=date(2000, 1, 1)) for n in range(1, 61)]
    rest = [movie(100 + n, release_date=date(2001, 1, 2 + n % 28)) for n in range(120)]
    found = said(*first, *rest)
    assert "placeholder_dates" in found
    assert "january_excess" not in found


def test_january_is_not_explained_where_it_does_not_lead() -> None:
    first = [movie(n, release_date=date(2000, 1, 1)) for n in range(1, 31)]
    march = [movie(100 + n, release_date=date(2001, 3, 1 + n % 28)) for n in range(90)]
    found = said(*first, *march)
    assert "placeholder_dates" in found
    assert "january_excess" not in found


def test_decades_and_months_that_do_not_stand_out_are_not_named() -> None:
    rows = [
        movie(n, release_date=date(1900 + n % 100, 1 + n % 12, 1 + n % 28)) for n in range(1, 601)
    ]
    found = said(*rows)
    assert not {"busy_decade", "busy_month", "busy_weekday"} & found.keys()


def test_the_figure_with_the_most_outliers_is_named_with_its_range() -> None:
    rows = [movie(n, runtime=100.0 + n % 2) for n in range(1, 41)]
    found = said(*rows, *(movie(50 + n, runtime=300.0) for n in range(5)))
    assert found["most_outliers"].es == (
        f"La duración es la cifra con más valores atípicos: 5 (el 11{NB}% de los conocidos) no "
        "están entre 98,5 y 102 minutos."
    )


def test_suspicious_money_is_named() -> None:
    found = said(funded(1, 1, 2_000_000, title="Heat"), funded(2, 10**6, 2 * 10**6))
    assert found["tiny_budget"] == Text(
        es=(
            f"1 película tiene un presupuesto de 1 a 999 dólares (el 50{NB}% de los conocidos), "
            "seguramente en miles o en millones: «Heat» (1995)."
        ),
        en=(
            "1 film has a budget of $1 to $999 (50% of those known), most likely in thousands or "
            "millions: “Heat” (1995)."
        ),
    )
    assert found["huge_return"].es == (
        f"1 película recaudó más de 1000 veces su presupuesto, hasta 2{NB}000{NB}000 veces; es "
        "«Heat» (1995)."
    )
    assert "tiny_revenue" not in found


def test_many_suspects_are_told_from_the_few_named() -> None:
    found = said(*(funded(n, 5, 10**6) for n in range(1, 6)))
    assert "tienen un presupuesto" in found["tiny_budget"].es
    assert "entre ellas, «Film 1» (1995), «Film 2» (1995) y «Film 3»" in found["tiny_budget"].es
    assert "the most extreme are" in found["huge_return"].en


def test_money_has_its_middle_and_its_losses() -> None:
    rows = [funded(n, 10**6, 10**5 * n) for n in range(1, 41)]
    found = said(*rows, funded(50, 10**6, 10**9))
    assert found["median_budget"].es == (
        f"El presupuesto mediano, donde se conoce, es de 1{NB}millón de dólares."
    )
    assert found["median_revenue"].es.startswith("Los ingresos medianos, donde se conocen, son")
    assert found["losses"].en.startswith("22% of the films")


def test_relations_are_told_with_their_direction() -> None:
    rows = [
        movie(n, budget=n, runtime=float(500 - n), vote_count=abs(2 * n - 113))
        for n in range(1, 113)
    ]
    found = said(*rows)
    assert "suelen ir en sentido contrario" in found["relation.budget.runtime"].es
    assert "relation.budget.revenue" not in found
    assert "hardly related" in found["weakest_relation"].en


def test_a_group_leads_only_when_ahead_of_the_next() -> None:
    drama = [movie(n, genres=genres("Drama", "War"), original_language="en") for n in (1, 2, 3)]
    found = said(*drama, movie(4, genres=genres("Drama"), original_language="xyz"))
    assert found["largest_genres"].es == (
        f"El género más frecuente es «Drama»: 4 películas, el 100{NB}%."
    )
    assert found["largest_original_language"].es.startswith(
        "El idioma original más frecuente es el inglés: 3"
    )
    assert "«Drama» y «War»: 3 películas" in found["genre_pair"].es
    assert "largest_genres" not in said(*drama)


def test_returns_of_genres_are_compared() -> None:
    rows = [
        funded(n, 100, 300 if n % 2 else 500, genres=genres("War" if n % 2 else "Drama"))
        for n in range(1, 81)
    ]
    assert "«Drama»: 5 veces el presupuesto, en 40" in said(*rows)["best_return_genres"].es


def test_people_who_lead_are_named() -> None:
    rows = [movie(n) for n in range(1, 5)]
    acting = cast((1, 7), (2, 7), (3, 7), (1, 8))
    directing = directors((1, 9), (2, 9), (3, 9), (4, 9), (1, 6))
    found = {one.key: one.text for one in analyse(movies(*rows), acting, directing).findings}
    assert found["busiest_actor"].en == "Person 7 appears in the most films: 3."
    assert found["busiest_director"].es == "Quien ha dirigido más películas es Person 9: 4."


def test_decades_are_compared_only_with_enough_behind_them() -> None:
    def decade(start: int, year: int, count: int, rating: float, cost: int) -> list[Row]:
        return [
            funded(
                start + n,
                cost,
                cost * 2,
                release_date=date(year, 6, 1 + n % 28),
                vote_average=rating,
                vote_count=60,
            )
            for n in range(count)
        ]

    old, new = decade(1, 1965, 100, 7.5, 10**6), decade(500, 2005, 100, 6.0, 10**7)
    found = said(*old, *new)
    assert found["rating_trend"].es == (
        "La nota mediana más alta es la de la década de 1960 (7,5) y la más baja, la de 2000 (6)."
    )
    assert f"de 1{NB}millón de dólares en la década de 1960" in found["budget_trend"].es
    assert "return_trend" not in found
    assert "rating_trend" not in said(*old[:99], *new)


def test_what_changed_is_said() -> None:
    before = [movie(1), movie(2), movie(3)]
    found = said(movie(1, budget=9_000), movie(2), movie(4), before=before)
    assert found["added"].es == ("Se añade 1 película respecto de la versión 6: «Film 4» (1995).")
    assert found["removed"].en == "1 film is removed against release 6: “Film 3” (1995)."
    assert found["changed"].es == "Cambia 1 película de las que ya estaban: «Film 1» (1995)."
    assert found["changed_column"].es.startswith("La columna que más cambia es «Presupuesto»")
    assert found["figure_with_budget"].en == "Films with a known budget go from 0 to 1."
    assert found["sources"].es == "Cambia el fichero de origen a.csv."


def test_nothing_changed_is_said_too() -> None:
    found = said(movie(1), before=[movie(1)])
    assert found["nothing_changed"].en == "No film differs from release 6."
    assert "nothing_changed" not in said(movie(1))
