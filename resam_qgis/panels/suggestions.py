"""The part of the review page that asks the engine where to click next: start, progress, cancel."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsVectorLayer
from qgis.PyQt.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from .. import layers, output_layers, places, sayings, styles
from ..controller import Controller
from ..i18n import tr
from ..layer_rules import NotWritten
from ..presence import present, project
from ..tasks import EngineTask
from .held import HeldLine

SCHEMA = places.schema()
FILE = f"{SCHEMA.SUGGESTIONS}.gpkg"
UNDER_WAY = f"{SCHEMA.SUGGESTIONS}.new.gpkg"
"""What the engine writes; it takes the place of the file before once the run ended well."""


class Suggestions(QWidget):
    """Runs ``engine.suggest`` in the background; what it finds becomes a layer."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._task: EngineTask | None = None
        self.start, self.cancel = QPushButton(tr("Where to click next")), QPushButton(tr("Cancel"))
        self.progress, self.said = QProgressBar(), HeldLine(self._state)
        self.start.clicked.connect(lambda checked=False: self.begin())
        self.cancel.clicked.connect(lambda checked=False: self.stop())
        controller.changed.connect(self.said.refresh)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.start, self.cancel, self.progress, self.said):
            column.addWidget(part)
        self._show_running()

    @property
    def running(self) -> bool:
        """Whether the engine looks for places."""
        return self._task is not None

    def begin(self) -> None:
        """Ask the engine where to click next."""
        if not self._controller.session.rows():
            self.said.complain(tr("Accept some objects first."))
            return
        self.said.say(tr("Starting…"))
        self._controller.source_of_clicks(self._begin, self.said.complain)

    def _begin(self, source: layers.RasterInput) -> None:
        if self.running:
            return
        clicks = places.home() / "clicks" / "suggest.gpkg"
        try:
            output_layers.write_clicks(clicks, self._controller.session.rows(), source.crs)
        except NotWritten as problem:
            self.said.complain(str(problem))
            return
        engine, out = self._controller.choice.engine(), places.home() / UNDER_WAY
        arguments = SCHEMA.command(
            "suggest", **source.options(), points=clicks, **engine, out=out, overwrite=True
        )
        self._task = EngineTask(tr("ReSAM: where to click next"), arguments)
        self._task.engine_event.connect(self._tell)
        self._task.progressChanged.connect(self._progressed)
        self._task.ended.connect(self._ended)
        self._show_running()
        present(QgsApplication.taskManager()).addTask(self._task)

    def stop(self) -> None:
        """Cancel; the places that were found before stay."""
        if self._task is not None:
            self._task.cancel()
            self.said.say(tr("Stopping…"))

    def close_tasks(self) -> None:
        """The plugin is unloaded: nothing goes on."""
        if self._task is not None:
            self._task.abandon()

    def _tell(self, event: dict[str, Any]) -> None:
        if event["event"] in ("start", "progress") and self._task is not None and not self._task.isCanceled():
            self.said.say(sayings.told(event))

    def _progressed(self, value: float) -> None:
        self.progress.setMaximum(100)
        self.progress.setValue(int(value))

    def _ended(self, problem: str | None) -> None:
        self._task = None
        self._show_running()
        if problem is not None:
            self.said.complain(problem)
            return
        try:
            layer = _shown(places.home())
        except OSError as trouble:
            text = tr("{} cannot be written: {}")
            self.said.complain(text.format(places.home() / FILE, trouble.strerror or trouble))
            return
        self.said.say(tr("{} places, best first.").format(layer.featureCount()))

    def _show_running(self) -> None:
        """The bar moves without an end in sight until the engine says how much there is to do."""
        self.start.setEnabled(not self.running)
        self.progress.setRange(0, 0)
        for part in (self.cancel, self.progress):
            part.setVisible(self.running)

    def _state(self) -> tuple[object, ...]:
        """All that a problem of a suggestion may be about."""
        choice = self._controller.choice
        raster = None if choice.layer is None else choice.layer.id()
        return raster, choice.bands, choice.engine(), len(self._controller.session.rows())


def _shown(folder: Path) -> QgsVectorLayer:
    """The new places in the stead of those before, in file and project.

    Raises:
        OSError: the file before cannot be replaced.
    """
    name = tr("Where to click next")
    for layer in project().mapLayersByName(name):
        project().removeMapLayer(layer)
    os.replace(folder / UNDER_WAY, folder / FILE)
    layer = QgsVectorLayer(f"{folder / FILE}|layername={SCHEMA.SUGGESTIONS}", name, "ogr")
    styles.places_by_rank(layer)
    project().addMapLayer(layer)
    return layer
