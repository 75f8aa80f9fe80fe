"""The words of the report page in Spanish and English; holds no figures and draws nothing."""

from typing import Literal

from shared.contracts.eda import Text
from worker.eda.chart_words import CHARTS

Lang = Literal["es", "en"]
LANGS: tuple[Lang, ...] = ("es", "en")

# Sections in the order of the page; findings at home in none of these go to the first.
TOPICS = (
    "overview",
    "completeness",
    "distributions",
    "calendar",
    "outliers",
    "relations",
    "groups",
    "people",
    "genres",
    "trends",
    "changes",
)

# Where findings stand that are about no one section, by their key or their topic.
HOMES = {"money": "distributions", "quality": "distributions", "genre_pair": "genres"}

PAGE: dict[str, tuple[str, str]] = {
    "title": ("Análisis del catálogo", "Catalogue analysis"),
    "description": (
        "Películas del catálogo: {movies}, de {first} a {last}.",
        "Films in the catalogue: {movies}, from {first} to {last}.",
    ),
    "made": (
        "Versión {release}, creada el {date} a partir de {sources}.",
        "Release {release}, created on {date} from {sources}.",
    ),
    "skip": ("Ir al contenido", "Skip to the content"),
    "contents": ("Contenido", "Contents"),
    "language": ("Idioma", "Language"),
    "data": ("Ver los datos", "Show the data"),
    "rest": ("Ver {n} más", "Show {n} more"),
    "nothing": ("Sin datos para este gráfico.", "No data for this chart."),
    "foot": (
        (
            "Página dibujada al construir la versión. El dinero está en dólares de EE. UU. sin "
            "ajustar por la inflación; un 0 en presupuesto, ingresos, duración o retorno "
            "significa «desconocido» y cuenta como vacío."
        ),
        (
            "Page drawn when the release was built. Money is in US dollars, not adjusted for "
            "inflation; a 0 in budget, revenue, runtime or return means “unknown” and counts as "
            "missing."
        ),
    ),
    "topic.overview": ("Resumen", "Overview"),
    "topic.completeness": ("Completitud", "Completeness"),
    "topic.distributions": ("Distribuciones", "Distributions"),
    "topic.calendar": ("Calendario", "Calendar"),
    "topic.outliers": ("Valores atípicos", "Outliers"),
    "topic.relations": ("Relaciones", "Relations"),
    "topic.groups": ("Grupos", "Groups"),
    "topic.people": ("Personas", "People"),
    "topic.genres": ("Géneros que van juntos", "Genres that go together"),
    "topic.trends": ("Evolución por décadas", "Trends over the decades"),
    "topic.changes": ("Cambios", "Changes"),
    "intro.overview": (
        "Las cifras del catálogo y lo que más llama la atención en ellas.",
        "The figures of the catalogue, and what stands out in them.",
    ),
    "intro.completeness": (
        "Cuánto de cada columna está relleno y qué valores contiene.",
        "How much of each column is filled, and what it holds.",
    ),
    "intro.distributions": (
        (
            "Cómo se reparten los valores conocidos. Con escala logarítmica, cada marca del eje "
            "multiplica a la anterior."
        ),
        (
            "How the known values spread. On a logarithmic scale each mark of the axis multiplies "
            "the one before."
        ),
    ),
    "intro.calendar": (
        "Cuándo se estrenaron las películas del catálogo.",
        "When the films of the catalogue were released.",
    ),
    "intro.outliers": (
        (
            "Películas fuera de una regla explícita; no son errores por fuerza. La cifra es "
            "aquella por la que se nombra cada película."
        ),
        (
            "Films outside a stated rule; not mistakes by necessity. The figure is what each film "
            "is named for."
        ),
    ),
    "intro.relations": (
        (
            "Correlación de rangos de Spearman entre columnas: 1 cuando crecen juntas, "
            "\N{MINUS SIGN}1 cuando una crece al bajar la otra, 0 sin relación de orden."
        ),
        (
            "Spearman's rank correlation between columns: 1 where they rise together, "
            "\N{MINUS SIGN}1 where one rises as the other falls, 0 without any relation of order."
        ),
    ),
    "intro.groups": (
        "Los valores más frecuentes de cada campo y su retorno (ingresos entre presupuesto).",
        "The most frequent values of each field, and their return (revenue over budget).",
    ),
    "intro.people": (
        "Quiénes aparecen en más películas. Los homónimos cuentan por separado.",
        "Who appears in most films. Namesakes are counted apart.",
    ),
    "intro.genres": (
        "De las películas del género de cada fila, qué parte tiene además el de la columna.",
        "Of the films of each row's genre, the share that also have the column's.",
    ),
    "intro.trends": (
        "Medianas por década de estreno. La nota se toma de películas con al menos 50 votos.",
        "Medians by decade of release. The rating is of films with at least 50 votes.",
    ),
    "intro.changes": (
        "Qué ha cambiado respecto de la versión {previous}.",
        "What changed against release {previous}.",
    ),
    "first": (
        "Es la primera versión: no hay otra anterior con la que comparar.",
        "This is the first release: there is none before it to compare with.",
    ),
    "fact.movies": ("Películas", "Films"),
    "fact.years": ("Años de estreno", "Years of release"),
    "fact.raw": ("Filas leídas", "Rows read"),
    "fact.quarantined": ("Filas apartadas", "Rows set aside"),
    "fact.return": ("Con retorno conocido", "With a known return"),
    "fact.columns": ("Columnas", "Columns"),
    "fact.added": ("Añadidas", "Added"),
    "fact.removed": ("Retiradas", "Removed"),
    "fact.changed": ("Modificadas", "Changed"),
    "fact.sources": ("Ficheros distintos", "Files that differ"),
    "none": ("ninguno", "none"),
    "table.columns": ("Perfil de las columnas", "Profile of the columns"),
    "table.added": ("Películas añadidas", "Films added"),
    "table.removed": ("Películas retiradas", "Films removed"),
    "table.changed": ("Películas modificadas", "Films changed"),
    "table.figures": ("Cifras de las dos versiones", "Figures of both releases"),
    "note.columns": (
        "Los cuantiles son de las celdas rellenas; de una lista se cuentan sus miembros.",
        "Quantiles are of the filled cells; of a list, its members are counted.",
    ),
    "note.named": (
        "Las {shown} más votadas de {n}.",
        "The {shown} most voted of {n}.",
    ),
    "note.all": ("En total: {n}.", "In all: {n}."),
    "note.figures": ("Antes y ahora.", "Before and now."),
    "note.outliers": ("{rule} En total: {n}.", "{rule} In all: {n}."),
    "note.bounds": ("Límites: de {low} a {high}.", "Bounds: {low} to {high}."),
    "kind.number": ("número", "number"),
    "kind.text": ("texto", "text"),
    "kind.date": ("fecha", "date"),
    "kind.list": ("lista", "list"),
}
WORDS = PAGE | CHARTS


def say(lang: Lang, key: str, /, **values: str) -> str:
    """Return the sentence `key` with `values` in their places."""
    return WORDS[key][LANGS.index(lang)].format(**values)


def label(lang: Lang, family: str, name: str) -> str:
    """Return what `name` is called, or the bare name where the family does not know it."""
    pair = WORDS.get(f"{family}.{name}")
    return pair[LANGS.index(lang)] if pair else name.replace("_", " ")


def rule_name(lang: Lang, key: str, column: str) -> str:
    """Return what an outlier rule is called; one without a name is the range of its column."""
    if f"outlier.{key}" in WORDS:
        return say(lang, f"outlier.{key}")
    return say(lang, "outlier.range", name=label(lang, "column", column))


def pick(lang: Lang, text: Text) -> str:
    """Return the sentence of one language."""
    return text.es if lang == "es" else text.en
