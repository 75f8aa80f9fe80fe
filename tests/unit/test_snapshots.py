"""What a service has loaded of a release goes when the next one takes its place.

At once, that is: a full garbage collection is rare in a process with millions of objects, so
whatever waits for one piles up with the swaps.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from services.queries.catalogue import load_catalogue
from services.recommender.index import load_neighbourhood
from shared.contracts.releases import Manifest
from shared.releases.manifest import Buffer
from tests.factories import artifacts_of, manifest_of, varied_catalogue

OURS = ("shared.", "services.", "polars.", "numpy")


@pytest.fixture
def collected() -> Iterator[list[object]]:
    """What the garbage collector had to find."""
    gc.collect()
    gc.disable()
    yield gc.garbage
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


@pytest.mark.parametrize("load", [load_catalogue, load_neighbourhood])
def test_nothing_of_a_replaced_release_waits_for_the_garbage_collector(
    load: Callable[[Manifest, Mapping[str, Buffer]], Any], collected: list[object]
) -> None:
    artifacts = artifacts_of(*varied_catalogue(60))
    snapshot = load(manifest_of(artifacts), artifacts)
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    del snapshot
    gc.collect()
    assert {type(each) for each in collected if type(each).__module__.startswith(OURS)} == set()
