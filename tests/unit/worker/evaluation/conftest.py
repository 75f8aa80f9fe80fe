import pytest

from tests.unit.worker.evaluation.releases import make_material
from worker.evaluation.material import Material


@pytest.fixture(scope="session")
def material() -> Material:
    return make_material()
