"""Runs of the engine in the background of the window: progress, events, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from . import runtime
from .i18n import tr


class BackgroundTask(QgsTask):
    """A task of QGIS's task manager that says how it ended; what it does is ``work`` of its kind.

    Signals, in the window's thread:
        ended: None after success, else one line that says why not.
    """

    ended = pyqtSignal(object)

    def __init__(self, title: str) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel)
        self._problem: str | None = None

    def run(self) -> bool:
        """In a thread of its own."""
        try:
            self._problem = self.work()
        except Exception as problem:  # noqa: BLE001 - whatever went wrong must be told, not taken for success
            self._problem = str(problem) or type(problem).__name__
        return self._problem is None

    def work(self) -> str | None:
        """Do it; None, or one line that says why it could not be done. Every kind of task has its own.

        Not an abstract method: the metaclass of Qt's classes leaves no room for that of ``abc``.
        """
        raise NotImplementedError

    def finished(self, good: bool) -> None:
        """Back in the window's thread: tell how it ended."""
        self.ended.emit(None if good else self._problem or tr("Cancelled; nothing was changed."))


class EngineTask(BackgroundTask):
    """``python -m …`` in the background.

    Signals, in the window's thread, besides those of a background task:
        engine_event: one JSON event of the engine; the name ``event`` would hide that of QObject.
    """

    engine_event = pyqtSignal(dict)

    def __init__(self, title: str, arguments: Sequence[str], most: float = 100.0) -> None:
        """
        Args:
            most: per cent of the bar that stand for what the engine counts; less if it works on after that.
        """
        super().__init__(title)
        self.arguments = [*arguments, "--json"]
        self._most = most
        self._variables = runtime.variables()

    def work(self) -> str | None:
        """Run the process to its end."""
        return runtime.run_engine(self.arguments, self._variables, self._tell, self.isCanceled).problem

    def abandon(self) -> None:
        """Cancel; nobody listens any more."""
        self.blockSignals(True)
        self.cancel()

    def _tell(self, event: dict[str, Any]) -> None:
        if event["event"] == "progress" and event.get("total"):
            self.setProgress(self._most * event["done"] / event["total"])
        self.engine_event.emit(event)
