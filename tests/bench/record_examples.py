"""Record real answers for the OpenAPI document: `python -m tests.bench.record_examples --url URL`.

Run it against a gateway that serves the demo (`make demo`); it writes
`services/gateway/examples.json`. With `--check` it compares instead, and fails where an answer has
changed in more than its scores, times and release.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx

import services.gateway

EXAMPLES: Final = Path(services.gateway.__file__).with_name("examples.json")


class Question(NamedTuple):
    """One request of a route, by method and path as the document has them."""

    route: str
    url: str
    body: dict[str, Any] | None = None


QUESTIONS: Final = (
    Question("GET /cantidad_filmaciones_mes", "/cantidad_filmaciones_mes?mes=enero"),
    Question("GET /cantidad_filmaciones_mes/{mes}", "/cantidad_filmaciones_mes/enero"),
    Question("GET /cantidad_filmaciones_dia", "/cantidad_filmaciones_dia?dia=lunes"),
    Question("GET /cantidad_filmaciones_dia/{dia}", "/cantidad_filmaciones_dia/lunes"),
    Question("GET /score_titulo", "/score_titulo?titulo=Toy%20Story"),
    Question("GET /score_titulo/{titulo}", "/score_titulo/Toy%20Story"),
    Question("GET /votos_titulo", "/votos_titulo?titulo=Face/Off"),
    Question("GET /votos_titulo/{titulo}", "/votos_titulo/Face/Off"),
    Question("GET /get_actor", "/get_actor?nombre_actor=Tom%20Hanks"),
    Question("GET /get_actor/{nombre_actor}", "/get_actor/Tom%20Hanks"),
    Question("GET /get_director", "/get_director?nombre_director=Sofia%20Coppola"),
    Question("GET /get_director/{nombre_director}", "/get_director/Sofia%20Coppola"),
    Question("GET /recomendacion", "/recomendacion?titulo=Toy%20Story"),
    Question("GET /recomendacion/{titulo}", "/recomendacion/Toy%20Story"),
    Question("GET /v1/movies", "/v1/movies?genres_any=Western&year_min=2000&sort=return&limit=2"),
    Question("GET /v1/movies/{movie_id}", "/v1/movies/370980"),
    Question(
        "POST /v1/movies/lookup",
        "/v1/movies/lookup",
        {"ids": [862, 754, 1], "fields": ["id", "title", "directors"]},
    ),
    Question(
        "GET /v1/movies/{movie_id}/similar",
        "/v1/movies/754/similar?genres_none=Horror&year_min=1990&limit=2",
    ),
    Question("GET /v1/stats/releases", "/v1/stats/releases?by=weekday&languages=es&lang=es"),
    Question("GET /v1/resolve", "/v1/resolve?title=Se7en"),
    Question("GET /v1/suggest", "/v1/suggest?q=godfa"),
    Question("GET /v1/search", "/v1/search?q=crouching%20tiger%20hiden%20dragon&limit=2"),
    Question("GET /v1/people", "/v1/people?q=pen%C3%A9lope%20cruz&limit=1"),
    Question("GET /v1/people/{person_id}", "/v1/people/31"),
    Question("GET /v1/people/{person_id}/movies", "/v1/people/488/movies?role=directing&limit=2"),
    Question(
        "POST /v1/recommendations",
        "/v1/recommendations",
        {
            "positive": ["Toy Story", 754],
            "negative": ["Finding Nemo"],
            "filters": {"genres_none": ["Horror"], "year_min": 1990},
            "diversity": 0.3,
            "limit": 2,
        },
    ),
    Question(
        "POST /v1/recommendations/batch",
        "/v1/recommendations/batch",
        {
            "requests": [
                {"text": "un robot aprende a querer", "limit": 1, "lang": "es"},
                {"positive": ["No Such Film"], "limit": 1},
            ]
        },
    ),
)
# What another build, or another moment, changes.
_CHANGING: Final = frozenset({"score", "raw_score", "contributions", "request_id"})


def main() -> None:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    with httpx.Client(base_url=arguments.url, timeout=20) as client:
        found = {question.route: _ask(client, question) for question in QUESTIONS}
    if not arguments.check:
        EXAMPLES.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
        print(f"{len(found)} examples in {EXAMPLES.name}")
        return
    recorded = json.loads(EXAMPLES.read_text("utf-8"))
    changed = [route for route in found if _lasting(found[route]) != _lasting(recorded.get(route))]
    print(f"{len(found) - len(changed)} of {len(found)} answers are as recorded")
    print("\n".join(changed))
    sys.exit(bool(changed))


def _ask(client: httpx.Client, question: Question) -> dict[str, Any]:
    """Ask; return the request and its answer."""
    method = question.route.split(" ", 1)[0]
    answer = client.request(method, question.url, json=question.body).raise_for_status()
    asked = {"url": question.url}
    if question.body is not None:
        asked["body"] = question.body
    return {**asked, "answer": answer.json()}


def _lasting(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """The value without what changes."""
    if isinstance(value, dict):
        return {key: _lasting(each) for key, each in value.items() if key not in _CHANGING}
    if isinstance(value, list):
        return [_lasting(each) for each in value]
    return value


if __name__ == "__main__":
    main()
