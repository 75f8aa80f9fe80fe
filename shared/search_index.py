"""The lexical index: its fields, how texts become words, and the bytes a release carries.

The worker makes it, the queries service opens it. Apart from tantivy nothing heavy is imported.
"""

import io
import math
import re
import shutil
import tempfile
import unicodedata
import uuid
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
from tantivy import (
    Filter,
    Index,
    Schema,
    SchemaBuilder,
    TextAnalyzer,
    TextAnalyzerBuilder,
    Tokenizer,
)

from shared.errors import ReleaseCorruptError, ReleaseSchemaError
from shared.releases.manifest import Buffer
from shared.title_keys import without_apostrophes

# Fields of plain words, and of words reduced to their English stem.
PLAIN_FIELDS: Final = ("title", "people", "collection")
STEMMED_FIELDS: Final = ("keywords", "tagline", "overview")
TEXT_FIELDS: Final = (*PLAIN_FIELDS, *STEMMED_FIELDS)
# The whole title as one word, in each of its loose forms.
KEY_FIELD: Final = "title_key"
ROW_FIELD: Final = "row"  # of the movie in the release's movies
PRIOR_FIELD: Final = "prior"  # see `stored_prior`
# By tests/bench/bench_titles.py: per factor of ten in votes.
PRIOR_WEIGHT: Final = 0.4
_PLAIN: Final = "plain"
_STEMMED: Final = "stemmed"
_KEY: Final = "key"
_LONGEST_WORD: Final = 60
_FILE: Final = re.compile(r"[a-z0-9]{1,64}\.(?:fast|fieldnorm|idx|pos|store|term)|meta\.json")
_MAGIC: Final = b"butaca search 1\n"
_KEPT_STEMS: Final = 65_536


def search_schema() -> Schema:
    """Return the fields of the index."""
    builder = SchemaBuilder()
    for name in PLAIN_FIELDS:
        builder.add_text_field(name, tokenizer_name=_PLAIN)
    for name in STEMMED_FIELDS:
        builder.add_text_field(name, tokenizer_name=_STEMMED)
    builder.add_text_field(KEY_FIELD, tokenizer_name=_KEY, index_option="basic")
    builder.add_unsigned_field(ROW_FIELD, indexed=True, fast=True)
    builder.add_float_field(PRIOR_FIELD, fast=True)
    return builder.build()


def register_analyzers(index: Index) -> None:
    """Tell an index how its fields are read, which its files do not."""
    index.register_tokenizer(_PLAIN, _analyzer())
    index.register_tokenizer(_STEMMED, _analyzer("english"))
    index.register_tokenizer(_KEY, TextAnalyzerBuilder(Tokenizer.raw()).build())


def searchable(text: str) -> str:
    """Return a text as it is indexed and asked for: `Ocean's` is one word."""
    return without_apostrophes(unicodedata.normalize("NFKC", text))


def stored_prior(votes: int) -> float:
    """Return what is stored so that the index weighs a movie by `prior`.

    The index multiplies a score by log2(2 + what is stored).
    """
    return math.exp2(prior(votes)) - 2


def prior(votes: int) -> float:
    """Return the weight of a movie by its votes, from 1: the well-known come first."""
    return 1 + PRIOR_WEIGHT * math.log10(1 + max(votes, 0))


def create_stemmer() -> Callable[[str], str]:
    """Make the function from a plain word to its stem; it remembers."""
    analyzer = _analyzer("english")

    @lru_cache(_KEPT_STEMS)
    def stem(word: str) -> str:
        return "".join(analyzer.analyze(word))

    return stem


def create_splitter() -> Callable[[str], list[str]]:
    """Make the function from a text to its plain words."""
    return _analyzer().analyze


def pack_index(folder: Path) -> bytes:
    """Return the files of a finished index as one; the same index gives the same bytes.

    The random names of its segments are replaced by their numbers.
    """
    meta = msgspec.json.decode((folder / "meta.json").read_bytes())
    files: dict[str, bytes] = {}
    for number, segment in enumerate(meta["segments"]):
        name, given = uuid.UUID(segment["segment_id"]), uuid.UUID(int=number)
        segment["segment_id"] = str(given)
        for path in sorted(folder.glob(f"{name.hex}.*")):
            files[f"{given.hex}{path.suffix}"] = path.read_bytes()
    files["meta.json"] = msgspec.json.encode(meta, order="deterministic")
    return _MAGIC + msgspec.msgpack.encode(files, order="deterministic")


def open_index(data: Buffer) -> Index:
    """Open an index from its bytes; nothing of it stays on disk once it is open.

    The files are unlinked as soon as they are mapped, so that they go with the index.

    Raises:
        ReleaseCorruptError: these are not the bytes of an index of this product.
        ReleaseSchemaError: another version of tantivy made it.
    """
    folder = Path(tempfile.mkdtemp(prefix="butaca-search-"))
    try:
        _unpack(data, folder)
        index = Index.open(str(folder))
        register_analyzers(index)
        # A manual reader maps every file at once, and starts no thread that watches them.
        index.config_reader("manual")
        index.searcher()
    except ValueError as error:
        raise ReleaseSchemaError(f"the search index cannot be opened: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return index


def _unpack(data: Buffer, folder: Path) -> None:
    """Write the files of a packed index, whose names are checked."""
    view = memoryview(data)
    if bytes(view[: len(_MAGIC)]) != _MAGIC:
        raise ReleaseCorruptError("this is not a search index of this product")
    try:
        files = msgspec.msgpack.decode(view[len(_MAGIC) :], type=dict[str, memoryview])
    except msgspec.DecodeError as error:
        raise ReleaseCorruptError(f"the search index cannot be read: {error}") from error
    for name, content in files.items():
        if not _FILE.fullmatch(name):
            raise ReleaseCorruptError(f"a search index has no file named {name[:80]!r}")
        with io.FileIO(folder / name, "x") as file:
            file.write(content)


def _analyzer(stemmer: str | None = None) -> TextAnalyzer:
    builder = (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(_LONGEST_WORD))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
    )
    return (builder if stemmer is None else builder.filter(Filter.stemmer(stemmer))).build()
