"""One module per family of routes: argument in, one look-up, contract out."""

from typing import Final

from services.queries.controllers import movies, people, questions, releases, search, titles

ROUTES: Final = [
    *questions.ROUTES,
    *movies.ROUTES,
    *people.ROUTES,
    *releases.ROUTES,
    *search.ROUTES,
    *titles.ROUTES,
]
