"""The worker process as an object with signals: one request, one answer, also when the worker crashes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from qgis.core import Qgis, QgsMessageLog
from qgis.PyQt.QtCore import QObject, QProcess, QTimer, pyqtSignal

from . import places, runtime, sayings
from .i18n import tr

Done = Callable[[dict[str, Any]], None]
Failed = Callable[[str, str], None]
"""Told the kind of failure (see ``engine.protocol``, or ``crashed``) and one line for the user."""
SILENCE_SECONDS = 90.0
"""A worker without any message, not even a heartbeat, for this time counts as dead."""
MOST_CRASHES, CRASH_WINDOW_SECONDS = 3, 120.0
WATCH_MS = 5000
END_MS = 2000


class WorkerClient(QObject):
    """Starts the worker when it is first needed, and again after a crash.

    Signals:
        state_changed: a word (stopped, starting, ready, crashed) and one line about it.
        progressed: number of a request, how much of it is done, and how much there is.
    """

    state_changed = pyqtSignal(str, str)
    progressed = pyqtSignal(int, int, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._protocol = places.protocol()
        self._process: QProcess | None = None
        self._waiting: dict[int, tuple[Done, Failed]] = {}
        self._unsent: list[str] = []
        self._rest = b""
        self._number = 0
        self._greeted = False
        self._crashes: list[float] = []
        self._last_sign = 0.0
        self._asked: dict[int, float] = {}
        self._last_answer = 0.0
        self.seconds = 0.0
        """What the worker took for its latest answer: it answers one request after another."""
        self.stderr = ""
        self._last_words = ""
        self._watch = QTimer(self)
        self._watch.timeout.connect(self._check_pulse)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._waiting)

    @property
    def pid(self) -> int:
        """Number of the worker's process, or 0."""
        return self._process.processId() if self._process is not None else 0

    def request(self, method: str, params: dict[str, Any], done: Done, failed: Failed) -> int:
        """Ask the worker for something; exactly one of ``done`` and ``failed`` is called, later."""
        self._number += 1
        self._waiting[self._number] = (done, failed)
        self._asked[self._number] = time.monotonic()
        line = self._protocol.to_line(self._protocol.RequestMessage(self._number, method, params))
        try:
            self._start()
        except runtime.NotReady as problem:
            number, text = self._number, str(problem)
            QTimer.singleShot(0, lambda: self._fail(number, "input", text))
            return self._number
        self._send(line)
        return self._number

    def prepare(
        self, engine: dict[str, Any], raster: dict[str, Any], place: tuple[float, float], around: int
    ) -> None:
        """Embed the tile at a place, and a number of tiles around it, unless others ask for more.

        Args:
            engine: model, adapter and device.
        """
        params = {"places": [list(place)], "around": around, "give_way": True, "raster": raster, **engine}
        self.request("prepare", params, lambda result: None, lambda kind, text: None)

    def cancel(self, number: int) -> None:
        """Ask the worker to drop a request; its ``failed`` is called with kind ``cancelled``."""
        if number in self._waiting:
            self._number += 1
            cancel = self._protocol.RequestMessage(self._number, "cancel", {"request": number})
            self._send(self._protocol.to_line(cancel))

    def stop(self) -> None:
        """End the worker; waiting requests fail. It starts again with the next request."""
        process, self._process = self._process, None
        self._watch.stop()
        if process is not None:
            for signal in (process.readyReadStandardOutput, process.readyReadStandardError, process.finished):
                signal.disconnect()
            process.closeWriteChannel()
            if not process.waitForFinished(END_MS):
                process.kill()
                process.waitForFinished(END_MS)
            process.deleteLater()
        self._end_all("cancelled", tr("The worker was stopped."))
        self.state_changed.emit("stopped", "")

    def _start(self) -> None:
        if self._process is not None:
            return
        program = str(runtime.interpreter())
        process = runtime.new_process(runtime.variables())
        process.setParent(self)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_errors)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._not_started)
        self._process, self._rest, self._greeted, self._unsent = process, b"", False, []
        self._last_words = ""
        self._last_sign = time.monotonic()
        self._watch.start(WATCH_MS)
        self.state_changed.emit("starting", tr("Starting the engine…"))
        process.start(program, ["-m", "engine.serving.worker"])

    def _send(self, line: str) -> None:
        if self._greeted and self._process is not None:
            self._process.write(line.encode("ascii"))
        else:
            self._unsent.append(line)

    def _read(self) -> None:
        if self._process is None:
            return
        self._last_sign = time.monotonic()
        *lines, self._rest = (self._rest + bytes(self._process.readAllStandardOutput())).split(b"\n")
        for line in lines:
            try:
                message = self._protocol.from_line(line.decode("utf-8"))
            except ValueError as error:
                self._log(f"not understood: {error}")
                continue
            self._take(message)

    def _take(self, message: object) -> None:
        protocol = self._protocol
        if isinstance(message, protocol.EventMessage):
            if message.name == "hello":
                self._hello(message.fields)
            elif message.name == "progress" and message.id in self._waiting:
                self.progressed.emit(message.id, message.fields["done"], message.fields["total"])
        elif isinstance(message, protocol.ResultMessage) and message.id in self._waiting:
            done, _ = self._waiting.pop(message.id)
            self._measure(message.id)
            done(message.result)
        elif isinstance(message, protocol.FailureMessage) and message.id is not None:
            text = sayings.problem(message.message, message.code, message.values)
            self._fail(message.id, message.kind, text)

    def _measure(self, number: int) -> None:
        """How long the worker was at a request: from when it was asked, or from the answer before."""
        now = time.monotonic()
        self.seconds = now - max(self._asked.pop(number, now), self._last_answer)
        self._last_answer = now

    def _hello(self, fields: dict[str, Any]) -> None:
        if fields.get("protocol") != self._protocol.VERSION:
            self._end_all("protocol", runtime.unfit())
            self.stop()
            return
        self._greeted, self._last_answer = True, time.monotonic()
        unsent, self._unsent = self._unsent, []
        for line in unsent:
            self._send(line)
        self.state_changed.emit("ready", "")

    def _fail(self, number: int, kind: str, text: str) -> None:
        if number in self._waiting:
            _, failed = self._waiting.pop(number)
            self._measure(number)
            failed(kind, text)

    def _end_all(self, kind: str, text: str) -> None:
        for number in list(self._waiting):
            self._fail(number, kind, text)

    def _ended(self, *_: object) -> None:
        process, self._process = self._process, None
        self._watch.stop()
        text = tr("The engine stopped unexpectedly; your clicks are kept.")
        if process is not None:
            self._hear(process)
            if not self._greeted:
                failed = process.error() == QProcess.ProcessError.FailedToStart
                text = runtime.not_started(process.errorString() if failed else self._last_words)
            process.deleteLater()
        now = time.monotonic()
        self._crashes = [then for then in self._crashes if now - then < CRASH_WINDOW_SECONDS] + [now]
        self.state_changed.emit("crashed", text)
        self._end_all("crashed", text)

    @property
    def may_retry(self) -> bool:
        """Whether it is worth asking again after a crash: not if it crashes time and again."""
        now = time.monotonic()
        return sum(now - then < CRASH_WINDOW_SECONDS for then in self._crashes) < MOST_CRASHES

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            # Later: on Windows this comes before start() returns, and so before the request has a number.
            QTimer.singleShot(0, self._ended)

    def _check_pulse(self) -> None:
        if self._process is not None and time.monotonic() - self._last_sign > SILENCE_SECONDS:
            self._log("no sign of life; it is ended")
            self._process.kill()

    def _read_errors(self) -> None:
        if self._process is not None:
            self._hear(self._process)

    def _hear(self, process: QProcess) -> None:
        """What a process says on stderr."""
        said = bytes(process.readAllStandardError()).decode("utf-8", "replace")
        self.stderr = (self.stderr + said)[-runtime.STDERR_KEPT :]
        self._last_words = (self._last_words + said)[-runtime.STDERR_KEPT :]
        self._log(said.strip())

    @staticmethod
    def _log(text: str) -> None:
        if text:
            QgsMessageLog.logMessage(text, "ReSAM", Qgis.MessageLevel.Info)
