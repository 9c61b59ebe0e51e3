"""A tile server on the loopback that takes its time: ``python slow_tiles.py FOLDER SECONDS``.

Prints its port. ``/count`` tells how many tiles it was asked for.
"""

import contextlib
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER, SECONDS = Path(sys.argv[1]), float(sys.argv[2])
ANY_TILE = next(FOLDER.rglob("*.png")).read_bytes()


class Handler(BaseHTTPRequestHandler):
    """Answers every tile: with its file, or with any."""

    count = 0

    def do_GET(self):
        if self.path == "/count":
            self.answer(str(Handler.count).encode(), "text/plain")
            return
        Handler.count += 1
        time.sleep(SECONDS)
        path = FOLDER / self.path.lstrip("/")
        self.answer(path.read_bytes() if path.is_file() else ANY_TILE, "image/png")

    def answer(self, content, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def handle(self):
        with contextlib.suppress(ConnectionError):  # Whoever asked has cancelled.
            super().handle()

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
