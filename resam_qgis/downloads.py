"""Weights of models, fetched in the background from the dock or the page of settings."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .dock import Dock
from .i18n import tr
from .presence import present
from .tasks import EngineTask


class Downloads(QObject):
    """One at a time; what was there already goes on.

    Signals:
        message: a line for the user, and whether it is a problem.
        progressed: per cent; 100 also where it ended without success.
        ready: the weights are there.
    """

    message = pyqtSignal(str, bool)
    progressed = pyqtSignal(int)
    ready = pyqtSignal()

    def __init__(self, dock: Dock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dock, self._name = dock, ""
        self._task: EngineTask | None = None
        dock.fetch.clicked.connect(lambda checked=False: self.fetch(dock.choice().model))

    def fetch(self, name: str) -> None:
        """Download the weights of a model, unless another download goes on."""
        if self._task is not None:
            return
        self._name = name
        task = EngineTask(tr("ReSAM: download {}").format(self._name), ["engine.models", "fetch", self._name])
        task.ended.connect(self._ended)
        task.progressChanged.connect(self._progressed)
        self._progressed(0)
        self._dock.fetch.setEnabled(False)
        self._task = task  # Else it would be collected before it has ended.
        present(QgsApplication.taskManager()).addTask(task)

    def close(self) -> None:
        """The plugin is unloaded."""
        if self._task is not None:
            self._task.abandon()

    def _progressed(self, value: float) -> None:
        text = tr("Downloading {}…").format(self._name)
        self.message.emit(f"{text} {value:.0f} %" if value else text, False)
        self.progressed.emit(int(value))

    def _ended(self, problem: str | None) -> None:
        self._task = None
        self._dock.fetch.setEnabled(True)
        self.progressed.emit(100)
        self.message.emit(problem or tr("{} is ready.").format(self._name), problem is not None)
        if problem is None:
            self.ready.emit()
