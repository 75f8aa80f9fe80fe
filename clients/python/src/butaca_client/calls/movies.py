"""Movies: one, pages, some by id, all that pass a filter, counts."""

from collections.abc import Collection, Iterator
from typing import Unpack

from butaca_client.answers.movies import (
    LookupResponse,
    Movie,
    MovieItem,
    MoviePage,
    ReleaseCounts,
)
from butaca_client.arguments import (
    FilterArgs,
    Lang,
    MovieField,
    MovieSort,
    Order,
    Period,
    path_part,
)
from butaca_client.calls.base import Calls


class MovieCalls(Calls):
    """The catalogue."""

    def movie(self, movie_id: int) -> Movie:
        """One movie with everything the catalogue knows of it."""
        return self._get(Movie, f"/v1/movies/{path_part(movie_id)}")

    def movies(
        self,
        *,
        sort: MovieSort = "votes",
        order: Order | None = None,
        limit: int = 20,
        cursor: str | None = None,
        fields: Collection[MovieField] | None = None,
        **filters: Unpack[FilterArgs],
    ) -> MoviePage:
        """Return a page of the movies that pass the filters, sorted; falling but for titles."""
        return self._get(
            MoviePage,
            "/v1/movies",
            sort=sort,
            order=order,
            limit=limit,
            cursor=cursor,
            fields=fields,
            **filters,
        )

    def iter_movies(
        self,
        *,
        sort: MovieSort = "votes",
        order: Order | None = None,
        limit: int = 100,
        fields: Collection[MovieField] | None = None,
        **filters: Unpack[FilterArgs],
    ) -> Iterator[MovieItem]:
        """Every movie that passes the filters, page by page of `limit`, asked for as needed."""
        cursor: str | None = None
        while True:
            page = self.movies(
                sort=sort, order=order, limit=limit, cursor=cursor, fields=fields, **filters
            )
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def lookup(
        self, ids: Collection[int], *, fields: Collection[MovieField] = ()
    ) -> LookupResponse:
        """Up to two hundred movies by id, in the order asked."""
        return self._post(LookupResponse, "/v1/movies/lookup", {"ids": ids, "fields": fields})

    def release_counts(
        self, by: Period = "year", *, lang: Lang | None = None, **filters: Unpack[FilterArgs]
    ) -> ReleaseCounts:
        """How many of the movies that pass the filters were released in each period."""
        return self._get(ReleaseCounts, "/v1/stats/releases", by=by, lang=lang, **filters)
