"""The page that finds all objects like those of the layer: where, how long, and what came of it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsGeometry, QgsMapSettings, QgsPointXY, QgsRasterLayer, QgsVectorLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtGui import QHideEvent, QShowEvent
from qgis.PyQt.QtWidgets import (
    QApplication,
    QFormLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .. import finds, layers, places, runtime, sayings
from ..arriving import Arriving
from ..controller import Controller
from ..examples import STANDING, SURE, Examples, Outline, collected, outlines_of
from ..find_task import FOUND, Find, FindTask, SearchInput
from ..i18n import tr
from ..layer_rules import NotWritten
from ..layers import RasterInput, Unusable
from ..presence import present, project
from .area_row import AreaRow
from .found_part import FoundPart
from .held import HeldLine

FEW = 5
"""With fewer examples the scores are rough."""
REST_MS = 250


@dataclass(frozen=True)
class _Run:
    """What a search that goes on is about, and when it began."""

    raster_id: str
    model: str
    megapixels: float
    started: float


class FindPanel(QWidget):
    """Runs ``engine.find`` in the background, and shows what it found in a layer beside the user's.

    Signals:
        message: a line for the user, and whether it is a problem.
    """

    message = pyqtSignal(str, bool)

    def __init__(
        self,
        controller: Controller,
        canvas: QgsMapCanvas,
        values: Callable[[str], Mapping[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """
        Args:
            values: what every polygon of a class gets, by column.
        """
        super().__init__(parent)
        self._controller, self._canvas = controller, canvas
        self.found = FoundPart(controller, values)
        self._task: FindTask | None = None
        self._folder = places.runs() / "none"
        self._run: _Run | None = None
        self._doubts: list[str] = []
        self._arriving: Arriving | None = None
        self._view: QgsMapSettings | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.refresh)
        self._build()
        controller.changed.connect(self.soon)
        controller.finished.connect(self.soon)
        project().layersRemoved.connect(self.soon)
        project().cleared.connect(self._forget)

    @property
    def running(self) -> bool:
        """Whether a search goes on."""
        return self._task is not None

    # --- before it begins -------------------------------------------------------------------------------

    def examples(self) -> Examples:
        """What the search would learn from.

        Raises:
            Unusable: no raster is chosen.
        """
        raster = layers.usable(self._controller.choice.layer)
        return collected(
            self._controller.session, (self._controller.layer_chosen(), self.found.layer), raster.crs()
        )

    def soon(self, *_: object) -> None:
        """Something changed that the page may show."""
        if self.isVisible():
            self._later.start(REST_MS)

    def refresh(self) -> None:
        """Say what there is to learn from, how long a search takes, and what is shown of the last one."""
        try:
            examples = self.examples()
            self._taught.setText(_taught(examples))
            wanted = examples.wanted
        except Unusable as problem:
            self._taught.setText(str(problem))
            wanted = 0
        self.start.setEnabled(wanted > 0 and not self.running)
        self.start.setText(tr("Find all like these") if self.found.layer is None else tr("Find again"))
        self._cost.setText(self._estimate())
        self.said.refresh()
        self.found.refresh()

    def _estimate(self) -> str:
        """How large the area is, and about how long it takes."""
        raster = self._controller.choice.layer
        if raster is None or not raster.isValid():
            return ""
        try:
            size = self._size(raster, self.area.polygons(raster))
        except Unusable as problem:
            return str(problem)
        seconds = self._controller.costs.search_seconds(self._controller.choice.model, size)
        if seconds is None:
            return tr("{:.1f} megapixels; how long this model takes is not known yet").format(size)
        return tr("{:.1f} megapixels, about {}").format(size, sayings.duration(seconds))

    def _size(self, raster: QgsRasterLayer, shapes: list[QgsGeometry]) -> float:
        """Megapixels of an area in the raster's CRS; of a layer without a file, those of the view."""
        area = sum(shape.area() for shape in shapes)
        if layers.has_file(raster):
            return float(area / (raster.rasterUnitsPerPixelX() * raster.rasterUnitsPerPixelY()) / 1e6)
        view = self._canvas.mapSettings()
        box = layers.moved_box(view.visibleExtent(), view.destinationCrs(), raster.crs())
        pixels = view.outputSize().width() * view.outputSize().height()
        return float(area / max(box.width() * box.height(), 1e-9) * pixels / 1e6)

    # --- the run ----------------------------------------------------------------------------------------

    def wanted(self, source: RasterInput, shapes: list[QgsGeometry]) -> SearchInput:
        """What a search would be about now.

        Args:
            shapes: where to look, in the CRS of the raster.

        Raises:
            Unusable: there is no example.
        """
        choice = self._controller.choice
        raster, examples = layers.usable(choice.layer), self.examples()
        if not examples.wanted:
            raise Unusable(tr("Accept some objects first."))
        area = () if self.area.whole else tuple(shapes)
        return SearchInput(examples, area, raster.crs(), {**source.options(), **choice.options()})

    def begin(self) -> None:
        """Start to search."""
        self.said.say(tr("Starting…"))
        self._with_source(self._begin)

    def _with_source(self, work: Callable[[RasterInput, list[QgsGeometry]], None]) -> None:
        """Find what the engine reads; of a layer without a file, a picture of the area is made first.

        Meanwhile the view may go elsewhere: the work gets the area that the picture shows.
        """
        choice = self._controller.choice
        try:
            shapes = self.area.polygons(layers.usable(choice.layer))
        except Unusable as problem:
            self._complain(str(problem))
            return
        corners = [QgsPointXY(one) for shape in shapes for one in shape.vertices()]
        sources = self._controller.sources
        sources.covering(choice, corners, lambda source: work(source, shapes), self._complain)

    def _begin(self, source: RasterInput, shapes: list[QgsGeometry]) -> None:
        if self.running:
            return
        choice = self._controller.choice
        raster = present(choice.layer)
        try:
            places.runs().mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix="find-", dir=places.runs()))
            wanted = self.wanted(source, shapes)
            self._run = _Run(raster.id(), choice.model, self._size(raster, shapes), time.monotonic())
        except (Unusable, OSError) as problem:
            shutil.rmtree(self._folder, ignore_errors=True)
            text = (
                sayings.not_written(problem, places.runs()) if isinstance(problem, OSError) else str(problem)
            )
            self._complain(text)
            return
        self._doubts, self._arriving = [], Arriving(raster, self._taken)
        self._arriving.came.connect(self.found.refresh)
        self._task = FindTask(tr("ReSAM: find all like these"), wanted, self._folder)
        self._task.engine_event.connect(self._tell)
        self._task.outlined.connect(self._arriving.take)
        self._task.ended.connect(self._ended)
        self._task.progressChanged.connect(lambda value: self.progress.setValue(int(value)))
        self.progress.setValue(0)
        self._show_running(True)
        present(QgsApplication.taskManager()).addTask(self._task)

    def stop(self) -> None:
        """Cancel; what was outlined until then is kept, and so are the finds before."""
        if self._task is not None:
            self._task.cancel()
            self.said.say(tr("Stopping…"))

    def close_tasks(self) -> None:
        """The plugin is unloaded: nothing goes on."""
        project().layersRemoved.disconnect(self.soon)
        project().cleared.disconnect(self._forget)
        self.found.watch(None)
        if self._task is not None:
            self._task.abandon()
            present(self._arriving).keep()
            shutil.rmtree(self._folder, ignore_errors=True)
        self.area.discard()

    def _show_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.start.setEnabled(not running)
        self.cancel.setEnabled(running)
        self.found.hold(running)

    def _tell(self, event: dict[str, Any]) -> None:
        name = event["event"]
        if name == "note":
            self._doubts.append(sayings.reason(str(event.get("text", "")).removeprefix("note: ")))
        elif name == "found":
            present(self._arriving).expect(float(event["threshold"]), float(event["best"]))
        elif name in ("start", "progress"):
            self.said.say(sayings.told(event))

    def _ended(self, problem: str | None) -> None:
        task, self._task = self._task, None
        present(self._arriving).stop()
        self._show_running(False)
        shutil.rmtree(self._folder, ignore_errors=True)
        run = present(self._run)
        raster = project().mapLayer(run.raster_id)
        if problem is None and task is not None and isinstance(raster, QgsRasterLayer):
            seconds = time.monotonic() - run.started
            self._controller.costs.note_search(run.model, run.megapixels, seconds)
            self._take(task.finds, raster)
        else:
            self._broken(problem or tr("The raster that was searched is gone."), present(task).isCanceled())
        self.refresh()

    def _broken(self, problem: str, cancelled: bool) -> None:
        """The search ended early."""
        count = present(self._arriving).keep()
        kept = tr("The {} finds that were outlined until then are kept.").format(count) if count else ""
        if kept and cancelled:
            self.said.say(kept)
        else:
            self._complain(f"{sayings.reason(problem)} {kept}".strip())

    def _take(self, found: list[Find], raster: QgsRasterLayer) -> None:
        """Show what was found, from the score on at which the engine accepts."""
        if not found:
            present(self._arriving).keep()
            self.said.say("<br>".join([tr("Nothing else like these was found."), *self._doubts]))
            return
        chosen = present(self._arriving).chosen
        layer = finds.put(found, raster, self._taken(raster))
        if chosen is None:
            sure = [item.score for item in found if item.sure]
            chosen = min(sure) if sure else max(item.score for item in found)
        finds.show_from(layer, chosen)
        self.said.say("<br>".join([tr("Found {}.").format(len(found)), *self._doubts]))

    def _taken(self, raster: QgsRasterLayer) -> list[Outline]:
        """What finds keep off: what stands in both layers, and what was rejected."""
        taken = self._standing(self._controller.layer_chosen(), raster, STANDING)
        return taken + self._standing(finds.layer_of(raster), raster, SURE)

    @staticmethod
    def _standing(
        layer: QgsVectorLayer | None, raster: QgsRasterLayer, wanted: Mapping[str, bool]
    ) -> list[Outline]:
        return [] if layer is None else list(outlines_of(layer, raster.crs(), wanted))

    # --- the page ---------------------------------------------------------------------------------------

    def copy_command(self) -> None:
        """The same run for a terminal, on the clipboard."""
        self._with_source(self._copy_command)

    def _copy_command(self, source: RasterInput, shapes: list[QgsGeometry]) -> None:
        try:
            folder = places.home() / "clicks" / "find"
            text = runtime.shown(self.wanted(source, shapes).command(folder, Path(FOUND)))
        except (NotWritten, Unusable) as problem:
            self._complain(str(problem))
            return
        QApplication.clipboard().setText(text)
        self.message.emit(tr("Copied."), False)

    def _complain(self, text: str) -> None:
        self.said.complain(text)
        self.message.emit(text, True)

    def _state(self) -> tuple[object, ...]:
        """All that a problem of a search may be about."""
        choice, output = self._controller.choice, self._controller.layer_chosen()
        raster = None if choice.layer is None else choice.layer.id()
        return (
            raster,
            choice.bands,
            choice.engine(),
            None if output is None else output.id(),
            self._taught.text(),
        )

    def _leave(self, *_: object) -> None:
        """A review begins, which goes from object to object: the next search is about the view of now."""
        self._view = QgsMapSettings(self._canvas.mapSettings())

    def _forget(self) -> None:
        """Another project has other views."""
        self._view = None

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The page is open: it follows the layers, and shows again what was in view before a review."""
        super().showEvent(event)
        view, now = self._view, self._canvas.mapSettings()
        if view is not None and view.destinationCrs() == now.destinationCrs():
            self._canvas.setExtent(view.extent())  # What is seen of it grows with a rotation.
            self._canvas.refresh()
        self._forget()
        self.area.show_band(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """The page is closed."""
        self.area.show_band(False)
        super().hideEvent(event)

    def _build(self) -> None:
        column, form = QVBoxLayout(self), QFormLayout()
        self._taught, self._cost, self.said = QLabel(), QLabel(), HeldLine(self._state)
        self._taught.setWordWrap(True)
        self._cost.setWordWrap(True)
        form.addRow(tr("Examples"), self._taught)
        self.area = AreaRow(self._canvas)
        self.area.changed.connect(self.soon)
        self.found.said.connect(self.said.say)
        self.found.reviewing.connect(self._leave)
        self.found.message.connect(lambda text, problem: self._complain(text))
        form.addRow(tr("Look in"), self.area)
        form.addRow("", self._cost)
        column.addLayout(form)
        self.start, self.cancel = QPushButton(), QPushButton(tr("Cancel"))
        self.progress = QProgressBar()
        for button, work in ((self.start, self.begin), (self.cancel, self.stop)):
            button.clicked.connect(lambda checked=False, work=work: work())
            column.addWidget(button)
        column.addWidget(self.progress)
        column.addWidget(self.said)
        column.addWidget(self.found)
        column.addStretch()
        command = QPushButton(tr("Copy as command"))
        command.clicked.connect(lambda checked=False: self.copy_command())
        column.addWidget(command)
        self._show_running(False)


def _taught(examples: Examples) -> str:
    """What there is to learn from, in words; each class is looked for by itself."""
    text, counts = tr("{} objects").format(examples.wanted), examples.by_class()
    if any(counts):
        each = ", ".join(f"{name or '–'} {count}" for name, count in counts.items())
        text += f" ({each})"
    if examples.unwanted:
        text += ", " + tr("{} rejected").format(examples.unwanted)
    if examples.wanted == 0:
        return text + ": " + tr("click and accept some first")
    few = min(counts.values()) < FEW
    return text + (": " + tr("{} or more make scores surer").format(FEW) if few else "")
