"""One module per family of routes: argument in, one look-up, contract out."""

from typing import Final

from services.queries.controllers import movies, questions, releases

ROUTES: Final = [*questions.ROUTES, *movies.ROUTES, *releases.ROUTES]
