"""Which code made a release: a digest, so that an upgrade builds anew from unchanged files."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

# What decides about the content of a release, besides the input.
_CODE: Final = {
    "worker": ("artifacts.py", "pipeline.py"),
    "worker.embedding": (),
    "worker.etl": (),
    "worker.index": (),
    "shared": ("encoder.py", "text.py", "titles.py"),
    "shared.ranking": (),
}
_CODE_SUFFIXES: Final = (".py", ".json")


@cache
def code_digest() -> str:
    """SHA-256 of the code and weights that decide about the content of a release."""
    total = hashlib.sha256()
    for package, names in _CODE.items():
        for entry in sorted(files(package).iterdir(), key=lambda entry: entry.name):
            if entry.name in names or (not names and entry.name.endswith(_CODE_SUFFIXES)):
                total.update(f"{package}/{entry.name}\0".encode())
                total.update(hashlib.sha256(entry.read_bytes()).digest())
    return total.hexdigest()
