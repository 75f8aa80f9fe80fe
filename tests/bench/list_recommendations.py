"""Writes docs/recommendations.md: twenty films with what a running Butaca recommends for them.

Run against a gateway that serves the full Kaggle catalogue:
`python -m tests.bench.list_recommendations --url http://127.0.0.1:8000`.
"""

import argparse
from pathlib import Path
from typing import Final

import msgspec
import urllib3

from shared.contracts.recommendations import SimilarResponse

TARGET: Final = Path(__file__).parents[2] / "docs" / "recommendations.md"
SHOWN: Final = 5
# A film's id, and what is to be said of its list.
FILMS: Final[dict[int, str]] = {
    862: (
        "The two sequels, then the studio and its rivals of the same years. *Aladdin* comes "
        "by an extra's voice and by genre, which is thin as a reason and right as a film."
    ),
    27205: (
        "All Nolan. Right for who comes for the director; a higher `diversity` mixes in "
        "*Shutter Island* and *The Matrix*."
    ),
    238: (
        "The saga, Coppola, Pacino. *12 Angry Men* is there as the other classic that the "
        "same people rate alike; its shared actor has a bit part."
    ),
    680: (
        "Tarantino first. *Die Hard* is the weak one: Bruce Willis and an audience of the "
        "same size carry it."
    ),
    129: ("Five by Miyazaki, as it should be."),
    194: (
        "*A Very Long Engagement*, the same director and actress, ought to stand higher: far "
        "fewer people voted for it, and likeness of audience counts. *The Pianist* is the "
        "weak one."
    ),
    1417: (
        "The weakest list here. Del Toro's films are there, but *Million Dollar Baby* and *No"
        " Country for Old Men* share years, rating and audience only, and their reasons say "
        "so. With `languages=es` the list is *The Secret in Their Eyes*, *The Orphanage*, "
        "*Volver*, *The Devil's Backbone*."
    ),
    78: ("Ridley Scott, Harrison Ford and the science fiction of those years."),
    348: ("Three of the saga, then the horror films of the same years."),
    289: (
        "Hollywood of the forties with Bogart and Bergman. *Modern Times* shares rating and "
        "audience alone."
    ),
    539: (
        "Five by Hitchcock; the export lists his walk-on parts as cast, hence one of the reasons."
    ),
    346: ("Five by Kurosawa with Mifune and Shimura."),
    598: (
        "The two *Elite Squad* films are what one hopes for. Few Brazilian films have as many"
        " votes, so others that are rated alike follow."
    ),
    653: (
        "German expressionism, and the *Dracula* that retells it: found with hardly any votes"
        " to go by."
    ),
    603: (
        "Both sequels, then *Star Wars*, which has no person in common with it, only genre, "
        "rating and audience."
    ),
    754: ("Nicolas Cage, John Travolta and John Woo in the action films of the same years."),
    807: (
        "Thrillers of the nineties with Brad Pitt, Kevin Spacey, or by Fincher. *Ocean's "
        "Eleven* is the weak one."
    ),
    25376: (
        "Spanish-language dramas of those years. *Wild Tales* has the same lead, but the export "
        "lists another film's cast for it, so country and language alone bring it in."
    ),
    137: (
        "Bill Murray and Harold Ramis. The time loop is a matter of plot, which weighs less here "
        "than people, genres and audience: no other film that repeats a day is among the five."
    ),
}
HEAD: Final = """# Twenty films and what Butaca recommends for them

The first five of `GET /v1/movies/{{id}}/similar`, with their scores and reasons, from release
{release} of the Kaggle catalogue. Written by
`python -m tests.bench.list_recommendations`; the remarks are kept in that file.
"""


def main() -> None:
    """Ask for each film and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    url = parser.parse_args().url
    pages, release = [], ""
    for place, (movie_id, remark) in enumerate(FILMS.items()):
        lang = "es" if place % 2 else "en"
        path = f"/v1/movies/{movie_id}/similar?limit={SHOWN}&lang={lang}"
        answer = urllib3.request("GET", url + path)
        found = msgspec.json.decode(answer.data, type=SimilarResponse)
        release = answer.headers["X-Butaca-Release"]
        pages.append(_page(found, remark))
    TARGET.write_text("\n".join([HEAD.format(release=release), *pages]), "utf-8")
    print(f"{TARGET}: {len(pages)} films")


def _page(found: SimilarResponse, remark: str) -> str:
    """One film."""
    lines = [f"## {found.movie.title} ({found.movie.year})", ""]
    lines += ["| score | film | reason |", "|---|---|---|"]
    lines += [
        f"| {item.score:.4f} | {item.title} ({item.year}) | {item.reason} |"
        for item in found.items
    ]
    return "\n".join([*lines, "", *([remark, ""] if remark else [])])


if __name__ == "__main__":
    main()
