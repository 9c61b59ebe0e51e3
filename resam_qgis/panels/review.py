"""The page on which polygons are looked at one by one, the least certain first."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from qgis.core import QgsFeature, QgsMapLayerProxyModel, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsMapLayerComboBox, QgsRubberBand
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QHideEvent, QKeySequence, QShowEvent
from qgis.PyQt.QtWidgets import QCheckBox, QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from .. import enums, finds, layer_rules, layers, output_layers, styles
from ..controller import Controller
from ..examples import ACCEPTED, REJECTED
from ..i18n import tr
from ..layer_rules import NotWritten
from ..presence import present
from ..qt import QShortcut
from ..session import FeatureReference
from .suggestions import Suggestions

MARK = QColor(0, 220, 255)
MARGIN = 1.0
"""Share of an object's size that is shown around it on every side."""


def queue(layer: QgsVectorLayer, everything: bool) -> list[FeatureReference]:
    """The polygons to look at, the least certain first: by score, then by entropy; finds by their doubt."""
    if finds.are_in(layer):
        return [output_layers.reference_of(layer, one) for one in finds.to_review(layer)]
    names = layer.fields().names()
    found = []
    for feature in layer.getFeatures():
        status = feature["status"] if "status" in names else None
        if not feature.hasGeometry() or status == REJECTED or (status == ACCEPTED and not everything):
            continue
        score = feature["score"] if "score" in names else None
        entropy = feature["entropy"] if "entropy" in names else None
        certainty = (_number(score, 0.0), -_number(entropy, 0.0), feature.id())
        found.append((certainty, output_layers.reference_of(layer, feature)))
    return [home for _, home in sorted(found, key=lambda item: item[0])]


def unfit(layer: QgsVectorLayer) -> str | None:
    """Why the polygons of a layer cannot be reviewed, or None."""
    if problem := layers.broken(layer):
        return problem
    if layer.fields().indexFromName("status") < 0:
        text = tr("The layer “{}” has no column “status”: only layers that ReSAM wrote can be reviewed.")
        return text.format(layer.name())
    for word in (ACCEPTED, REJECTED):
        if not layer_rules.fitting(layer, {"status": word}):
            text = tr("The column “status” of the layer “{}” does not take “{}”: it must hold text.")
            return text.format(layer.name(), word)
    return None


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, (int, float)) else default


