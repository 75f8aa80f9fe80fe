"""What any stored release carries, live or not: build report, score card, clean tables.

Blocking: each call asks the store.
"""

import io
import threading
from typing import Final, NamedTuple

import msgspec
import polars as pl

from services.queries.plans.exported_tables import as_csv, without_keys
from shared.contracts.releases import ArtifactName, Manifest, ReleaseRef
from shared.contracts.reports import BuildReport, QuarantinePage, ReportResponse
from shared.contracts.scorecards import ScoreCard, ScoreCardResponse
from shared.errors import ArtifactNotFoundError, ReleaseCorruptError, ReleaseNotFoundError
from shared.releases.store import ReleaseStore

TABLES: Final = {
    "movies": ArtifactName.MOVIES,
    "cast": ArtifactName.CAST,
    "directors": ArtifactName.DIRECTORS,
}


class Found(NamedTuple):
    """A stored release, and why it was refused if it was."""

    ref: ReleaseRef
    manifest: Manifest
    is_live: bool
    refused: list[str]


class ReleaseArchive:
    """Reads releases by number."""

    def __init__(self, store: ReleaseStore) -> None:
        """Read from `store`."""
        self._store = store
        self._reading = threading.Lock()
        self._report: tuple[ReleaseRef, BuildReport] | None = None

    def report(self, number: int, *, offset: int, limit: int) -> ReportResponse:
        """Return the build report of a release, with some of its quarantined rows.

        Raises:
            ReleaseNotFoundError: no such release is stored.
            ArtifactNotFoundError: it was made before there were reports.
        """
        found = self._find(number)
        report = self._read_report(found)
        return ReportResponse(
            release=found.ref.label,
            number=number,
            created_at=found.manifest.created_at,
            is_live=found.is_live,
            refused=found.refused,
            counts=found.manifest.counts,
            sources=report.sources,
            steps=report.steps,
            coercions=report.coercions,
            unmatched=report.unmatched,
            duplicates=report.duplicates,
            quarantine=_page(report, offset, limit),
        )

    def scorecard(self, number: int) -> ScoreCardResponse:
        """Return the score card of a release.

        Raises:
            ReleaseNotFoundError: no such release is stored.
            ArtifactNotFoundError: it was made before there were score cards.
        """
        found = self._find(number)
        data = self._artifact(found, ArtifactName.SCORECARD)
        return ScoreCardResponse(
            release=found.ref.label,
            number=number,
            created_at=found.manifest.created_at,
            is_live=found.is_live,
            refused=found.refused,
            card=msgspec.json.decode(data, type=ScoreCard),
        )

    def table(self, number: int, table: str, *, is_csv: bool) -> tuple[str, bytes]:
        """Return the label of a release and one of its tables, as Parquet or CSV.

        Raises:
            ReleaseNotFoundError: no such release is stored.
        """
        found = self._find(number)
        # One at a time: each holds a table three times over.
        with self._reading:
            data = self._artifact(found, TABLES[table])
            frame = without_keys(pl.read_parquet(io.BytesIO(data)))
            target = io.BytesIO()
            if is_csv:
                # The mark lets spreadsheets read the accents.
                as_csv(frame).write_csv(target, include_bom=True)
            else:
                frame.write_parquet(target)
            return found.ref.label, target.getvalue()

    def _read_report(self, found: Found) -> BuildReport:
        """Read a report, or take the one that was read last."""
        if self._report is not None and self._report[0] == found.ref:
            return self._report[1]
        data = self._artifact(found, ArtifactName.REPORT)
        report = msgspec.json.decode(data, type=BuildReport)
        self._report = found.ref, report
        return report

    def _find(self, number: int) -> Found:
        live, candidate = self._store.live(), self._store.candidate()
        refused = {candidate.ref: candidate.reasons} if candidate else {}
        for ref in [*self._store.kept(), *refused]:
            if ref.number == number:
                manifest = self._store.manifest(ref)
                return Found(ref, manifest, ref == live, refused.get(ref, []))
        raise ReleaseNotFoundError(f"Release {number} is not stored.")

    def _artifact(self, found: Found, name: str) -> bytearray:
        if name not in found.manifest.artifacts:
            raise ArtifactNotFoundError(
                f"Release {found.ref.number} has no {name}: an older version built it."
            )
        try:
            return self._store.artifact(found.manifest, name)
        except ReleaseCorruptError:
            # It may have been collected between the two calls.
            self._find(found.ref.number)
            raise


def _page(report: BuildReport, offset: int, limit: int) -> QuarantinePage:
    """Cut one page out of the quarantine."""
    total, end = len(report.quarantine), offset + limit
    return QuarantinePage(
        total=total,
        offset=offset,
        items=report.quarantine[offset:end],
        next_offset=end if end < total else None,
    )
