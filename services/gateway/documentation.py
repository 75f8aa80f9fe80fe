"""What the OpenAPI document says besides the signatures: words, and what a route may answer."""

from importlib.metadata import version
from typing import Final

from litestar.openapi import ResponseSpec
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag
from msgspec import UNSET, UnsetType

from services.gateway.auth import KEY_HEADER
from shared.contracts.base import Wire
from shared.contracts.titles import TitleCandidate
from shared.http.problems import MEDIA_TYPE

# Either header does.
ADMIN_SECURITY = [{"api_key": list[str]()}, {"bearer": list[str]()}]
DESCRIPTION: Final = """\
A catalogue of movies, and what is like what, over HTTP.

Reads are open unless the installation closes them; the `ops` routes need a key, sent in
`X-API-Key` or as `Authorization: Bearer`. A key has a role, and each role may do what those
before it may: `read`, `operator`, `admin`. A key that is not known is refused everywhere. Every
refusal is a problem document (RFC 9457) whose `code` is stable. Answers name the release of the
catalogue that they come from in `X-Butaca-Release`, and carry an `ETag` that changes with it:
send it back in `If-None-Match` to get a 304. `X-Request-Id` comes back and stands in what is
logged about a request; one is made where none is sent. Unknown query parameters are refused. HEAD
works wherever GET does, and OPTIONS everywhere. Lists in a query repeat their parameter. Bodies
of more than 1 KB are compressed with gzip for those who accept it."""
TAGS: Final[dict[str, str]] = {
    "index": "What there is.",
    "preguntas": "The seven questions of the catalogue, asked and answered in Spanish.",
    "movies": "Movies: one, some by id, pages of many, those like one.",
    "titles": "Which film a title means, and what somebody is typing.",
    "search": "Movies by words, by meaning, or by both.",
    "people": "Actors and directors, their films, their success, whom they work with.",
    "stats": "Counts over the catalogue.",
    "recommendations": "Movies for a wish: some films, a text, filters, weights, variety.",
    "releases": "What a release of the catalogue tells of itself.",
    "ops": "Jobs, releases, files and keys, for operators: with a key.",
    "health": "Whether the process runs, and whether it can answer.",
}
# For parameters whose declaration has no words of its own.
PARAMETERS: Final[dict[str, str]] = {
    "Accept-Language": "Language of the answer where `lang` is not given: English or Spanish.",
    "average_max": "The average vote is at most this.",
    "average_min": "The average vote is at least this.",
    "base": "Number of the release to compare with; the one before where left out.",
    "budget_max": "The budget in dollars is known and at most this.",
    "budget_min": "The budget in dollars is known and at least this.",
    "by": "What to count by.",
    "collections": "The film belongs to one of these collections, by id.",
    "companies": "One of these companies made the film, by id.",
    "countries": "The film was made in one of these countries (ISO 3166-1, two letters).",
    "cursor": "Where to go on: the `next_cursor` of the page before, with the same question.",
    "date_max": "The film was released on this day or before.",
    "date_min": "The film was released on this day or later.",
    "dia": "Day of the week in Spanish or English, whatever its case and accents, or 1 to 7.",
    "exclude": "Ids of movies to leave out.",
    "fields": "Fields of each movie to answer; all the usual ones where not given.",
    "format": "Form of the file.",
    "genres_all": "The film has all of these genres, by their names in the catalogue.",
    "genres_any": "The film has one of these genres, by their names in the catalogue.",
    "genres_none": "The film has none of these genres.",
    "Idempotency-Key": "Any word of up to 200 visible ASCII characters, a new one for each wish.",
    "job_id": "Id of a job, such as `build-7`.",
    "key_id": "Id of an API key: what stands between its first two `_`.",
    "lang": "Language of the answer; else the one that `Accept-Language` prefers.",
    "languages": "The original language is one of these (ISO 639-1, two letters).",
    "limit": "How many to answer at most.",
    "mes": "Month in Spanish or English, whatever its case and accents, or 1 to 12.",
    "mode": "How to search: by words, by meaning, or by both.",
    "movie_id": "Id of the movie (TMDB).",
    "nombre_actor": "Name of an actor, whatever its case and accents.",
    "nombre_director": "Name of a director, whatever its case and accents.",
    "number": "Number of a release.",
    "offset": "How many to pass over first.",
    "order": "`asc` rises, `desc` falls.",
    "people": "One of these people acts in the film or directs it, by id.",
    "person_id": "Id of the person (TMDB).",
    "q": "What to look for.",
    "return_max": "Revenue over budget is known and at most this.",
    "return_min": "Revenue over budget is known and at least this.",
    "revenue_max": "The revenue in dollars is known and at most this.",
    "revenue_min": "The revenue in dollars is known and at least this.",
    "role": "What the person does in the film.",
    "runtime_max": "The film lasts at most this many minutes.",
    "runtime_min": "The film lasts at least this many minutes.",
    "sort": "What to sort by.",
    "table": "Which table.",
    "title": "Title of a film, whatever its case, accents, punctuation and leading article.",
    "titulo": "Title of a film, whatever its case and accents.",
    "votes_max": "At most this many people voted.",
    "votes_min": "At least this many people voted.",
    "year": "Year of release.",
    "year_max": "The film was released in this year or before.",
    "year_min": "The film was released in this year or later.",
}


class ProblemDocument(Wire, frozen=True):
    """An RFC 9457 problem; `code` is stable, more members depend on it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    parameter: str | UnsetType = UNSET
    suggestions: list[str] | UnsetType = UNSET
    candidates: list[TitleCandidate] | UnsetType = UNSET
    service: str | UnsetType = UNSET


def openapi_config() -> OpenAPIConfig:
    """What the document says of the whole; its pages are ours (`services.gateway.docs`)."""
    key = SecurityScheme(
        type="apiKey",
        name=KEY_HEADER,
        security_scheme_in="header",
        description="An API key, or the admin key of the server.",
    )
    bearer = SecurityScheme(
        type="http", scheme="bearer", description="The same keys, in the header Authorization."
    )
    return OpenAPIConfig(
        title="Butaca",
        version=version("butaca"),
        summary="Movies, and what is like them",
        description=DESCRIPTION,
        license=License(name="Apache 2.0", identifier="Apache-2.0"),
        tags=[Tag(name=name, description=words) for name, words in TAGS.items()],
        components=Components(security_schemes={"api_key": key, "bearer": bearer}),
        use_handler_docstrings=True,
        render_plugins=[JsonRenderPlugin()],
    )


def answers(body: object, *problems: int) -> dict[int, ResponseSpec]:
    """Declare the 200 of a route whose body is passed on as bytes, and its problems."""
    success = ResponseSpec(data_container=body, generate_examples=False, description="Answer")  # type: ignore[arg-type]  # any annotation
    return {200: success, **refusals(*problems)}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """Declare problem documents."""
    return {
        status: ResponseSpec(
            data_container=ProblemDocument,
            generate_examples=False,
            description="Problem",
            media_type=MEDIA_TYPE,
        )
        for status in statuses
    }
