"""Three real answers over HTTP, printed for whoever tries the product."""

from urllib.parse import quote

from rich.console import Console

from cli.errors import CommandError
from cli.ops import OpsClient

# The first title that the catalogue has is shown.
RECOMMENDATIONS = ("recomendacion/Inception", "recomendacion/Avatar")
OTHERS = ("cantidad_filmaciones_mes/enero", "get_director/Christopher Nolan")
MAX_SHOWN = 600


def print_answers(client: OpsClient, url: str, console: Console) -> None:
    """Ask the three questions and print each address with its answer."""
    for alternatives in (RECOMMENDATIONS, *((path,) for path in OTHERS)):
        path, body = _first_answer(client, alternatives)
        shown = body if len(body) <= MAX_SHOWN else f"{body[:MAX_SHOWN]} …"
        for line in (f"GET {url}{path}", f"  {shown}"):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    for line in ("", f"Every route: {url}/docs", "Ctrl-C stops everything."):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _first_answer(client: OpsClient, alternatives: tuple[str, ...]) -> tuple[str, str]:
    path = problem = ""
    for alternative in alternatives:
        path = "/" + quote(alternative)
        try:
            return path, client.answer(path)
        except CommandError as error:
            problem = str(error)
    return path, problem
