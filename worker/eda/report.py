"""The analysis as the documents that a release carries: JSON, and a page in each language."""

import msgspec

from shared.contracts.releases import ArtifactName
from worker.eda.analysis import analyse
from worker.eda.comparison import Previous
from worker.eda.page import PageFacts, render_pages
from worker.etl.catalogue import Catalogue


def make_documents(
    catalogue: Catalogue, facts: PageFacts, previous: Previous | None
) -> dict[str, bytes]:
    """Analyse the catalogue, against the release before if there is one, and draw the pages."""
    analysis = analyse(catalogue.movies, catalogue.cast, catalogue.directors, previous)
    pages = render_pages(analysis, facts)
    return {
        ArtifactName.EDA: msgspec.json.encode(analysis),
        ArtifactName.PAGE_ES: pages["es"].encode(),
        ArtifactName.PAGE_EN: pages["en"].encode(),
    }
