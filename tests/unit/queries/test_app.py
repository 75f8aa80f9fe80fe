import json

import pytest

from services.queries.app import from_env as queries_from_env
from services.recommender.app import from_env as recommender_from_env
from shared.http.metrics import Observed


def test_both_services_are_wired_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("BUTACA_QUERIES_POLL_S", "0.5")
    assert isinstance(queries_from_env(), Observed)
    assert isinstance(recommender_from_env(), Observed)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BUTACA_QUERIES_POLL_S", "0", "BUTACA_QUERIES_POLL_S"),
        ("BUTACA_QUERIES_POL_S", "1", "unknown setting BUTACA_QUERIES_POL_S"),
        ("BUTACA_QUERIES_SLOW_MS", "0", "BUTACA_QUERIES_SLOW_MS"),
        ("BUTACA_LOG_LEVEL", "LOUD", "BUTACA_LOG_LEVEL: there is no level 'LOUD'; known: DEBUG"),
    ],
)
def test_a_wrong_setting_ends_the_process_with_one_event_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    said: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        queries_from_env()
    assert ended.value.code == 2
    lines = capsys.readouterr().out.splitlines()
    event = json.loads(lines[-1])
    assert (len(lines), event["event"], event["process"]) == (1, "settings_invalid", "queries")
    assert said in event["reason"]
