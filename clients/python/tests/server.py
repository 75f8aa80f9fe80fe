"""A small real HTTP server that says what it is told to, and remembers what it was asked."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    port: int


@dataclass(frozen=True)
class Say:
    """An answer to give; with `drop` the connection is closed instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay_s: float = 0.0
    drop: bool = False


@dataclass
class Scripted:
    """The server: answers in their order, the last one for ever."""

    url: str = ""
    answers: list[Say] = field(default_factory=list[Say])
    asked: list[Asked] = field(default_factory=list[Asked])

    def say(self, *answers: Say) -> None:
        """Give these answers next."""
        self.answers = list(answers)
        self.asked.clear()

    def next(self) -> Say:
        """Return the answer that is due."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _asked(handler: BaseHTTPRequestHandler) -> Asked:
    body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    headers, port = dict(handler.headers), handler.client_address[1]
    return Asked(handler.command, handler.path, headers, body, time.monotonic(), port)


@contextmanager
def scripted() -> Iterator[Scripted]:
    """Serve from a thread."""
    script = Scripted(answers=[Say()])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            script.asked.append(_asked(self))
            say = script.next()
            time.sleep(say.delay_s)
            if say.drop:
                self.close_connection = True
                return
            self.send_response(say.status)
            for name, value in say.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(say.body)))
            self.end_headers()
            if say.status != 304:
                self.wfile.write(say.body)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  # as the base has them

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
