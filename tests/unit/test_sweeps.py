"""Sweeps over the whole project: what must hold for every error, contract and process."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest

import shared.contracts
from shared.contracts.base import Inbound, Wire
from shared.errors import AppError
from shared.http.problems import KINDS

HEAVY = ("torch", "faiss", "polars", "numpy", "scipy", "sklearn", "sentence_transformers")
# What importing a process may load of the heavy libraries.
ALLOWED = {
    "services.gateway.app": set[str](),
    "cli.main": set[str](),
    "services.queries.app": {"polars"},
    "services.recommender.app": {"polars", "numpy", "faiss", "scipy"},
    "worker.main": set[str](),
}
# Which other packages of the project importing it may load.
OWN = {
    "services.gateway.app": "services.gateway",
    "services.queries.app": "services.queries",
    "services.recommender.app": "services.recommender",
    "worker.main": "worker",
    "cli.main": "cli",
}


def errors(kind: type[AppError] = AppError) -> Iterator[type[AppError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from errors(child)


def contracts() -> Iterator[type[msgspec.Struct]]:
    for module in pkgutil.iter_modules(shared.contracts.__path__):
        loaded = importlib.import_module(f"shared.contracts.{module.name}")
        for _, member in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(member, Wire | Inbound) and member.__module__ == loaded.__name__:
                yield member


def test_every_error_has_a_status_and_every_status_an_error() -> None:
    assert {error.code for error in errors()} == set(KINDS)


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in errors()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("contract", [c for c in contracts() if c not in (Wire, Inbound)])
def test_every_contract_is_frozen_and_describes_itself(contract: type[msgspec.Struct]) -> None:
    assert contract.__struct_config__.frozen
    schema = msgspec.json.schema(contract)
    assert contract.__name__ in str(schema)


@pytest.mark.parametrize("contract", [c for c in contracts() if issubclass(c, Wire)])
def test_wire_contracts_tolerate_a_field_of_a_newer_version(
    contract: type[msgspec.Struct],
) -> None:
    assert not contract.__struct_config__.forbid_unknown_fields


@pytest.mark.parametrize("module", list(ALLOWED))
def test_a_process_loads_only_what_it_may(module: str) -> None:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {name for name in HEAVY if name in loaded} <= ALLOWED[module]
    others = set(OWN.values()) - {OWN[module]}
    assert not {name for name in loaded if name in others}
