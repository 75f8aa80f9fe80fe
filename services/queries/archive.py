"""What any stored release carries (report, score card, clean tables), and how two differ.

Blocking: each call asks the store.
"""

import io
import threading
from typing import Final, NamedTuple

import polars as pl

from services.queries.differences import (
    NEIGHBOUR_COLUMNS,
    NOTHING_DIFFERS,
    MovieDifferences,
    Sides,
    compare_movies,
    compare_neighbours,
    unmoved,
)
from services.queries.plans.exported_tables import as_csv, without_keys
from shared.contracts.differences import NeighbourMovement, ReleaseDifference
from shared.contracts.releases import ArtifactName, Manifest, ReleaseRef
from shared.contracts.reports import BuildReport, QuarantinePage, ReportResponse
from shared.contracts.scorecards import ScoreCard, ScoreCardResponse
from shared.decoding import decode_json
from shared.errors import ArtifactNotFoundError, ReleaseCorruptError, ReleaseNotFoundError
from shared.releases.store import ReleaseStore
from shared.telemetry import log

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
            card=decode_json(data, ScoreCard),
        )

    def table(self, number: int, table: str, *, is_csv: bool) -> tuple[str, bytes]:
        """Return the label of a release and one of its tables, as Parquet or CSV.

        Raises:
            ReleaseNotFoundError: no such release is stored.
        """
        found = self._find(number)
        # One at a time: each holds a table three times over.
        with self._reading:
            frame = self._table(found, table)
            target = io.BytesIO()
            if is_csv:
                # The mark lets spreadsheets read the accents.
                as_csv(frame).write_csv(target, include_bom=True)
            else:
                frame.write_parquet(target)
            return found.ref.label, target.getvalue()

    def difference(self, number: int, base: int | None) -> ReleaseDifference:
        """Return what changed from release `base` to another; None is the published one before.

        What both share by digest is not read.

        Raises:
            ReleaseNotFoundError: one of them is not stored, or there is none before.
        """
        found = self._find(number)
        before = self._find(self._number_before(number) if base is None else base)
        # One at a time: each holds two catalogues.
        with self._reading:
            movies = self._compare_movies(before, found)
            neighbours = self._compare_neighbours(before, found)
        return ReleaseDifference(
            base=before.ref.label,
            release=found.ref.label,
            **movies._asdict(),
            neighbours=neighbours,
        )

    def _number_before(self, number: int) -> int:
        numbers = [ref.number for ref in self._store.kept() if ref.number < number]
        if not numbers:
            raise ReleaseNotFoundError(f"No release before {number} is stored: name one.")
        return max(numbers)

    def _compare_movies(self, before: Found, after: Found) -> MovieDifferences:
        differing = [name for name in TABLES if not _is_shared(before, after, TABLES[name])]
        if not differing:
            return NOTHING_DIFFERS
        movies = self._table(after, "movies")
        return compare_movies(
            Sides(self._table(before, "movies") if "movies" in differing else movies, movies),
            {
                name: Sides(self._table(before, name), self._table(after, name))
                for name in differing
                if name != "movies"
            },
        )

    def _compare_neighbours(self, before: Found, after: Found) -> NeighbourMovement:
        if _is_shared(before, after, ArtifactName.NEIGHBOURS):
            return unmoved(after.manifest.counts.get(ArtifactName.MOVIES, 0))
        try:
            return compare_neighbours(
                Sides(*(self._neighbours(found) for found in (before, after)))
            )
        except (ArtifactNotFoundError, ReleaseCorruptError, pl.exceptions.PolarsError) as error:
            log().warning("neighbours_not_compared", reason=str(error))
            return NeighbourMovement(movies=0, same=None, kept=None)

    def _table(self, found: Found, table: str) -> pl.DataFrame:
        return without_keys(pl.read_parquet(io.BytesIO(self._artifact(found, TABLES[table]))))

    def _neighbours(self, found: Found) -> pl.DataFrame:
        data = self._artifact(found, ArtifactName.NEIGHBOURS)
        return pl.read_parquet(io.BytesIO(data), columns=list(NEIGHBOUR_COLUMNS))

    def _read_report(self, found: Found) -> BuildReport:
        """Read a report, or take the one that was read last."""
        if self._report is not None and self._report[0] == found.ref:
            return self._report[1]
        data = self._artifact(found, ArtifactName.REPORT)
        report = decode_json(data, BuildReport)
        self._report = found.ref, report
        return report

    def _find(self, number: int) -> Found:
        inventory = self._store.inventory()
        ref = inventory.find(number)
        candidate, status = inventory.candidate, inventory.status(ref)
        refused = candidate.reasons if candidate and status == "candidate" else []
        return Found(ref, self._store.manifest(ref), status == "live", refused)

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


def _is_shared(before: Found, after: Found, name: str) -> bool:
    """Whether both have the same artifact of this name."""
    one, other = before.manifest.artifacts.get(name), after.manifest.artifacts.get(name)
    return one is not None and other is not None and one.sha256 == other.sha256


def _page(report: BuildReport, offset: int, limit: int) -> QuarantinePage:
    """Cut one page out of the quarantine."""
    total, end = len(report.quarantine), offset + limit
    return QuarantinePage(
        total=total,
        offset=offset,
        items=report.quarantine[offset:end],
        next_offset=end if end < total else None,
    )
