"""What is worth saying of an analysis, said from its numbers and only where they support it."""

from collections.abc import Callable, Iterator
from typing import Final

from shared.contracts.eda import Analysis, Finding
from worker.eda.findings_calendar import tell_months, tell_weekdays, tell_years
from worker.eda.findings_catalogue import (
    tell_columns,
    tell_missing,
    tell_ratings,
    tell_size,
    tell_votes,
)
from worker.eda.findings_changes import tell_changes
from worker.eda.findings_money import (
    tell_huge_returns,
    tell_known_money,
    tell_median_money,
    tell_most_outliers,
    tell_tiny_money,
)
from worker.eda.findings_relations import (
    tell_best_returns,
    tell_genre_pair,
    tell_largest_groups,
    tell_people,
    tell_relations,
)
from worker.eda.findings_trends import tell_other_trends, tell_rating_trend

# In the order of the report.
TELLERS: Final[tuple[Callable[[Analysis], Iterator[Finding]], ...]] = (
    tell_size,
    tell_columns,
    tell_missing,
    tell_weekdays,
    tell_months,
    tell_years,
    tell_known_money,
    tell_median_money,
    tell_votes,
    tell_ratings,
    tell_tiny_money,
    tell_huge_returns,
    tell_most_outliers,
    tell_relations,
    tell_largest_groups,
    tell_best_returns,
    tell_genre_pair,
    tell_people,
    tell_rating_trend,
    tell_other_trends,
    tell_changes,
)


def find_findings(draft: Analysis) -> list[Finding]:
    """List the findings of an analysis that has none yet, section by section."""
    return [finding for tell in TELLERS for finding in tell(draft)]
