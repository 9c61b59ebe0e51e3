"""A file server on the loopback address that can misbehave in every way the downloader must survive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Behaviour:
    """What the server holds, how it behaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    """For the next answers in turn: bytes after which the connection is cut."""
    statuses: list[int] = field(default_factory=list)
    """For the next answers in turn: a status sent in place of the file."""
    heeds_ranges: bool = True
    range_shift: int = 0
    """Start this many bytes beside the place that was asked for."""
    tells_length: bool = True
    redirects: list[bytes] = field(default_factory=list)
    """For the next answers in turn: what the header Location says, in place of the file."""
    headers: dict[str, str] = field(default_factory=dict)
    """Sent along with the file."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range header of every request."""
    address: str = ""


class _Handler(BaseHTTPRequestHandler):
    behaviour: Behaviour

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.behaviour.asked.append((self.path, wanted))
        content = self.behaviour.files.get(self.path)
        if self.behaviour.statuses:
            self.send_error(self.behaviour.statuses.pop(0))
        elif self.behaviour.redirects:
            self._redirect(self.behaviour.redirects.pop(0))
        elif content is None:
            self.send_error(404)
        elif wanted and self.behaviour.heeds_ranges:
            self._send_range(content, int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]))  # type: ignore[index]
        else:
            self._send(200, content, {})

    def _redirect(self, place: bytes) -> None:
        head = b"HTTP/1.0 302 Found\r\nContent-Length: 0\r\nLocation: " + place
        self.wfile.write(head + b"\r\n\r\n")
        self.close_connection = True

    def _send_range(self, content: bytes, start: int) -> None:
        if start >= len(content):
            self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        start += self.behaviour.range_shift
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._send(206, content[start:], {"Content-Range": span})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | self.behaviour.headers).items():
            self.send_header(name, value)
        if self.behaviour.tells_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = self.behaviour.cuts.pop(0) if self.behaviour.cuts else len(body)
        self.wfile.write(body[:cut])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextmanager
def serve(**behaviour: object) -> Iterator[Behaviour]:
    """Run a server for the duration of the block."""
    state = Behaviour(**behaviour)  # type: ignore[arg-type]
    handler = type("Handler", (_Handler,), {"behaviour": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    state.address = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
