"""People: by name, one by id, and their movies."""

from butaca_client.answers.people import PeopleFound, PersonDetail, PersonMovies
from butaca_client.arguments import CreditSort, Order, Role, path_part
from butaca_client.calls.base import Calls


class PeopleCalls(Calls):
    """Actors and directors; namesakes are separate people."""

    def people(self, q: str, *, limit: int = 10, role: Role | None = None) -> PeopleFound:
        """People whose name holds every word of `q`, or its beginning; best match first."""
        return self._get(PeopleFound, "/v1/people", q=q, limit=limit, role=role)

    def person(self, person_id: int) -> PersonDetail:
        """One person, with success by return in each role and frequent collaborators."""
        return self._get(PersonDetail, f"/v1/people/{path_part(person_id)}")

    def person_movies(  # noqa: PLR0913  # all but the first by name
        self,
        person_id: int,
        *,
        role: Role | None = None,
        sort: CreditSort = "date",
        order: Order | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> PersonMovies:
        """Return the movies of a person, each once for each role; falling but for titles."""
        return self._get(
            PersonMovies,
            f"/v1/people/{path_part(person_id)}/movies",
            role=role,
            sort=sort,
            order=order,
            limit=limit,
            offset=offset,
        )
