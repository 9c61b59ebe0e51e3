"""``python -m engine.serving.worker``: keeps one model warm and answers clicks, over stdin and stdout.

Messages are those of :mod:`engine.protocol`. Requests are answered one after another; ``cancel`` and ``ping``
take effect while one is running. When stdin ends, the program that started the worker is gone, and so is the
worker. Long runs over whole layers are not its business: they are processes of their own
(``engine.segment --json``).
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

from engine.errors import EXIT_CODE, Cancelled, EngineError, ModelError, is_out_of_memory
from engine.memory import tidied
from engine.messages import coded, message
from engine.protocol import (
    LINE_MAX,
    VERSION,
    EventMessage,
    FailureMessage,
    Message,
    ProtocolError,
    RequestMessage,
    ResultMessage,
    from_line,
    number_in,
    to_line,
)
from engine.serving.request_handler import RequestHandler
from engine.threads import settle

HEARTBEAT_SECONDS = 5.0
CHUNK = 1 << 16
"""Bytes that are read at once."""
Check = Callable[[], None]
"""Raises Cancelled once the request shall end."""


class Worker:
    """Reads requests from a stream of lines and answers them on another."""

    def __init__(
        self, desk: RequestHandler, write: Callable[[str], object], heartbeat: float = HEARTBEAT_SECONDS
    ) -> None:
        """
        Args:
            desk: what does the work.
            write: takes one line; called by several threads, one at a time.
            heartbeat: seconds between two signs of life.
        """
        self._desk, self._write, self._heartbeat = desk, write, heartbeat
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[RequestMessage | None] = queue.SimpleQueue()
        self._open: set[int] = set()
        self._cancelled: set[int] = set()
        self._busy: int | None = None
        self._over = threading.Event()

    def serve(self, lines: Iterator[str]) -> None:
        """Answer until the lines end, or ``shutdown`` is asked for."""
        self.send(
            EventMessage(None, "hello", {"protocol": VERSION, "pid": os.getpid(), **self._desk.about()})
        )
        threading.Thread(target=self._listen, args=(lines,), daemon=True).start()
        threading.Thread(target=self._beat, daemon=True).start()
        for request in tidied(iter(self._waiting.get, None)):
            self._answer(request)
            if request.method == "shutdown":
                break
        self._over.set()

    def send(self, message: Message) -> None:
        """Write one message; if nobody listens any more, the worker's time is over."""
        with self._lock:
            try:
                self._write(to_line(message))
            except (BrokenPipeError, ValueError) as error:
                if isinstance(error, ValueError) and not self._closed(error):
                    raise
                self._waiting.put(None)

    @staticmethod
    def _closed(error: ValueError) -> bool:
        return "closed file" in str(error)

    def _listen(self, lines: Iterator[str]) -> None:
        try:
            for line in lines:
                self._take(line)
        finally:
            self._waiting.put(None)

    def _take(self, line: str) -> None:
        try:
            line.encode()
            message = from_line(line)
        except UnicodeEncodeError:
            self.send(FailureMessage(number_in(line), "protocol", "a line is not UTF-8"))
            return
        except ProtocolError as error:
            self.send(FailureMessage(number_in(line), "protocol", str(error)))
            return
        if not isinstance(message, RequestMessage):
            self.send(FailureMessage(message.id, "protocol", "the worker takes requests alone"))
        elif message.method == "cancel":
            self._cancel(message)
        elif message.method == "ping":
            self.send(ResultMessage(message.id, {"busy": self._busy}))
        else:
            self._open.add(message.id)
            self._waiting.put(message)

    def _cancel(self, message: RequestMessage) -> None:
        number = message.params.get("request")
        known = isinstance(number, int) and number in self._open
        if isinstance(number, int) and known:
            self._cancelled.add(number)
        self.send(ResultMessage(message.id, {"known": known}))

    def _beat(self) -> None:
        while not self._over.wait(self._heartbeat):
            self.send(EventMessage(None, "heartbeat", {"busy": self._busy}))

    def _answer(self, request: RequestMessage) -> None:
        def check() -> None:
            others_wait = request.params.get("give_way") and not self._waiting.empty()
            if request.id in self._cancelled or others_wait:
                raise Cancelled("cancelled")

        def tell(done: int, total: int) -> None:
            self.send(EventMessage(request.id, "progress", {"done": done, "total": total}))

        self._busy = request.id
        try:
            check()
            found = self._desk.handle(request.method, request.params, check, tell)
            self.send(ResultMessage(request.id, found))
        except Cancelled:
            self.send(FailureMessage(request.id, "cancelled", "cancelled; nothing was changed"))
        except Exception as error:  # noqa: BLE001 - a failure must reach the asker, and the worker must go on
            self.send(_failure(request, error))
        finally:
            self._busy = None
            self._open.discard(request.id)
            self._cancelled.discard(request.id)


def _failure(request: RequestMessage, error: Exception) -> FailureMessage:
    """Why nothing came of a request; a fault of the program is printed, too."""
    if is_out_of_memory(error):
        error = ModelError(message("memory"))
    if isinstance(error, EngineError):
        known = coded(error)
        named = ("", {}) if known is None else (known.code, known.values)
        return FailureMessage(request.id, "input", " ".join(str(error).split()), *named)
    traceback.print_exception(error)
    reason = traceback.format_exception_only(error)[-1].strip()
    return FailureMessage(request.id, "internal", f"{request.method} failed: {reason}"[:500])


@contextlib.contextmanager
def private_stdout() -> Iterator[IO[str]]:
    """The real stdout for messages alone: whatever else is printed, by whichever library, goes to stderr."""
    kept = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(kept, "w", encoding="ascii", newline="\n") as stream:
        yield stream


def read_lines(read: Callable[[int], bytes]) -> Iterator[str]:
    """Lines until the stream ends; what is not UTF-8 in one becomes surrogates, and a too long one is cut.

    Args:
        read: takes the most bytes to return, as ``os.read`` does: at least one, none at the end. A buffered
            stream would be locked by the waiting thread when the program ends, and abort it.
    """
    line = bytearray()
    while chunk := read(CHUNK):
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            yield (line + part)[: LINE_MAX + 1].decode("utf-8", "surrogateescape")
            line.clear()
        line += rest
        del line[LINE_MAX + 1 :]
    if line:
        yield line.decode("utf-8", "surrogateescape")


def main() -> int:
    """Serve until stdin ends; 2 after one line if the environment asks for what cannot be."""
    settle()
    try:
        desk = RequestHandler()
    except EngineError as error:
        print(f"worker: {error}", file=sys.stderr)
        return EXIT_CODE
    with private_stdout() as stream:

        def write(line: str) -> None:
            stream.write(line)
            stream.flush()

        Worker(desk, write).serve(read_lines(partial(os.read, sys.stdin.fileno())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
