"""What a release tells of itself, and whether the service is well."""

from typing import Any, Literal

from butaca_client.answers.analysis import Analysis
from butaca_client.answers.releases import HealthReport, ReportResponse, ScoreCardResponse
from butaca_client.arguments import Table, TableFormat, path_part
from butaca_client.calls.base import Calls, decode, target_of
from butaca_client.transport import Question

_READY = frozenset({200, 503})


class ReleaseCalls(Calls):
    """Reports, figures and tables."""

    def eda(self) -> Analysis:
        """Return the exploratory analysis of the live release."""
        return self._get(Analysis, "/v1/eda")

    def eda_page(self, lang: Literal["es", "en"] = "es") -> str:
        """Return the same as an HTML page, in Spanish or English."""
        question = Question("GET", target_of("/eda", {"lang": lang}))
        return self._transport.ask(question).decode()

    def report(self, number: int, *, offset: int = 0, limit: int = 100) -> ReportResponse:
        """What a build did to its input, with some of the quarantined rows."""
        path = f"/v1/releases/{path_part(number)}/report"
        return self._get(ReportResponse, path, offset=offset, limit=limit)

    def scorecard(self, number: int) -> ScoreCardResponse:
        """How good the stored recommendations of a release are."""
        return self._get(ScoreCardResponse, f"/v1/releases/{path_part(number)}/scorecard")

    def table(
        self,
        number: int,
        table: Table,
        *,
        format: TableFormat = "parquet",  # noqa: A002  # the public name
    ) -> bytes:
        """One clean table as the bytes of a file; needs the admin key."""
        path = f"/v1/releases/{path_part(number)}/tables/{path_part(table)}"
        question = Question("GET", target_of(path, {"format": format}), is_slow=True)
        return self._transport.ask(question)

    def health(self) -> HealthReport:
        """Whether the service can answer, and what is wrong if not; a 503 is an answer here."""
        question = Question("GET", "/health/ready", accepted=_READY)
        return decode(HealthReport, question.target, self._transport.ask(question))

    def live(self) -> HealthReport:
        """Whether the process runs at all."""
        return self._get(HealthReport, "/health/live")

    def index(self) -> dict[str, Any]:
        """Name the routes."""
        return self._get(dict[str, Any], "/")
