"""What `up` starts: the command line and the environment of every process."""

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cli
from cli.errors import CommandError
from cli.state import StateFolder
from cli.supervisor import ProcessSpec

VALKEY = "valkey"
# Where the worker keeps what it fetches.
CACHE = "BUTACA_WORKER_CACHE"
# Gateway first, so that nobody is answered by half a system; the server last.
STOP_ORDER = (("gateway",), ("queries", "recommender"), ("worker",), (VALKEY,))
LOOPBACK = "127.0.0.1"
# Where the packages lie: a folder of the caller's named `worker` must not be run instead.
CODE = Path(cli.__file__).resolve().parent.parent
ALLOWED_HOSTS = "BUTACA_GATEWAY_ALLOWED_HOSTS"
_HEADER_TIMEOUT_MS = 10_000
_DRAIN_S = 2
# Each thread that loads a release would leave gaps in a heap of its own: with two heaps the
# recommender stays at 940-970 MB under load over 40 swaps, instead of 1,000-1,100 (and rising)
# at the same latencies: `tests/bench/soak.py`. The images set the same.
_ARENAS = "2"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Everything the processes are told."""

    state: StateFolder
    data: Path
    host: str
    port: int
    queries_port: int
    recommender_port: int
    worker_metrics_port: int = 0
    redis_url: str
    environ: Mapping[str, str]

    @property
    def metrics_urls(self) -> dict[str, str]:
        """Where Prometheus may ask each inner process; the gateway wants a key for it."""
        ports = {
            "queries": self.queries_port,
            "recommender": self.recommender_port,
            "worker": self.worker_metrics_port,
        }
        return {name: f"http://{LOOPBACK}:{port}/metrics" for name, port in ports.items()}


def process_specs(deployment: Deployment) -> list[ProcessSpec]:
    """Return worker, queries, recommender and gateway, in the order they are started."""
    state = deployment.state
    inner = {"queries": deployment.queries_port, "recommender": deployment.recommender_port}
    specs = [
        _spec(
            deployment,
            "worker",
            [sys.executable, "-m", "worker.main"],
            {
                "BUTACA_WORKER_DATA": str(deployment.data),
                CACHE: deployment.environ.get(CACHE) or str(state.folder("sources")),
                "BUTACA_WORKER_METRICS_PORT": str(deployment.worker_metrics_port),
            },
        )
    ]
    specs += [
        _spec(
            deployment,
            name,
            server_command(name, LOOPBACK, port),
            {f"BUTACA_{name.upper()}_STATE": str(state.folder(name))},
        )
        for name, port in inner.items()
    ]
    settings = {
        "BUTACA_GATEWAY_QUERIES_URL": f"http://{LOOPBACK}:{deployment.queries_port}",
        "BUTACA_GATEWAY_RECOMMENDER_URL": f"http://{LOOPBACK}:{deployment.recommender_port}",
        "BUTACA_GATEWAY_ADMIN_KEY_FILE": str(state.admin_key_file),
    }
    if hosts := deployment.environ.get(ALLOWED_HOSTS):
        # `up` asks too, under a name of its own.
        settings[ALLOWED_HOSTS] = f"{hosts},{url_host(deployment.host)}"
    command = server_command("gateway", deployment.host, deployment.port)
    return [*specs, _spec(deployment, "gateway", command, settings)]


def server_command(name: str, host: str, port: int) -> list[str]:
    """Return the command line of one HTTP service."""
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory"]
    command += ["--host", host, "--port", str(port), "--workers", "1", "--no-ws", "--http", "1"]
    command += ["--http1-header-read-timeout", str(_HEADER_TIMEOUT_MS)]
    command += ["--workers-kill-timeout", str(_DRAIN_S)]
    command += ["--log-config", str(CODE / "services" / name / "logging.json")]
    return [*command, f"services.{name}.app:from_env"]


def url_host(host: str) -> str:
    """Return what a URL calls an address that is listened on, from this machine."""
    if host in {"0.0.0.0", "::", "localhost"}:  # noqa: S104  # somebody else's choice
        return LOOPBACK
    return f"[{host}]" if ":" in host else host


def require_free_port(host: str, port: int) -> None:
    """Check that the public port can be opened.

    Raises:
        CommandError: it is taken, or the address is not ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(
            f"Port {port} of {host} cannot be opened: {error.strerror}. "
            "Stop what uses it, or give --port another number."
        ) from error


def find_free_ports(count: int) -> list[int]:
    """Return loopback ports that nobody uses, each another one."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _spec(
    deployment: Deployment, name: str, command: list[str], settings: Mapping[str, str]
) -> ProcessSpec:
    # GRANIAN_* variables of the caller would change servers that we set up ourselves.
    inherited = {k: v for k, v in deployment.environ.items() if not k.startswith("GRANIAN_")}
    return ProcessSpec(
        name=name,
        command=command,
        environ={
            "MALLOC_ARENA_MAX": _ARENAS,
            **inherited,
            "PYTHONUNBUFFERED": "1",
            "REDIS_URL": deployment.redis_url,
            **settings,
        },
        cwd=CODE,
        log=deployment.state.rotate_log(name),
    )
