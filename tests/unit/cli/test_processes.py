"""What `up` starts, and the ports it needs."""

import socket
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.processes import (
    ALLOWED_HOSTS,
    Deployment,
    find_free_ports,
    process_specs,
    require_free_port,
)
from cli.state import StateFolder, open_state
from cli.supervisor import ProcessSpec
from cli.up import UpOptions, require_data


def test_a_busy_port_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CommandError, match=f"Port {port} of 127.0.0.1 cannot be opened"):
            require_free_port("127.0.0.1", port)

    require_free_port("127.0.0.1", port)


def test_free_ports_differ() -> None:
    assert len(set(find_free_ports(5))) == 5


def _deployment(state: StateFolder, data: Path, **environ: str) -> Deployment:
    return Deployment(
        state=state,
        data=data,
        host="0.0.0.0",  # noqa: S104
        port=8000,
        queries_port=8001,
        recommender_port=8002,
        worker_metrics_port=8003,
        redis_url="unix:///s.sock",
        environ=environ,
    )


def _specs(state: StateFolder, data: Path, **environ: str) -> dict[str, ProcessSpec]:
    deployment = _deployment(state, data, **environ)
    return {spec.name: spec for spec in process_specs(deployment)}


def test_every_process_gets_its_own_settings(tmp_path: Path) -> None:
    environ = {"PATH": "/bin", "GRANIAN_PORT": "1", "BUTACA_WORKER_THREADS": "1"}
    with open_state(tmp_path / "state") as state:
        specs = _specs(state, tmp_path / "data", **environ)

    assert list(specs) == ["worker", "queries", "recommender", "gateway"]
    assert {spec.environ["REDIS_URL"] for spec in specs.values()} == {"unix:///s.sock"}
    assert all("GRANIAN_PORT" not in spec.environ for spec in specs.values())
    assert specs["worker"].environ["BUTACA_WORKER_DATA"] == str(tmp_path / "data")
    assert specs["worker"].environ["BUTACA_WORKER_THREADS"] == "1"
    assert specs["recommender"].environ["MALLOC_ARENA_MAX"] == "2"
    assert specs["worker"].environ["BUTACA_WORKER_METRICS_PORT"] == "8003"
    assert specs["queries"].environ["BUTACA_QUERIES_STATE"] == str(state.path / "queries")
    gateway = specs["gateway"].environ
    assert gateway["BUTACA_GATEWAY_QUERIES_URL"] == "http://127.0.0.1:8001"
    assert gateway["BUTACA_GATEWAY_ADMIN_KEY_FILE"] == str(state.admin_key_file)
    assert ALLOWED_HOSTS not in gateway


def test_up_itself_is_among_the_allowed_hosts(tmp_path: Path) -> None:
    with open_state(tmp_path / "state") as state:
        specs = _specs(state, tmp_path, **{ALLOWED_HOSTS: "films.example"})

    assert specs["gateway"].environ[ALLOWED_HOSTS] == "films.example,127.0.0.1"


def test_each_address_of_figures_has_a_name(tmp_path: Path) -> None:
    with open_state(tmp_path / "state") as state:
        urls = _deployment(state, tmp_path).metrics_urls
    assert urls == {
        "queries": "http://127.0.0.1:8001/metrics",
        "recommender": "http://127.0.0.1:8002/metrics",
        "worker": "http://127.0.0.1:8003/metrics",
    }


def test_a_missing_or_empty_data_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"is not a folder.*credits\.csv"):
        require_data(tmp_path / "none")
    with pytest.raises(CommandError, match=r"is empty.*demo-data"):
        require_data(tmp_path)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104
        ("::1", "http://[::1]:80"),
    ],
)
def test_the_address_shown_is_one_that_a_browser_takes(host: str, url: str) -> None:
    options = UpOptions(data=Path(), state=Path(), host=host, port=80, demo=False)

    assert options.url == url
