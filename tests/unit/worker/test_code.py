"""What decides about a release is in its keys: nothing that was changed is taken over."""

import ast
from collections.abc import Iterator
from functools import cache
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
    "shared.errors",
    "shared.releases.manifest",
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
        (TABLES, code._CLEAN_TABLES),
        (VECTORS, code._VECTORS),
        (SEARCH, code._SEARCH),
        ((*TABLES, *VECTORS, *SEARCH, *REST), code._RELEASE),
    ],
    ids=["tables", "vectors", "search", "release"],
)
def test_every_module_that_takes_part_is_in_the_key(roots: tuple[str, ...], parts: Parts) -> None:
    taking_part = reached(roots)
    assert taking_part > set(roots)
    assert taking_part - digested(parts) - NEUTRAL == set()


def test_what_a_key_names_is_there() -> None:
    for parts in (code._CLEAN_TABLES, code._ENCODER, code._VECTORS, code._SEARCH, code._RELEASE):
        for package, names in parts.items():
            for name in names:
                assert (ROOT / package.replace(".", "/") / name).is_file(), f"{package} {name}"


def test_another_library_or_another_unicode_is_another_recipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = {code.recipe_digest("utf-8", "")}
    for library in ("torch", "polars", "tantivy"):
        monkeypatch.setattr(code, "version", lambda name, changed=library: str(name == changed))
        code._versions.cache_clear()
        keys.add(code.recipe_digest("utf-8", ""))
    monkeypatch.undo()
    monkeypatch.setattr("unicodedata.unidata_version", "1.1")
    code._versions.cache_clear()
    keys.add(code.recipe_digest("utf-8", ""))
    monkeypatch.undo()
    code._versions.cache_clear()
    assert len(keys) == 5
