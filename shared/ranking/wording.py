"""The words of the reasons in Spanish and English."""

from typing import Final

from shared.contracts.recommendations import Lang

# For one thing, and for several.
PHRASES: Final[dict[str, dict[Lang, tuple[str, str]]]] = {
    "directors": {
        "es": ("misma dirección", "misma dirección"),
        "en": ("same director", "same directors"),
    },
    "collection": {
        "es": ("misma saga", "misma saga"),
        "en": ("same collection", "same collection"),
    },
    "cast": {"es": ("reparto en común", "reparto en común"), "en": ("shared cast", "shared cast")},
    "plot": {"es": ("trama parecida", "trama parecida"), "en": ("similar plot", "similar plot")},
    "themes": {"es": ("tema en común", "temas en común"), "en": ("shared theme", "shared themes")},
    "description": {
        "es": ("como la descripción", "como la descripción"),
        "en": ("matches the description", "matches the description"),
    },
    "genres": {"es": ("mismo género", "mismos géneros"), "en": ("same genre", "same genres")},
    "companies": {
        "es": ("misma productora", "mismas productoras"),
        "en": ("same company", "same companies"),
    },
    "countries": {"es": ("mismo país", "mismos países"), "en": ("same country", "same countries")},
    "language": {
        "es": ("mismo idioma original", "mismo idioma original"),
        "en": ("same original language", "same original language"),
    },
    "year": {"es": ("misma época", "misma época"), "en": ("same period", "same period")},
    "average": {
        "es": ("nota parecida", "nota parecida"),
        "en": ("similar rating", "similar rating"),
    },
    "votes": {
        "es": ("público de tamaño parecido", "público de tamaño parecido"),
        "en": ("similar audience size", "similar audience size"),
    },
}
AND: Final[dict[Lang, str]] = {"es": "y", "en": "and"}