class ReviewPanel(QWidget):
    """Zooms to each polygon in turn and writes the user's word into its ``status``.

    Signals:
        fixing: the user wants to click this object anew.
        message: a line for the user, and whether it is a problem; what is about suggestions stays here.
    """

    fixing = pyqtSignal()
    message = pyqtSignal(str, bool)

    def __init__(self, controller: Controller, canvas: QgsMapCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._canvas = controller, canvas
        self._queue: list[FeatureReference] = []
        self._place = 0
        self._fixing: FeatureReference | None = None
        self._shortcuts: list[QShortcut] = []
        self._mark = QgsRubberBand(canvas, enums.POLYGON)
        self._mark.setStrokeColor(MARK)
        self._mark.setFillColor(QColor(0, 0, 0, 0))
        self._mark.setWidth(3)
        self._build()
        canvas.destinationCrsChanged.connect(self._draw)
        controller.homes.moved.connect(self._follow)
        controller.entered.replaced.connect(self._replaced)

    @property
    def current(self) -> QgsFeature | None:
        """The polygon that is looked at."""
        layer = self._reviewed()
        if layer is None or not self._in_queue:
            return None
        found = output_layers.locate(layer, self._queue[self._place])
        if found is not None:
            self._queue[self._place] = output_layers.reference_of(layer, found)
        return found

    @property
    def _in_queue(self) -> bool:
        """Whether the end is still to come; the polygon whose turn it is may be gone, all the same."""
        return 0 <= self._place < len(self._queue)

    def _reviewed(self) -> QgsVectorLayer | None:
        """The layer whose polygons are looked at."""
        return cast("QgsVectorLayer | None", self.layer.currentLayer())

    @property
    def home(self) -> FeatureReference | None:
        """Where that polygon lies."""
        feature = self.current
        return None if feature is None else output_layers.reference_of(present(self._reviewed()), feature)

    def begin(self) -> None:
        """Make the queue and go to its first polygon."""
        layer = self._reviewed()
        self._place, self._fixing, self._queue = 0, None, []
        problem = None if layer is None else unfit(layer)
        if problem is not None:
            self.message.emit(problem, True)
        elif layer is not None:
            self._controller.homes.follow(layer)
            self._queue = queue(layer, self.everything.isChecked())
            self.message.emit("", False)
            self._style()
        self._show()
        self._canvas.setFocus()  # Else Enter would press the button that began this.

    def open(self, layer: QgsVectorLayer) -> None:
        """Go through the polygons of a layer."""
        self.layer.setLayer(layer)
        self.begin()

    @property
    def takes_enter(self) -> bool:
        """Whether Enter is about the polygon under review: the page is open, and not at the end."""
        return self.isVisible() and self._in_queue

    def step(self, by: int) -> None:
        """To the next polygon, or the one before."""
        self._place = min(max(self._place + by, 0), len(self._queue))
        self._show()

    def accept(self) -> None:
        """The polygon is good."""
        self._judge(ACCEPTED, None)

    def reject(self) -> None:
        """The polygon is wrong; its clicks teach nothing."""
        self._judge(REJECTED, tr("rejected in review"))

    def fix(self) -> None:
        """Click the object anew: the next accepted polygon takes the place of this one."""
        feature = self.current
        if feature is None:
            self.message.emit(self._nothing(), True)
            return
        try:
            self._controller.refine(present(self._reviewed()), feature)
        except layers.Unusable as problem:
            self.message.emit(str(problem), True)
            return
        self._fixing = self.home
        self.fixing.emit()
        asked = tr("Click what belongs to it or does not, then accept.")
        self._count.setText(f"{self._count.text()}\n{asked}")  # The line of the first page is out of sight.
        self.message.emit(asked, False)

    def close_tasks(self) -> None:
        """The plugin is unloaded: nothing goes on."""
        self.suggestions.close_tasks()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The page is open: its keys hold in the whole window, and the polygon under review is marked."""
        super().showEvent(event)
        self._open(True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """The page is closed: letters are letters again."""
        self._open(False)
        super().hideEvent(event)

    def discard(self) -> None:
        """Leave nothing on the canvas."""
        self._canvas.destinationCrsChanged.disconnect(self._draw)
        present(self._canvas.scene()).removeItem(self._mark)
        for shortcut in self._shortcuts:
            shortcut.deleteLater()  # Some are the canvas's.
        self._shortcuts = []

    def _open(self, opened: bool) -> None:
        for shortcut in self._shortcuts:
            shortcut.setEnabled(opened)
        self._mark.setVisible(opened)

    def _style(self, *_: object) -> None:
        """Show the layer by score, or as the user has it."""
        layer = self._reviewed()
        if layer is not None and self._queue and not finds.are_in(layer):
            styles.show_for_review(layer) if self.outlines.isChecked() else styles.show_as_before(layer)

    def _drop_queue(self, *_: object) -> None:
        """Another layer: what was queued is of no use. Its place in the list may change without that."""
        layer = self._reviewed()
        if layer is not None and self._queue and self._queue[0].layer_id == layer.id():
            return
        self._queue, self._fixing = [], None
        self._count.setText("")
        self.message.emit("", False)
        self._mark.reset(enums.POLYGON)

    def _judge(self, status: str, reason: str | None) -> None:
        home = self.home
        if home is None:
            self.message.emit(self._nothing(), True)
            return
        layer = present(self._reviewed())
        try:
            with self._controller.homes.step(layer):
                output_layers.change(layer, home, {"status": status, "reason": reason})
                for session in self._controller.sessions().values() if status == REJECTED else ():
                    session.drop(home)
        except NotWritten as problem:
            self.message.emit(str(problem), True)
            return
        self.step(1)

    def _follow(self, layer_id: str, find: Callable[[FeatureReference], FeatureReference]) -> None:
        """Polygons of a layer may have another outline, perhaps only vertices where a neighbour meets it."""
        if self._queue and self._queue[0].layer_id == layer_id:
            self._queue = [find(home) for home in self._queue]
            self._fixing = None if self._fixing is None else find(self._fixing)

    def _replaced(self, home: FeatureReference) -> None:
        """A polygon was clicked anew. Where it is under review still, the next one follows."""
        fixed = home.same(self._fixing)
        here = self._in_queue and self._queue[self._place].same(home)
        if fixed:
            self._fixing = None
            self.message.emit("", False)
        if here:
            self.step(1 if fixed else 0)

    def _nothing(self) -> str:
        """Why there is no polygon to look at."""
        layer = self._reviewed()
        if layer is not None and self._in_queue:
            return tr("The polygon is no longer in the layer “{}”.").format(layer.name())
        return tr("Nothing left to look at.") if self._queue else tr("Nothing to look at.")

    def _show(self) -> None:
        feature, layer = self.current, self._reviewed()
        self._draw()
        if feature is None or layer is None:
            self._count.setText(self._nothing())
            return
        names = layer.fields().names()
        score = _number(feature["score"] if "score" in names else None, float("nan"))
        text = tr("{place} of {count}, score {score:.2f}")
        words = [text.format(place=self._place + 1, count=len(self._queue), score=score)]
        if name := output_layers.class_of(layer, feature):
            words.append(name)
        self._count.setText(", ".join(words))
        try:
            extent = layers.moved_box(
                feature.geometry().boundingBox(), layer.crs(), self._canvas.mapSettings().destinationCrs()
            )
        except layers.Unusable as problem:
            self.message.emit(str(problem), True)
            return
        extent.grow(MARGIN * max(extent.width(), extent.height()))
        self._canvas.setExtent(extent)
        self._canvas.refresh()

    def _draw(self) -> None:
        """Mark the polygon under review where it lies in the project's CRS."""
        feature, layer = self.current, self._reviewed()
        self._mark.reset(enums.POLYGON)
        if feature is not None and layer is not None:
            self._mark.setToGeometry(feature.geometry(), layer)
        self._mark.setVisible(self.isVisible())

    def _build(self) -> None:
        column, form = QVBoxLayout(self), QFormLayout()
        self._count, self.suggestions = QLabel(), Suggestions(self._controller)
        self._count.setWordWrap(True)
        self.layer = QgsMapLayerComboBox()
        self.layer.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.layer.currentIndexChanged.connect(self._drop_queue)
        form.addRow(tr("Polygons"), self.layer)
        self.everything = QCheckBox(tr("Also those that are accepted"))
        self.everything.setChecked(True)
        form.addRow("", self.everything)
        self.outlines = QCheckBox(tr("Outlines alone, coloured by score"))
        self.outlines.setChecked(True)
        self.outlines.toggled.connect(self._style)
        form.addRow("", self.outlines)
        column.addLayout(form)
        self.starting = self._button(tr("Begin with the least certain"), self.begin)
        column.addWidget(self.starting)
        column.addWidget(self._count)
        for text, work, key in (
            (tr("Accept (Enter or A)"), self.accept, "A"),
            (tr("Fix with more clicks (F)"), self.fix, "F"),
            (tr("Reject (R)"), self.reject, "R"),
            (tr("Next (N)"), lambda: self.step(1), "N"),
            (tr("Back (B)"), lambda: self.step(-1), "B"),
        ):
            column.addWidget(self._button(text, work))
            self._add_key(key, self, Qt.ShortcutContext.WindowShortcut, work)
        # Enter belongs to whatever has the focus: elsewhere in the window it ends what is typed.
        for key in ("Return", "Enter"):
            for place in (self, self._canvas):
                self._add_key(key, place, Qt.ShortcutContext.WidgetWithChildrenShortcut, self.accept)
        column.addWidget(self.suggestions)
        column.addStretch()

    def _add_key(
        self, key: str, place: QWidget, where: Qt.ShortcutContext, work: Callable[[], object]
    ) -> None:
        """A key that holds while the page is open."""
        shortcut = QShortcut(QKeySequence(key), place)
        shortcut.setContext(where)
        shortcut.setEnabled(False)
        shortcut.activated.connect(work)
        self._shortcuts.append(shortcut)

    def _button(self, text: str, work: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda checked=False: work())
        return button
