"""A source behind `https://`: its files, brought into a folder and kept there for next time.

The server must prove who it is, may not send elsewhere, and is given bounded time and space.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec
import urllib3

from shared.decoding import decode_json
from shared.errors import SourceError
from shared.telemetry import log
from worker.etl.sources import FILE_NAMES, OPTIONAL, SUFFIXES, SourceName

CONNECT_S: Final = 10.0
READ_S: Final = 30.0
_TRIES: Final = urllib3.Retry(
    total=3,
    other=0,  # a certificate does not get better
    redirect=0,
    backoff_factor=0.5,
    status_forcelist=(502, 503, 504),
    respect_retry_after_header=False,  # the server would decide how long we wait
    raise_on_redirect=False,
    raise_on_status=False,
)
_PIECE_BYTES: Final = 1 << 20
_SMALL_BYTES: Final = 16 << 10
_OK: Final = 200
_UNCHANGED: Final = 304
_ABSENT: Final = frozenset({404, 410})
_SUFFIX_OF_PART: Final = ".part"
_SUFFIX_OF_NOTE: Final = ".kept.json"


class Bounds(NamedTuple):
    """What a server may take: bytes of one file, seconds for all of them; and whom to trust."""

    max_bytes: int
    timeout_s: float
    ca_file: str = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file in the folder: where it is from, and how to ask for a newer one."""

    address: str
    etag: str = ""
    modified: str = ""


