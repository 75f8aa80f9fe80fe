import pytest
from litestar import Litestar

from services.queries.app import from_env as queries_from_env
from services.recommender.app import from_env as recommender_from_env
from shared.errors import SettingsError


def test_both_services_are_wired_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("BUTACA_QUERIES_POLL_S", "0.5")
    assert isinstance(queries_from_env(), Litestar)
    assert isinstance(recommender_from_env(), Litestar)


@pytest.mark.parametrize(
    ("name", "value"), [("BUTACA_QUERIES_POLL_S", "0"), ("BUTACA_QUERIES_POL_S", "1")]
)
def test_a_wrong_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError):
        queries_from_env()
