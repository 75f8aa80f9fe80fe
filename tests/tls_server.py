"""A real HTTPS server on loopback, with a certificate that `openssl` makes for it."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Shelf:
    """What is served: a body by path, or a function that answers by itself; and what was asked."""

    def __init__(self, address: str, ca_file: Path) -> None:
        self.address = address
        self.ca_file = ca_file
        self.files: dict[str, Any] = {}
        self.asked: list[tuple[str, int, dict[str, str]]] = []

    def statuses(self) -> dict[str, int]:
        """The last status by path, of those that were there."""
        return {path: status for path, status, _ in self.asked if status != 404}


@contextmanager
def tls_server(folder: Path) -> Iterator[Shelf]:
    """Serve over TLS until the block ends."""
    certificate, key = make_certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    shelf = Shelf(f"https://localhost:{server.server_port}/films/", certificate)
    server.shelf = shelf  # type: ignore[attr-defined]
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield shelf
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that is its own authority."""
    certificate, key = folder / "ca.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        shelf: Shelf = self.server.shelf  # type: ignore[attr-defined]
        found = shelf.files.get(self.path.removeprefix("/films/"))
        if callable(found):
            found(self)
            return
        status, body, headers = self._answer(found)
        shelf.asked.append(
            (self.path, status, {name.lower(): value for name, value in self.headers.items()})
        )
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, found: bytes | None) -> tuple[int, bytes, dict[str, str]]:
        if found is None:
            return 404, b"", {}
        tag = f'"{hash(found)}"'
        if self.headers.get("If-None-Match") == tag:
            return 304, b"", {"ETag": tag}
        return 200, found, {"ETag": tag}

    def log_message(self, *_: object) -> None:
        """Say nothing."""
