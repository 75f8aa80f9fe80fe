"""The input folder: which file holds what, and the bytes inside it.

Finds and unpacks; knows nothing about CSV.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec
import zstandard

from shared.errors import SourceError

SourceName = Literal["movies", "credits", "keywords"]

FILE_NAMES: Final[dict[SourceName, tuple[str, ...]]] = {
    "movies": ("movies_dataset.csv", "movies_metadata.csv", "movies.csv", "tmdb_5000_movies.csv"),
    "credits": ("credits.csv", "tmdb_5000_credits.csv"),
    "keywords": ("keywords.csv",),
}
OPTIONAL: Final = frozenset({"keywords"})
SUFFIXES: Final = ("", ".gz", ".zst")
MAX_SOURCE_BYTES: Final = 16 * 1024**3
# What a user sets, for messages.
SETTING: Final = "BUTACA_WORKER_MAX_SOURCE_BYTES"
# Compressed bytes handed over at once: zstd may blow each up to 32 KB, so a step stays bounded.
_ZSTD_STEP_BYTES: Final = 4096
_GZIP_STEP_BYTES: Final = 1 << 20
_PLAIN_STEP_BYTES: Final = 1 << 20
_ZSTD_MAX_WINDOW_BYTES: Final = 1 << 27


class SourceFile(msgspec.Struct, frozen=True, kw_only=True):
    """One input file; size and digest are those of the file as stored, packed or not."""

    name: SourceName
    path: Path
    size_bytes: int
    sha256: str


def find_sources(folder: Path) -> tuple[SourceFile, ...]:
    """Find the input files of `folder`: movies, credits, then keywords where present.

    Raises:
        SourceError: the folder or a required file is missing, unreadable, or two files
            claim the same role.
    """
    try:
        present = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise SourceError(
            f"{folder} cannot be read: {error.strerror}", folder=str(folder)
        ) from error
    names: tuple[SourceName, ...] = ("movies", "credits", "keywords")
    found: list[tuple[SourceName, Path | None]] = [
        (name, _find_one(folder, name, present)) for name in names
    ]
    return tuple(_describe(name, path) for name, path in found if path is not None)


def holds_sources(folder: Path) -> bool:
    """Whether there is a file of any role, whole or not; a folder that cannot be read may."""
    try:
        present = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return any(not present.isdisjoint(_file_names(name)) for name in FILE_NAMES)


def unpack(source: SourceFile, limit_bytes: int = MAX_SOURCE_BYTES) -> Iterator[bytes]:
    """Read the unpacked bytes of one input file, in bounded chunks.

    Raises:
        SourceError: unreadable, truncated or not what its suffix says, or more than
            `limit_bytes` unpacked.
    """
    file, size_bytes = source.path.name, 0
    try:
        for chunk in _chunks(source.path):
            size_bytes += len(chunk)
            if size_bytes > limit_bytes:
                raise SourceError(
                    f"{file}: more than {limit_bytes:,} bytes unpacked, which {SETTING} allows",
                    file=file,
                )
            yield chunk
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as exc:
        raise SourceError(f"{file} cannot be read: {exc}", file=file) from exc


def require_unchanged(sources: Iterable[SourceFile]) -> None:
    """Check, after they were read, that the files are still those that were digested.

    Otherwise a release would name one input and be made of another, and a later build of the
    first one would take it over.

    Raises:
        SourceError: one was changed meanwhile, or is gone.
    """
    for source in sources:
        if _describe(source.name, source.path) != source:
            raise SourceError(
                f"{source.path.name} was changed while it was read: build again once it is whole",
                file=source.path.name,
            )


def _find_one(folder: Path, name: SourceName, files: set[str]) -> Path | None:
    """Find the one file of this role; None where an optional one is absent."""
    present = [folder / file for file in _file_names(name) if file in files]
    if len(present) > 1:
        names = " and ".join(path.name for path in present)
        raise SourceError(f"{folder} holds {names}: keep one file for {name}", folder=str(folder))
    if not present and name not in OPTIONAL:
        bases = ", ".join(FILE_NAMES[name])
        raise SourceError(
            f"{folder} holds no {name} file; looked for {bases}, plain or with .gz or .zst",
            folder=str(folder),
        )
    return present[0] if present else None


def _file_names(name: SourceName) -> list[str]:
    return [base + suffix for base in FILE_NAMES[name] for suffix in SUFFIXES]


def _describe(name: SourceName, path: Path) -> SourceFile:
    """Measure and digest one file."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size_bytes = stream.tell()
    except OSError as exc:
        raise SourceError(f"{path.name} cannot be read: {exc}", file=path.name) from exc
    return SourceFile(name=name, path=path, size_bytes=size_bytes, sha256=digest)


def _chunks(path: Path) -> Iterator[bytes]:
    """Unpacked bytes of a file, in bounded chunks."""
    if path.suffix == ".gz":
        return _gzip_chunks(path)
    if path.suffix == ".zst":
        return _zstd_chunks(path)
    return _plain_chunks(path)


def _plain_chunks(path: Path) -> Iterator[bytes]:
    """Read a file that is not packed."""
    with path.open("rb") as stream:
        while chunk := stream.read(_PLAIN_STEP_BYTES):
            yield chunk


def _gzip_chunks(path: Path) -> Iterator[bytes]:
    """Unpack gzip; `gzip` itself reports a truncated file."""
    with gzip.open(path, "rb") as stream:
        while chunk := stream.read(_GZIP_STEP_BYTES):
            yield chunk


def _zstd_chunks(path: Path) -> Iterator[bytes]:
    """Unpack zstd frames; a stream reader would take a truncated file for a short one."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_MAX_WINDOW_BYTES)
    frame = decompressor.decompressobj()
    with path.open("rb") as stream:
        while packed := stream.read(_ZSTD_STEP_BYTES):
            while packed:
                if frame.eof:
                    frame = decompressor.decompressobj()
                yield frame.decompress(packed)
                packed = frame.unused_data
    if not frame.eof:
        raise EOFError("the compressed file ends too early")
