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
    862: "",
    27205: "",
    238: "",
    680: "",
    129: "",
    194: "",
    1417: "",
    78: "",
    348: "",
    289: "",
    539: "",
    346: "",
    598: "",
    653: "",
    603: "",
    754: "",
    807: "",
    25376: "",
    671: "",
    137: "",
}
HEAD: Final = """# Twenty films and what Butaca recommends for them

The first five of `GET /v1/movies/{{id}}/similar`, with their scores and reasons, from release
{release} of the Kaggle catalogue ({movies:,} films). Written by
`python -m tests.bench.list_recommendations`; the remarks are kept in that file.
"""


def main() -> None:
    """Ask for each film and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    url = parser.parse_args().url
    pages, release, movies = [], "", 0
    for place, (movie_id, remark) in enumerate(FILMS.items()):
        lang = "es" if place % 2 else "en"
        path = f"/v1/movies/{movie_id}/similar?limit={SHOWN}&lang={lang}"
        answer = urllib3.request("GET", url + path)
        found = msgspec.json.decode(answer.data, type=SimilarResponse)
        release, movies = answer.headers["X-Butaca-Release"], found.matching + 1
        pages.append(_page(found, remark))
    TARGET.write_text("\n".join([HEAD.format(release=release, movies=movies), *pages]), "utf-8")
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
