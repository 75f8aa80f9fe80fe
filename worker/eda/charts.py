"""All figures of the page by section; each chart module draws its own."""

from shared.contracts.eda import Analysis
from worker.eda.chart_columns import (
    draw_completeness,
    draw_correlation,
    draw_distributions,
    draw_outliers,
)
from worker.eda.chart_figure import Figure
from worker.eda.chart_groups import draw_changes, draw_genres, draw_groups, draw_people
from worker.eda.chart_time import draw_calendar, draw_trends
from worker.eda.words import Lang


def draw_figures(analysis: Analysis, lang: Lang) -> dict[str, list[Figure]]:
    """Return the figures of each section that has some, in the order of the page.

    A figure without data says so instead of drawing; the same analysis gives the same bytes.
    """
    changes = analysis.comparison.columns if analysis.comparison else []
    return {
        "completeness": [draw_completeness(lang, analysis.columns)],
        "distributions": draw_distributions(lang, analysis),
        "calendar": draw_calendar(lang, analysis.calendar),
        "outliers": [draw_outliers(lang, analysis)],
        "relations": [draw_correlation(lang, analysis.correlation)],
        "groups": draw_groups(lang, analysis.groups),
        "people": [
            draw_people(lang, "actors", analysis.actors),
            draw_people(lang, "directors", analysis.directors),
        ],
        "genres": [draw_genres(lang, analysis.cooccurrence)],
        "trends": draw_trends(lang, analysis.decades),
        "changes": [draw_changes(lang, changes)] if changes else [],
    }
