"""What decides about a release is in its keys: nothing that was changed is taken over."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

import worker
from worker import code
from worker.code import Parts

ROOT = Path(worker.__file__).parent.parent
# They move bytes, names and messages about; no content of a release depends on them.
NEUTRAL = {
    "shared.contracts.base",
    "shared.contracts.releases",
    "shared.contracts.reports",
    "shared.decoding",
    "shared.errors",
    "shared.releases.manifest",
    "shared.remembering",
    "shared.telemetry",
    "worker.index.build",  # of it the tables take the reader alone
    "worker.memory",
}
TABLES = ("worker.artifacts", "worker.etl.catalogue", "worker.etl.sources")
VECTORS = (
    "shared.encoder",
    "shared.ranking.rank",
    "worker.embedding.reuse",
    "worker.embedding.structured",
    "worker.embedding.text",
    "worker.index.build",
    "worker.index.neighbours",
)
SEARCH = ("worker.search.build",)
REST = ("worker.eda.report", "worker.evaluation.scorecard", "worker.index.gate")


@cache
def file_of(module: str) -> Path | None:
    place = ROOT / module.replace(".", "/")
    return next((f for f in (place.with_suffix(".py"), place / "__init__.py") if f.exists()), None)


def imports(module: str) -> Iterator[str]:
    """Our modules that this one imports, wherever in it."""
    file = file_of(module)
    assert file is not None, module
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if file_of(inner) else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def reached(roots: tuple[str, ...]) -> set[str]:
    seen: set[str] = set()
    waiting = [*roots]
    while waiting:
        module = waiting.pop()
        if module not in seen and module.split(".")[0] in {"shared", "worker"}:
            seen.add(module)
            waiting += imports(module)
    return seen


def digested(parts: Parts) -> set[str]:
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for package, names in parts.items()
        for file in (ROOT / package.replace(".", "/")).rglob("*.py")
        if not names or file.name in names
    }


@pytest.mark.parametrize(
    ("roots", "parts"),
    [
        (TABLES, code.CLEAN_TABLES),
        (VECTORS, code.VECTORS),
        (SEARCH, code.SEARCH),
        ((*TABLES, *VECTORS, *SEARCH, *REST), code.RELEASE),
    ],
    ids=["tables", "vectors", "search", "release"],
)
def test_every_module_that_takes_part_is_in_the_key(roots: tuple[str, ...], parts: Parts) -> None:
    taking_part = reached(roots)
    assert taking_part > set(roots)
    assert taking_part - digested(parts) - NEUTRAL == set()


def test_what_a_key_names_is_there() -> None:
    for parts in (code.CLEAN_TABLES, code.ENCODER, code.VECTORS, code.SEARCH, code.RELEASE):
        for package, names in parts.items():
            for name in names:
                assert (ROOT / package.replace(".", "/") / name).is_file(), f"{package} {name}"


@pytest.mark.parametrize("library", ["torch", "polars", "tantivy"])
def test_another_library_is_another_recipe(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = recipe()

    def version(name: str) -> str:
        return "0" if name == library else metadata.version(name)

    monkeypatch.setattr(code, "version", version)
    assert recipe() != before


def test_another_unicode_is_another_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    before = recipe()
    monkeypatch.setattr("unicodedata.unidata_version", "1.1")
    assert recipe() != before


def recipe() -> str:
    """The digest as a process that has just started would make it."""
    code.versions.cache_clear()
    made = code.recipe_digest("utf-8", "")
    code.versions.cache_clear()
    return made
