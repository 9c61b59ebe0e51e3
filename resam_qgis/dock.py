"""The dock: what is clicked on, with which model, and where the polygons go."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel, QgsRasterLayer, QgsVectorLayer
from qgis.gui import QgsDockWidget, QgsMapLayerComboBox
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QCloseEvent, QIcon, QKeyEvent
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QSlider,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from . import adapters, finds, output_layers, places, settings
from .choice import Choice
from .classes import ClassList
from .i18n import tr
from .layer_rules import NotWritten
from .panels.band_row import BandRow
from .panels.class_table import ClassTable
from .panels.edit_row import EditRow
from .panels.heat_row import HeatRow
from .panels.held import problem_style
from .panels.shape_box import ShapeBox
from .panels.tall_page import TallPage
from .presence import present, project

NAMES_SHOWN = 5
MODELS = places.schema().MODELS
"""What each model by name is, for people."""
DOWNLOADED = frozenset(MODELS) - {places.schema().MODEL}
SIMPLIFY_STEPS = 12
"""Positions of the simplification slider, a quarter of a pixel each."""


class Dock(QgsDockWidget):
    """The plugin's panel; its pages are added by the plugin.

    Signals:
        chosen: a setting was changed; see :meth:`choice`.
        class_chosen: the user chose a class, be it the same again.
        armed: whether the map tool shall be active.
        message: a line for the user, and whether it is a problem.
    """

    chosen = pyqtSignal()
    class_chosen = pyqtSignal()
    armed = pyqtSignal(bool)
    hidden = pyqtSignal()
    message = pyqtSignal(str, bool)

    def __init__(self, classes: ClassList, parent: QWidget | None = None) -> None:
        super().__init__(tr("ReSAM"), parent)
        self.setObjectName("ResamDock")
        self._classes = classes
        self.tabs = QTabWidget()
        self.tabs.setUsesScrollButtons(False)  # A page out of sight is not found.
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        self.setWidget(self.tabs)
        self._build()
        self.tabs.addTab(TallPage(self._page), tr("Click"))
        self.refresh_adapters()
        self._layer_changed()

    def add_page(self, page: QWidget, title: str, sign: str = "") -> None:
        """One more page; a sign in place of its title leaves room for the other titles."""
        number = self.tabs.addTab(page, sign or title)
        self.tabs.setTabToolTip(number, title)

    def choice(self) -> Choice:
        """All that the user has chosen."""
        return Choice(
            raster=self.raster(),
            bands=self.bands.bands(),
            model=self._model.currentText(),
            adapter=self._adapter.currentData() or None,
            device=str(settings.DEVICE.get()),
            simplify_px=self._simplify.value() / 4,
            shape=self.shape.shape(),
            hover=self._hover.isChecked(),
            class_name=self._class.currentText().strip(),
        )

    def raster(self) -> QgsRasterLayer | None:
        """The layer that is clicked on."""
        return cast("QgsRasterLayer | None", self.layers.currentLayer())

    def target(self) -> QgsVectorLayer | None:
        """The layer that takes the polygons; a scratch layer is made if none is chosen."""
        layer, raster = self.chosen_output(), self.raster()
        if layer is None and raster is not None:
            layer = output_layers.new_scratch_layer(f"{raster.name()}_segments", raster.crs())
            self.outputs.setLayer(layer)
            text = tr("The polygons go to the scratch layer “{}”: save it before you close the project.")
            self.message.emit(text.format(layer.name()), False)
        return layer

    def chosen_output(self) -> QgsVectorLayer | None:
        """The layer that takes the polygons, if there is one already."""
        return cast("QgsVectorLayer | None", self.outputs.currentLayer())

    def layers_changed(self) -> None:
        """Layers came or went: QGIS's box does not always say that its choice is another one now."""
        layer = self.raster()
        if (layer.id() if layer is not None else "") != self._shown:
            self._layer_changed()
        self.outputs.setExceptedLayerList(finds.layers_of_finds())
        self.classes.tally.watch(self.chosen_output())

    def use(self, model: str, adapter: str) -> None:
        """Choose a model by name, and an adapter by its folder; none for an empty text."""
        self._model.setCurrentText(model)
        self.refresh_adapters(adapter)

    def arm(self, active: bool) -> None:
        """Show whether the map tool is active, without asking for it again."""
        self.tool.blockSignals(True)
        self.tool.setChecked(active)
        self.tool.blockSignals(False)

    def say(self, text: str, problem: bool = False) -> None:
        """One line for the user."""
        self._said.setText(text)
        self._said.setStyleSheet(problem_style(self) if problem else "")

    @property
    def said(self) -> str:
        """The line that is shown."""
        return self._said.text()

    def show_answer(
        self, answer: dict[str, Any] | None, place: int, count: int, waiting: bool, at_hand: bool = False
    ) -> None:
        """The polygon to come, in words; ``at_hand``: whether there are clicks to clear."""
        if waiting:
            self._answer.setText(tr("Looking…"))
        elif answer is None or answer.get("geometry") is None:
            self._answer.setText(tr("Click an object."))
        else:
            text = tr("Score {score:.2f}, {area:.0f} m²").format(
                score=answer["score"], area=answer["area_m2"]
            )
            self._answer.setText(text + (f"  ({place + 1}/{count})" if count > 1 else ""))
        self.accept.setEnabled(answer is not None or waiting)
        self.clear.setEnabled(at_hand)

    def show_waiting(self, count: int) -> None:
        """How many objects were accepted and wait for their polygons, beside the answer."""
        if count:
            self._answer.setText(f"{self._answer.text()}  {tr('{} objects are waiting.').format(count)}")

    def refresh_adapters(self, chosen: str | None = None) -> None:
        """Read the list of adapters again, and choose one by its path."""
        wanted = self._adapter.currentData() if chosen is None else chosen
        self._adapter.blockSignals(True)
        self._adapter.clear()
        self._adapter.addItem(tr("none"), "")
        for item in adapters.listed(places.adapters()):
            if item.base == self._model.currentText():
                self._adapter.addItem(item.title, str(item.folder))
        wanted = wanted or (str(settings.ADAPTER.get()) if chosen is None else "")
        place = max(0, self._adapter.findData(wanted))
        self._adapter.setCurrentIndex(place)
        self._adapter.blockSignals(False)
        self._save()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """Number keys choose a class as in the map, unless what has the focus takes them as text."""
        pressed = present(event)
        if not self.classes.pick_key(pressed):
            super().keyPressEvent(pressed)

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: N802 - Qt's name
        """The user closed the panel: the map tool goes with it."""
        self.armed.emit(False)
        super().closeEvent(event)

    def _build(self) -> None:
        self._page = QWidget()
        form = QFormLayout()
        self.layers = QgsMapLayerComboBox()
        self.layers.setFilters(QgsMapLayerProxyModel.Filter.RasterLayer)
        self.layers.layerChanged.connect(self._layer_changed)
        form.addRow(tr("Raster"), self.layers)
        self.bands = BandRow(self.raster)
        form.addRow(tr("Bands"), self.bands)
        self._model = QComboBox()
        self._model.setEditable(True)
        self._model.addItems(MODELS)
        for place, label in enumerate(MODELS.values()):
            self._model.setItemData(place, label, Qt.ItemDataRole.ToolTipRole)
        self._model.setCurrentText(str(settings.MODEL.get()))
        self._model.setToolTip(tr("A model by name, or the path of a weights file"))
        self.fetch = QToolButton()
        self.fetch.setText("⬇")
        self.fetch.setToolTip(tr("Download the weights of this model"))
        form.addRow(tr("Model"), _row(self._model, self.fetch))
        self._cost = QLabel()
        self._cost.setEnabled(False)
        self._cost.setWordWrap(True)
        form.addRow("", self._cost)
        self._adapter = QComboBox()
        form.addRow(tr("Adapter"), self._adapter)
        self.outputs = QgsMapLayerComboBox()
        self.outputs.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.outputs.setAllowEmptyLayer(True, tr("New scratch layer"))
        self.outputs.setLayer(None)
        self._new = QToolButton()
        self._new.setText("+")
        self._new.setToolTip(tr("Make a layer for the polygons in a GeoPackage, new or there"))
        self._new.clicked.connect(self._new_output)
        form.addRow(tr("Polygons go to"), _row(self.outputs, self._new))
        self._class = QComboBox()
        self._class.setEditable(True)
        self._class.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        form.addRow(tr("Class"), self._class)
        self.classes = ClassTable(self._classes, self.chosen_output)
        form.addRow(self.classes)
        self._shape(form)
        self._page.setLayout(self._column(form))
        self._connect()

    def _shape(self, form: QFormLayout) -> None:
        """How outlines look, and the preview."""
        self._simplify = QSlider(Qt.Orientation.Horizontal)
        self._simplify.setRange(0, SIMPLIFY_STEPS)
        self._simplify.setValue(round(int(settings.SIMPLIFY.get()) / 25))
        self._simplify.setToolTip(tr("How far outlines may move when vertices go, in pixels"))
        self._simplify_px = QLabel()
        form.addRow(tr("Simplify"), _row(self._simplify, self._simplify_px))
        self.shape = ShapeBox(str(settings.SHAPE.get()))
        form.addRow(tr("Shape"), self.shape)
        self._hover = QCheckBox(tr("Preview under the mouse"))
        self._hover.setChecked(bool(settings.HOVER.get()))
        form.addRow("", self._hover)
        self.heat = HeatRow()
        form.addRow("", self.heat)

    def _column(self, form: QFormLayout) -> QVBoxLayout:
        self.tool = QPushButton(QIcon(places.icon("resam")), tr("Click objects"))
        self.tool.setCheckable(True)
        self.tool.toggled.connect(self.armed)
        self._answer, self._said = QLabel(), QLabel()
        self._said.setWordWrap(True)
        self.accept = QPushButton(tr("Accept (Enter)"))
        self.undo = QPushButton(tr("Undo (⌫)"))
        self.clear = QPushButton(tr("Clear (Esc)"))
        keys = QLabel(
            tr("Left click adds, right click or Shift excludes, dragging draws a box.")
            + " "
            + tr("Tab or Shift and wheel: other masks. Space pans.")
        )
        keys.setWordWrap(True)
        keys.setEnabled(False)
        self.command = QPushButton(tr("Copy as command"))
        self.command.setToolTip(tr("The same segmentation of your clicks, for a terminal"))
        column = QVBoxLayout()
        column.addLayout(form)
        self.edits = EditRow()
        for part in (
            self.tool,
            self.edits,
            self._answer,
            _row(self.accept, self.undo, self.clear),
            self._said,
            keys,
        ):
            column.addWidget(part)
        column.addStretch()
        column.addWidget(self.command)
        return column

    def _connect(self) -> None:
        self.bands.changed.connect(self._save)
        self.bands.message.connect(self.message)
        self._adapter.currentIndexChanged.connect(self._save)
        # Not at every letter: each change loads another model.
        self._model.lineEdit().editingFinished.connect(self.refresh_adapters)
        self._model.activated.connect(self._model_chosen)
        self._class.currentTextChanged.connect(self._save)
        self._class.currentTextChanged.connect(self._class_typed)
        present(self._class.lineEdit()).returnPressed.connect(self._class_entered)
        self.classes.picked.connect(self._class.setCurrentText)
        for chosen in (self._class.currentTextChanged, self._class.activated, self.classes.picked):
            chosen.connect(self.class_chosen)
        self._classes.changed.connect(self._classes_changed)
        self.outputs.layerChanged.connect(self._output_changed)
        self._classes_changed()
        self._simplify.valueChanged.connect(self._save)
        self.shape.currentIndexChanged.connect(self._save)
        self._hover.toggled.connect(self._save)

    def _save(self, *_: object) -> None:
        """Keep what holds beyond this session, and tell."""
        settings.MODEL.set(self._model.currentText())
        self.fetch.setEnabled(self._model.currentText() in DOWNLOADED)
        settings.ADAPTER.set(self._adapter.currentData() or "")
        settings.SIMPLIFY.set(self._simplify.value() * 25)
        settings.SHAPE.set(self.shape.shape())
        settings.HOVER.set(self._hover.isChecked())
        self._simplify_px.setText(f"{self._simplify.value() / 4:g} px")
        self.chosen.emit()

    def show_cost(self, seconds: float | None) -> None:
        """What a click costs with the chosen model; None before that was measured."""
        text = "" if seconds is None else tr("about {:.1f} s a click on this machine").format(seconds)
        self._cost.setText(text)
        self._cost.setVisible(bool(text))

    def _classes_changed(self) -> None:
        """Other classes to choose from; what is typed stays."""
        chosen = self._class.currentText()
        self._class.blockSignals(True)
        self._class.clear()
        self._class.addItems(["", *(item.name for item in self._classes.items)])
        self._class.setCurrentText(chosen)
        self._class.blockSignals(False)
        settings.CLASSES.set(self._classes.to_text())

    # Methods, not lambdas: a lambda is called once more when a dock that is gone loses its layers.
    def _output_changed(self, *_: QgsMapLayer) -> None:
        self.classes.tally.watch(self.chosen_output())

    def _model_chosen(self, *_: int) -> None:
        self.refresh_adapters()

    def _class_typed(self, text: str) -> None:
        self.classes.show_chosen(text.strip())

    def _class_entered(self) -> None:
        self._classes.add(self._class.currentText().strip())

    def _layer_changed(self, *_: QgsMapLayer) -> None:
        layer = self.raster()
        self._shown = layer.id() if layer is not None else ""
        self.bands.show_layer(layer)
        self.chosen.emit()

    def _new_output(self) -> None:
        layer = self.raster()
        if layer is None:
            self.message.emit(tr("Choose a raster layer first."), True)
            return
        start = Path(project().homePath() or Path.home()) / f"{places.file_name(layer.name())}_segments.gpkg"
        name, _ = QFileDialog.getSaveFileName(
            self,
            tr("Polygons go to"),
            str(start),
            "GeoPackage (*.gpkg)",
            options=QFileDialog.Option.DontConfirmOverwrite,  # Nothing is: the layer is added.
        )
        if name:
            self.make_output(Path(name if name.lower().endswith(".gpkg") else f"{name}.gpkg"))

    def make_output(self, path: Path) -> None:
        """Make a layer for the polygons in a GeoPackage; a file that is there keeps its layers."""
        names, crs = output_layers.tables(path), present(self.raster()).crs()
        if names and not self._may_add(path, names):
            return
        make = output_layers.added_to_geopackage if path.exists() else output_layers.new_geopackage
        try:
            self.outputs.setLayer(make(path, crs))
        except NotWritten as problem:
            self.message.emit(str(problem), True)

    def _may_add(self, path: Path, names: list[str]) -> bool:
        """Ask whether a file that is there shall get one more layer."""
        text = tr("{} exists and holds: {}. Add a layer for the polygons? What it holds stays as it is.")
        shown = ", ".join(names[:NAMES_SHOWN]) + ("…" if len(names) > NAMES_SHOWN else "")
        box = QMessageBox(QMessageBox.Icon.Question, "ReSAM", text.format(path, shown), parent=self)
        add = box.addButton(tr("Add layer"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return box.clickedButton() is add


def _row(*parts: QWidget) -> QWidget:
    """Widgets side by side."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part, 1 if not isinstance(part, (QLabel, QToolButton)) else 0)
    return box
