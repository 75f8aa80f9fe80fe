"""Clean tables to the lexical index that a release carries."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl
from tantivy import Document, Index

from shared.search_index import (
    KEY_FIELD,
    PRIOR_FIELD,
    ROW_FIELD,
    TEXT_FIELDS,
    pack_index,
    register_analyzers,
    search_schema,
    searchable,
    stored_prior,
)
from shared.search_texts import search_texts
from shared.text import normalise
from shared.title_keys import loose_keys, numbered_words, title_words

# One segment: it must hold all there is to write.
_HEAP_BYTES: Final = 256 * 1024 * 1024
_THREADS: Final = 1


def build_search_index(movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame) -> bytes:
    """Index every movie by what is said of it; the same tables give the same bytes."""
    with tempfile.TemporaryDirectory(prefix="butaca-search-") as folder:
        index = Index(search_schema(), path=folder)
        register_analyzers(index)
        writer = index.writer(_HEAP_BYTES, _THREADS)
        for document in _documents(movies, cast, directors):
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        return pack_index(Path(folder))


def _documents(
    movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame
) -> Iterator[Document]:
    texts = search_texts(movies, cast, directors).iter_rows(named=True)
    for row, movie in enumerate(texts):
        document = Document()
        for field in TEXT_FIELDS:
            for text in _as_list(movie[field]):
                document.add_text(field, searchable(text))
        _add_title(document, movie["title"])
        document.add_unsigned(ROW_FIELD, row)
        document.add_float(PRIOR_FIELD, stored_prior(movie["votes"]))
        yield document


def _add_title(document: Document, title: str) -> None:
    """Add the other forms in which a title, or a word of it, is asked for."""
    keys = loose_keys(title)
    for key in dict.fromkeys([*keys.spelled, *keys.arabic, *keys.numbered, *keys.bare]):
        document.add_text(KEY_FIELD, key)
    joined = ["".join(title_words(chunk)) for chunk in normalise(title).split()]
    known = set(title_words(title))
    others = [word for word in dict.fromkeys([*joined, *numbered_words(title)]) if word]
    added = [word for word in others if word not in known]
    if added:
        document.add_text("title", " ".join(added))


def _as_list(value: str | list[str] | None) -> list[str]:
    """The texts of a field; none is empty."""
    texts = [value] if isinstance(value, str) else value or []
    return [text for text in texts if text]