def fetch_source(
    place: str, folder: Path, bounds: Bounds, on_progress: Callable[[int, int], None]
) -> None:
    """Make `folder` hold the input files that lie at `place`, and no others.

    A file that has not changed is not sent again. `on_progress` hears of bytes, and of 0 in all
    where the server does not say how many there are.

    Raises:
        SourceError: the server cannot be reached or proved, answers something else, is too slow
            or sends too much, or a required file is not there.
    """
    remote = _Remote(place, bounds, on_progress)
    wanted: set[str] = set()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for role in FILE_NAMES:
            wanted.add(_fetch_role(remote, folder, role))
        _forget_others(folder, wanted)
    except OSError as error:
        raise SourceError(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        remote.close()


def _fetch_role(remote: "_Remote", folder: Path, role: SourceName) -> str:
    """Bring the first file there is for a role; its name, or nothing."""
    names = [base + suffix for base in FILE_NAMES[role] for suffix in SUFFIXES]
    # The one we have is the likeliest.
    names.sort(key=lambda name: not (folder / name).is_file())
    for name in names:
        if remote.bring(name, folder / name):
            return name
    if role in OPTIONAL:
        return ""
    raise SourceError(
        f"{remote.shown} holds no {role} file; looked for {', '.join(FILE_NAMES[role])}, plain "
        "or with .gz or .zst"
    )


class _Remote:
    """One run against one server."""

    def __init__(
        self, place: str, bounds: Bounds, on_progress: Callable[[int, int], None]
    ) -> None:
        address = urlsplit(place)
        host = address.netloc.rpartition("@")[2]
        # Never with a user or a password: this is what is shown and kept.
        self.shown = urlunsplit(("https", host, address.path.rstrip("/") + "/", "", ""))
        self._bounds = bounds
        self._on_progress = on_progress
        self._until = time.monotonic() + bounds.timeout_s
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "butaca"}
        if address.username is not None:
            login = f"{unquote(address.username)}:{unquote(address.password or '')}"
            self._headers |= urllib3.make_headers(basic_auth=login)
        self._pool = urllib3.PoolManager(
            cert_reqs="CERT_REQUIRED",
            ca_certs=bounds.ca_file or None,
            timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S),
            retries=_TRIES,
        )

    def close(self) -> None:
        self._pool.clear()

    def bring(self, name: str, target: Path) -> bool:
        """Make `target` the file of this name, if there is one."""
        address = self.shown + name
        conditions = _conditions(address, target)
        try:
            response = self._pool.request(
                "GET",
                address,
                headers=self._headers | conditions,
                preload_content=False,
                decode_content=False,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(f"{address} cannot be fetched: {_cause(error)}") from error
        try:
            return self._take(response, name, target, is_known=bool(conditions))
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(f"{address} broke off: {_cause(error)}") from error
        finally:
            _let_go(response)

    def _take(
        self, response: urllib3.BaseHTTPResponse, name: str, target: Path, *, is_known: bool
    ) -> bool:
        address, note = self.shown + name, _note_of(target)
        self._require_time(address)
        if response.status in _ABSENT:
            return False
        # Of what we have from elsewhere, nobody can say that it has not changed.
        if response.status == _UNCHANGED and is_known:
            log().info("source_file_unchanged", file=name)
            return True
        if response.status != _OK:
            raise SourceError(
                f"{address} answered {response.status}; it must answer 200 itself, without a "
                "redirection"
            )
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise SourceError(f"{address} is sent in an encoding that was not asked for")
        note.unlink(missing_ok=True)
        size_bytes = self._write(response, address, target)
        kept = Kept(
            address=address,
            etag=response.headers.get("ETag", ""),
            modified=response.headers.get("Last-Modified", ""),
        )
        note.write_bytes(msgspec.json.encode(kept))
        log().info("source_file_fetched", file=name, size_bytes=size_bytes)
        return True

    def _write(self, response: urllib3.BaseHTTPResponse, address: str, target: Path) -> int:
        """Put the body in place of `target`, whole or not at all."""
        part = target.with_name(target.name + _SUFFIX_OF_PART)
        total, size_bytes = _declared_size(response), 0
        try:
            with part.open("wb") as file:
                for piece in self._pieces(response, address, total):
                    file.write(piece)
                    size_bytes += len(piece)
                    self._on_progress(size_bytes, total)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return size_bytes

    def _pieces(
        self, response: urllib3.BaseHTTPResponse, address: str, total: int
    ) -> Iterator[bytes]:
        """The body as it comes, within the bounds."""
        got, most = 0, self._bounds.max_bytes
        while True:
            if max(total, got) > most:
                raise SourceError(f"{address} has more than the {most:,} bytes that are allowed")
            self._require_time(address)
            # What is there: a full piece would let a slow server pass the deadline.
            piece = response.read1(_PIECE_BYTES, decode_content=False)
            if not piece:
                return
            got += len(piece)
            yield piece

    def _require_time(self, address: str) -> None:
        if time.monotonic() > self._until:
            raise SourceError(
                f"{address} took longer than the {self._bounds.timeout_s:,.0f} s that all files "
                "may take"
            )


def _conditions(address: str, target: Path) -> dict[str, str]:
    """Ask for a newer file only, where we have one from this address."""
    try:
        kept = decode_json(_note_of(target).read_bytes(), Kept)
    except (OSError, msgspec.DecodeError):
        return {}
    if kept.address != address or not target.is_file():
        return {}
    if kept.etag:
        return {"If-None-Match": kept.etag}
    return {"If-Modified-Since": kept.modified} if kept.modified else {}


def _forget_others(folder: Path, wanted: set[str]) -> None:
    """Delete what an earlier run left: input files that the server no longer has."""
    notes = {_note_of(folder / name).name for name in wanted}
    for path in folder.iterdir():
        if path.name not in wanted | notes and path.is_file():
            path.unlink()


def _note_of(target: Path) -> Path:
    return target.with_name(target.name + _SUFFIX_OF_NOTE)


def _let_go(response: urllib3.BaseHTTPResponse) -> None:
    """Keep the connection for the next file, where what was not wanted came in one piece."""
    if response.status in _ABSENT or response.status == _UNCHANGED:
        with suppress(urllib3.exceptions.HTTPError):
            response.read1(_SMALL_BYTES, decode_content=False)
    response.close()


def _declared_size(response: urllib3.BaseHTTPResponse) -> int:
    declared = response.headers.get("Content-Length", "")
    return int(declared) if declared.isdecimal() else 0


def _cause(error: Exception) -> str:
    """The reason inside urllib3's own words, which repeat the address."""
    reason: Any = getattr(error, "reason", None)
    return str(reason or error)
