"""`butaca up` as a person runs it: build, answers, the end of it."""

import contextlib
import csv
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import urllib3

ROOT = Path(__file__).resolve().parents[2]
START_S = 240.0
STOP_S = 15.0
TITLES = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta")
pytestmark = pytest.mark.timeout(600)


def movie_row(number: int, title: str) -> dict[str, str]:
    return {
        "id": str(number),
        "title": title,
        "original_title": title,
        "overview": f"The story of {title} and of all who met it.",
        "tagline": "",
        "genres": "[{'id': 18, 'name': 'Drama'}]",
        "belongs_to_collection": "",
        "production_companies": "[]",
        "production_countries": "[]",
        "spoken_languages": "[]",
        "original_language": "en",
        "budget": "10",
        "revenue": "30",
        "release_date": f"2001-01-{number:02d}",
        "runtime": "90",
        "status": "Released",
        "popularity": "1.5",
        "vote_average": "7.0",
        "vote_count": str(2000 + number),
        "adult": "False",
        "homepage": "",
        "imdb_id": "",
        "poster_path": "",
        "video": "False",
    }


def credit_row(number: int) -> dict[str, str]:
    cast = [{"id": 1, "name": "Ada Actor", "character": "Herself", "order": 0}]
    crew = [{"id": 2, "name": "Dan Director", "job": "Director"}]
    return {"id": str(number), "cast": repr(cast), "crew": repr(crew)}


def write_csv(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    movies = [movie_row(number, title) for number, title in enumerate(TITLES, 1)]
    write_csv(folder / "movies_dataset.csv", movies)
    write_csv(folder / "credits.csv", [credit_row(number) for number in range(1, len(TITLES) + 1)])
    return folder


class Up:
    """A running `butaca up` whose output goes to a file."""

    def __init__(self, data: Path, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.state = folder / "state"
        self.log = folder / "up.log"
        # Everything it starts inherits this, so what is left can be told from other processes.
        self.mark = f"BUTACA_TEST_MARK={folder}"
        environ = {k: v for k, v in os.environ.items() if k != "REDIS_URL"}
        name, value = self.mark.split("=", 1)
        command = [sys.executable, "-m", "cli.main", "up", "--demo", "--data", str(data)]
        command += ["--state", str(self.state), "--port", str(self.port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**environ, name: value}, stdout=log, stderr=log
            )

    def wait_for(self, line: str) -> None:
        end = time.monotonic() + START_S
        while line not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def left(self) -> dict[int, str]:
        """The command lines of its processes that live, by their numbers."""
        found: dict[int, str] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (entry / "environ").read_bytes():
                    line = (entry / "cmdline").read_text("utf-8").replace("\0", " ")
                    found[int(entry.name)] = line
            except OSError:
                continue
        return found

    def kill(self, words: str) -> None:
        """Kill the processes whose command lines have these words, but for their leash."""
        for pid, line in self.left().items():
            if words in line and "leash.py" not in line:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def command(self, *words: str, code: int = 0) -> str:
        """What another `butaca` command says about this one."""
        command = [sys.executable, "-m", "cli.main", *words]
        command += ["--url", f"http://127.0.0.1:{self.port}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == code, f"{done.stderr}\n{self.said()}"
        return done.stdout if code == 0 else done.stderr

    def get(self, path: str) -> object:
        url = f"http://127.0.0.1:{self.port}{path}"
        response = urllib3.request("GET", url, timeout=5.0)
        assert response.status == 200, response.data
        return json.loads(response.data)


@pytest.fixture
def up(data: Path, tmp_path: Path) -> Iterator[Up]:
    running = Up(data, tmp_path)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="needs the process table of Linux")
def test_up_builds_answers_and_leaves_nothing_behind(up: Up) -> None:
    up.wait_for(f"ready http://127.0.0.1:{up.port}\n")

    assert up.get("/cantidad_filmaciones_mes/enero") == {
        "mes": "enero",
        "cantidad": len(TITLES),
        "mensaje": "Se estrenaron 8 películas en el mes de enero.",
    }
    recommended = up.get("/recomendacion/Alpha")
    assert isinstance(recommended, list)
    assert len(set(recommended)) == 5
    assert set(recommended) < set(TITLES[1:])
    assert stat.S_IMODE((up.state / "admin.key").stat().st_mode) == 0o600
    assert len(up.left()) >= 9
    analysis = up.get("/v1/eda")
    assert isinstance(analysis, dict)
    assert (analysis["movies"], analysis["comparison"]) == (len(TITLES), None)
    said = up.command("report")
    assert "extract.movies" in said
    assert "Quarantined rows: none" in said
    page = up.state.parent / "report.html"
    up.command("eda", "--out", str(page))
    assert page.read_text("utf-8").count("<svg") > 10
    tables = up.state.parent / "tables"
    up.command("export-tables", str(tables), "--state", str(up.state))
    kinds = ("csv", "parquet")
    names = {f"{table}.{kind}" for table in ("movies", "cast", "directors") for kind in kinds}
    assert {path.name for path in tables.iterdir()} == names
    with (tables / "movies.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["title"] for row in csv.DictReader(stream)] == list(TITLES)

    up.wait_for("Ctrl-C stops everything.\n")
    assert f"GET http://127.0.0.1:{up.port}/cantidad_filmaciones_mes/enero\n" in up.said()
    assert "title_not_found" in up.said()
    operator = ("--state", str(up.state))
    assert "build-2: finished" in up.command("rebuild", "--wait", *operator)
    assert "build-2 · finished" in up.command("status", *operator)
    assert "BUTACA_TRUTH" in up.command("evaluate", *operator, code=1)
    (up.state.parent / "data" / "credits.csv").unlink()
    failed = up.command("rebuild", "--wait", *operator, code=1)
    assert failed == "butaca: build-3 failed; the release before it serves on.\n"
    up.wait_for("warning: the build failed, the release before it serves on (source_invalid: ")

    up.kill("services.queries.app")
    up.wait_for("queries was ended by SIGKILL; started again in ")

    began = time.monotonic()
    up.process.send_signal(signal.SIGTERM)
    code = up.process.wait(STOP_S)

    assert code == 0, up.said()
    assert time.monotonic() - began < STOP_S
    assert up.left() == {}


def test_a_first_build_that_fails_says_why_and_ends(data: Path, tmp_path: Path) -> None:
    (data / "credits.csv").unlink()
    running = Up(data, tmp_path)

    code = running.process.wait(START_S)

    assert code == 1
    assert "source_invalid" in running.said()
    assert "credits" in running.said()
    assert running.left() == {}
