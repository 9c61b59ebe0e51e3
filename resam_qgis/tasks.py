"""Runs of the engine in the background of the window: progress, events, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from . import runtime
from .i18n import tr


class EngineTask(QgsTask):
    """``python -m …`` as a task of QGIS's task manager.

    Signals, in the window's thread:
        engine_event: one JSON event of the engine; the name ``event`` would hide that of QObject.
        ended: None after success, else one line that says why not.
    """

    engine_event = pyqtSignal(dict)
    ended = pyqtSignal(object)

    def __init__(self, title: str, arguments: Sequence[str], most: float = 100.0) -> None:
        """
        Args:
            most: per cent of the bar that stand for what the engine counts; less if it works on after that.
        """
        super().__init__(title, QgsTask.Flag.CanCancel)
        self.arguments = [*arguments, "--json"]
        self._problem: str | None = None
        self._most = most

    def run(self) -> bool:
        """In a thread of its own: run the process to its end."""
        try:
            done = runtime.run_engine(self.arguments, self._tell, self.isCanceled)
            self._problem = done.problem
        except Exception as problem:  # noqa: BLE001 - whatever went wrong must be told, not taken for success
            self._problem = str(problem) or type(problem).__name__
        return self._problem is None

    def finished(self, good: bool) -> None:
        """Back in the window's thread: tell how it ended."""
        self.ended.emit(None if good else self._problem or tr("Cancelled; nothing was changed."))

    def abandon(self) -> None:
        """Cancel; nobody listens any more."""
        self.blockSignals(True)
        self.cancel()

    def _tell(self, event: dict[str, Any]) -> None:
        if event["event"] == "progress" and event.get("total"):
            self.setProgress(self._most * event["done"] / event["total"])
        self.engine_event.emit(event)
