"""The report page: one document per language that needs nothing beside itself.

Only the layout of what the analysis says; the figures come from `worker.eda.charts`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import jinja2

from shared.contracts.eda import Analysis, Finding
from worker.eda.chart_figure import Figure
from worker.eda.chart_numbers import moment, number
from worker.eda.chart_tables import (
    NamedTable,
    changes_tables,
    columns_table,
    outlier_tables,
)
from worker.eda.charts import draw_figures
from worker.eda.words import HOMES, LANGS, TOPICS, Lang, pick, say


class PageFacts(NamedTuple):
    """What the page says about the release that the analysis does not know.

    `raw_rows` and `quarantined` are those of the movies file.
    """

    release: int
    created_at: datetime
    sources: Sequence[str]
    raw_rows: int
    quarantined: int


class Section(NamedTuple):
    """One section of the page; `facts` are (what, figure)."""

    key: str
    title: str
    intro: str
    facts: list[tuple[str, str]]
    findings: list[str]
    figures: list[Figure]
    tables: list[NamedTable]


def render_pages(analysis: Analysis, facts: PageFacts) -> dict[Literal["es", "en"], str]:
    """Return the whole HTML document in each language; equal input gives equal bytes."""
    template = _templates().get_template("page.html.j2")
    return {lang: _render(template, analysis, facts, lang) for lang in LANGS}


def _templates() -> jinja2.Environment:
    """The templates of this package; whatever they are given is escaped."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("worker.eda"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(template: jinja2.Template, analysis: Analysis, facts: PageFacts, lang: Lang) -> str:
    """The document in one language."""

    def words(key: str, **values: str) -> str:
        return say(lang, key, **values)

    made = words(
        "made",
        release=str(facts.release),
        date=moment(lang, facts.created_at),
        sources=", ".join(facts.sources),
    )
    described = words(
        "description",
        movies=number(lang, analysis.movies),
        first=str(analysis.first_year),
        last=str(analysis.last_year),
    )
    return template.render(
        lang=lang,
        say=words,
        made=made,
        described=described,
        sections=_sections(analysis, facts, lang),
    )


def _sections(analysis: Analysis, facts: PageFacts, lang: Lang) -> list[Section]:
    """All sections in the order of the page."""
    figures = draw_figures(analysis, lang)
    numbers = {
        "overview": _overview_facts(analysis, facts, lang),
        "changes": _change_facts(analysis, lang),
    }
    tables = {
        "completeness": [columns_table(lang, analysis.columns)],
        "outliers": outlier_tables(lang, analysis.outliers),
        "changes": changes_tables(lang, analysis.comparison),
    }
    return [
        Section(
            key=topic,
            title=say(lang, f"topic.{topic}"),
            intro=_intro(analysis, lang, topic),
            facts=numbers.get(topic, []),
            findings=_findings(analysis, lang, topic),
            figures=figures.get(topic, []),
            tables=tables.get(topic, []),
        )
        for topic in TOPICS
    ]


def _intro(analysis: Analysis, lang: Lang, topic: str) -> str:
    """What a section is about."""
    if topic != "changes":
        return say(lang, f"intro.{topic}")
    if analysis.comparison is None:
        return say(lang, "first")
    return say(lang, "intro.changes", previous=str(analysis.comparison.previous))


def _findings(analysis: Analysis, lang: Lang, topic: str) -> list[str]:
    """The findings of a section."""
    return [pick(lang, finding.text) for finding in analysis.findings if topic == _home(finding)]


def _home(finding: Finding) -> str:
    """The section that a finding stands in."""
    home = HOMES.get(finding.key) or HOMES.get(finding.topic, finding.topic)
    return home if home in TOPICS else TOPICS[0]


def _overview_facts(analysis: Analysis, facts: PageFacts, lang: Lang) -> list[tuple[str, str]]:
    """The key figures of the release."""
    known = {one.column: one.known for one in analysis.distributions}
    years = (analysis.first_year, analysis.last_year)
    rows = {
        "movies": number(lang, analysis.movies),
        "years": "\N{EN DASH}".join(str(year) for year in dict.fromkeys(years)),
        "columns": number(lang, len(analysis.columns)),
        "return": number(lang, known.get("return", 0)),
        "raw": number(lang, facts.raw_rows),
        "quarantined": number(lang, facts.quarantined),
    }
    return [(say(lang, f"fact.{key}"), value) for key, value in rows.items()]


def _change_facts(analysis: Analysis, lang: Lang) -> list[tuple[str, str]]:
    """How many movies came, went and changed."""
    change = analysis.comparison
    if change is None:
        return []
    rows = {
        "added": number(lang, change.added),
        "removed": number(lang, change.removed),
        "changed": number(lang, change.changed),
        "sources": ", ".join(change.sources_changed) or say(lang, "none"),
    }
    return [(say(lang, f"fact.{key}"), value) for key, value in rows.items()]
