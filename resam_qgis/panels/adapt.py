"""The page on which a model learns from points: start, watch, judge, keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from qgis.core import Qgis, QgsApplication, QgsMapLayer, QgsMapLayerProxyModel, QgsVectorLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from .. import adapters, layers, output_layers, places, remote, runtime, sayings
from ..controller import Controller
from ..i18n import tr
from ..layer_rules import NotWritten
from ..presence import present
from ..report_window import ReportWindow
from ..tasks import EngineTask
from .changes import Changes
from .chart import LossChart
from .held import HeldLine
from .verdicts import in_words, is_better

MIN_CLICKS = 5
"""Fewer objects than this teach next to nothing, and leave none to judge by."""
BASE_SECONDS, LEAST_SECONDS, SECONDS_PER_OBJECT = 30, 70, 2.5
"""Rough time with the embedded model on two cores: to start and measure, and to learn in at least 80 steps,
or some three an object, of 0.85 s each. The engine measures and tells a better one."""
LEARNING_SHARE = 90.0
"""Of the bar: the rest is for measuring what was learned, whose length nobody knows."""


class AdaptPanel(QScrollArea):
    """Runs ``engine.train`` in the background and shows what it says.

    Signals:
        message: a line for the user, and whether it is a problem; what is about the run stays on the page.
        adapted: folder of an adapter that may be used from now on; empty after a removal.
    """

    adapted = pyqtSignal(str)
    message = pyqtSignal(str, bool)

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._task: EngineTask | None = None
        self._verdicts: list[dict[str, Any]] = []
        self._about = ""
        self._out = Path()
        self._build()
        controller.finished.connect(self.count)
        controller.changed.connect(self._clicks_changed)
        self.count()

    @property
    def running(self) -> bool:
        """Whether a model is learning."""
        return self._task is not None

    def _clicks_changed(self) -> None:
        """Another raster has other clicks."""
        if self.points.currentLayer() is None:
            self.count()
        self.verdict.refresh()

    def _state(self) -> tuple[object, ...]:
        """All that a problem of a run may be about."""
        choice, chosen = self._controller.choice, [_chosen(box) for box in (self.points, self._reference)]
        files = [None if layer is None else (layer.id(), layers.saved_file(layer)) for layer in chosen]
        raster = None if choice.layer is None else choice.layer.id()
        return (raster, choice.bands, choice.engine(), self._objects(), files, self.minutes.value())

    def _layer_chosen(self, layer: QgsMapLayer | None) -> None:
        """Another layer to learn from or to measure with; once it is saved, it may serve, and hold more."""
        if isinstance(layer, QgsVectorLayer):
            layer.afterCommitChanges.connect(self.count)
        self.count()

    def count(self, *_: object) -> None:
        """Say how many objects there are to learn from, and about how long that takes."""
        objects = self._objects()
        text = tr("{} objects").format(objects)
        if objects >= MIN_CLICKS:
            learning = max(LEAST_SECONDS, SECONDS_PER_OBJECT * objects)
            seconds = BASE_SECONDS + (self.minutes.value() * 60 or learning)
            text += ", " + tr("about {} s on two cores").format(round(seconds))
        else:
            text += ": " + tr("click at least {} first").format(MIN_CLICKS)
        self._count.setText(text)
        self.start.setEnabled(objects >= MIN_CLICKS and not self.running)
        self.verdict.refresh()

    def arguments(self, source: layers.RasterInput, out: Path) -> list[str]:
        """The run as the engine's command.

        Raises:
            NotWritten: the clicks cannot be saved for it.
        """
        choice = self._controller.choice
        points, layer_name = self._points(source, out)
        layer = _chosen(self._reference)
        reference, reference_layer = (None, None) if layer is None else _saved(layer)
        return places.schema().command(
            "train",
            **{**source.options(), "raster": [source.path]},
            points=points,
            points_layer=layer_name,
            model=choice.model,
            device=choice.device,
            out=out,
            minutes=self.minutes.value() or None,
            reference=reference,
            reference_layer=reference_layer,
        )

    def begin(self) -> None:
        """Start to learn."""
        self.say(tr("Starting…"))
        self._controller.source_of_clicks(self._begin, self.verdict.complain)

    def _begin(self, source: layers.RasterInput) -> None:
        if self.running:
            return
        try:
            self._out = adapters.reserved_folder(places.adapters(), self.name.text().strip())
        except adapters.BadAdapter as problem:
            self.verdict.complain(str(problem))
            return
        try:
            arguments = self.arguments(source, self._out)
        except NotWritten as problem:
            adapters.remove(self._out)
            self.verdict.complain(str(problem))
            return
        self.chart.clear()
        self._changes.clear()
        self._verdicts, self._about = [], ""
        self._task = EngineTask(tr("ReSAM: adapt to points"), arguments, LEARNING_SHARE)
        self._task.engine_event.connect(self._tell)
        self._task.ended.connect(self._ended)
        self._task.progressChanged.connect(self._progressed)
        self._show_progress(0)
        self.start.setEnabled(False)
        self.cancel.setEnabled(True)
        present(QgsApplication.taskManager()).addTask(self._task)

    def stop(self) -> None:
        """Cancel; no adapter is kept."""
        if self._task is not None:
            self._task.cancel()
            self.say(tr("Stopping…"))

    def close_tasks(self) -> None:
        """The plugin is unloaded: nothing goes on."""
        if self._task is not None:
            self._task.abandon()

    def _progressed(self, value: float) -> None:
        """Steps were learned; after the last one the objects held out are measured, which takes its time."""
        measuring = value >= LEARNING_SHARE and self.running
        self._show_progress(None if measuring else int(value))
        if measuring:
            self.say(self._about + tr("Learned; measuring the objects held out…"))

    def _show_progress(self, value: int | None) -> None:
        """Per cent, or None for a bar that moves without an end in sight."""
        self.progress.setMaximum(0 if value is None else 100)
        self.progress.setValue(value or 0)

    def say(self, text: str) -> None:
        """One line of news for the user."""
        self.verdict.say(text)

    def _tell(self, event: dict[str, Any]) -> None:
        name = event["event"]
        if name == "step" and "loss" in event:
            self.chart.add(event["loss"])
        elif name == "verdict":
            self._verdicts.append(event)
        elif name == "class":  # Each is learned by itself: what comes next is about this one alone.
            self._about = f"{event['kind'] or '–'} ({event['number']}/{event['total']}): "
            self.chart.clear()
        elif name in ("estimate", "objects", "note", "drifted"):
            self.say(self._about + sayings.told(event))

    def _ended(self, problem: str | None) -> None:
        self._task = None
        self.cancel.setEnabled(False)
        self._show_progress(0 if problem else 100)
        self.count()
        if problem is not None:
            adapters.remove(self._out)
            self.verdict.complain(problem)
            if remote.is_refusal(problem):
                self.message.emit(problem, True)
            return
        self.say(in_words(self._verdicts))
        self._changes.show_of(self._out)
        used = str(self._out) if is_better(self._verdicts) else str(self._controller.choice.adapter or "")
        self.adapted.emit(used)

    def _objects(self) -> int:
        layer = _chosen(self.points)
        if layer is None:
            return len(self._controller.session.teaching())
        column = layer.fields().indexFromName("object_id")
        return len(layer.uniqueValues(column)) if column >= 0 else layer.featureCount()

    def _points(self, source: layers.RasterInput, out: Path) -> tuple[Path, str]:
        """File and layer of the points: the clicks so far are saved for it."""
        layer = _chosen(self.points)
        if layer is not None:
            return _saved(layer)
        path = places.home() / "clicks" / f"{out.name}.gpkg"
        output_layers.write_clicks(path, self._controller.session.rows(), source.crs)
        return path, output_layers.CLICKS

    def copy_command(self) -> None:
        """The same run for a terminal, on the clipboard."""
        self._controller.source_of_clicks(self._copy_command, self.verdict.complain)

    def _copy_command(self, source: layers.RasterInput) -> None:
        out = adapters.free_folder(places.adapters(), self.name.text().strip())
        try:
            text = runtime.shown(self.arguments(source, out))
        except NotWritten as problem:
            self.verdict.complain(str(problem))
            return
        QApplication.clipboard().setText(text)
        self.message.emit(tr("Copied."), False)

    def _chosen_adapter(self) -> Path | None:
        chosen = self._controller.choice.adapter
        if chosen is None:
            self.message.emit(tr("Choose an adapter on the first page."), True)
        return Path(chosen) if chosen else None

    def export_adapter(self) -> None:
        """The adapter in use as one file."""
        folder = self._chosen_adapter()
        if folder is None:
            return
        kinds = f"ReSAM (*{adapters.SUFFIX})"
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Export adapter"), f"{folder.name}{adapters.SUFFIX}", kinds
        )
        if name:
            self._try(lambda: adapters.export(folder, Path(name)), tr("Exported."))

    def import_adapter(self) -> None:
        """A file from somebody else becomes an adapter in the list."""
        name, _ = QFileDialog.getOpenFileName(self, tr("Import adapter"), "", f"ReSAM (*{adapters.SUFFIX})")
        if name:
            done = self._try(lambda: adapters.import_file(Path(name), places.adapters()), tr("Imported."))
            if done is not None:
                self.adapted.emit(str(done))

    def remove_adapter(self) -> None:
        """Remove the adapter in use, after asking."""
        folder = self._chosen_adapter()
        if folder is None:
            return
        button = QMessageBox.StandardButton
        text = tr("Remove the adapter “{}” for good?").format(folder.name)
        if QMessageBox.question(self, "ReSAM", text, button.Yes | button.No) == button.Yes:
            adapters.remove(folder)
            self.adapted.emit("")

    def show_report(self) -> None:
        """Show the report of the adapter in use."""
        folder = self._chosen_adapter()
        if folder is None:
            return
        try:
            ReportWindow(folder / "report.html", self.window()).show()
        except (OSError, ValueError):
            self.message.emit(tr("{} cannot be read.").format(folder / "report.html"), True)

    def _try(self, work: Callable[[], object], good: str) -> object:
        try:
            result = work()
        except adapters.BadAdapter as problem:
            self.message.emit(str(problem), True)
            return None
        self.message.emit(good, False)
        return result

    def _build(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        form = QFormLayout()
        self.points = _layer_box(QgsMapLayerProxyModel.Filter.PointLayer, tr("Clicks so far"))
        self.points.layerChanged.connect(self._layer_chosen)
        form.addRow(tr("Learn from"), self.points)
        self._count = QLabel()
        form.addRow("", self._count)
        nobody = tr("none: estimate from the clicks")
        self._reference = _layer_box(QgsMapLayerProxyModel.Filter.PolygonLayer, nobody)
        self._reference.layerChanged.connect(self._layer_chosen)
        form.addRow(tr("Measure with"), self._reference)
        self.name = QLineEdit("adapter")
        form.addRow(tr("Name"), self.name)
        self.minutes = QDoubleSpinBox()
        self.minutes.setRange(0, 600)
        self.minutes.setSpecialValueText(tr("automatic"))
        self.minutes.valueChanged.connect(self.count)
        form.addRow(tr("Minutes"), self.minutes)
        column.addLayout(form)
        self.start, self.cancel = QPushButton(tr("Adapt to these points")), QPushButton(tr("Cancel"))
        self.cancel.setEnabled(False)
        self.start.clicked.connect(self.begin)
        self.cancel.clicked.connect(self.stop)
        self.progress = QProgressBar()
        self.chart = LossChart()
        self.chart.setToolTip(tr("Loss"))
        self.verdict, self._changes = HeldLine(self._state), Changes()
        for part in (self.start, self.cancel, self.progress, self.chart, self.verdict, self._changes):
            column.addWidget(part)
        column.addLayout(self._list_buttons())
        column.addStretch()
        self.setWidgetResizable(True)
        self.setWidget(page)

    def _list_buttons(self) -> QGridLayout:
        grid = QGridLayout()
        buttons = (
            (tr("Report"), self.show_report),
            (tr("Export adapter"), self.export_adapter),
            (tr("Import adapter"), self.import_adapter),
            (tr("Remove adapter"), self.remove_adapter),
            (tr("Copy as command"), self.copy_command),
        )
        for place, (text, work) in enumerate(buttons):
            button = QPushButton(text)
            button.clicked.connect(lambda checked=False, work=work: work())
            grid.addWidget(button, place // 2, place % 2)
        return grid


def _saved(layer: QgsVectorLayer) -> tuple[Path, str]:
    """File and layer name; NotWritten if the layer shows something else than its file holds."""
    found = layers.saved_file(layer)
    if found is None:
        raise NotWritten(layers.unsaved(layer))
    return found


def _chosen(box: QgsMapLayerComboBox) -> QgsVectorLayer | None:
    """The layer of a box that offers vector layers alone."""
    return cast("QgsVectorLayer | None", box.currentLayer())


def _layer_box(kind: Qgis.LayerFilter, empty: str) -> QgsMapLayerComboBox:
    box = QgsMapLayerComboBox()
    box.setFilters(kind)
    box.setAllowEmptyLayer(True, empty)
    box.setLayer(None)
    return box
