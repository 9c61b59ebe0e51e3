"""Editing polygons of the output layer by click: a click shows what would become, Enter writes it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QColor

from . import edits, enums, layers, output_layers
from .controller import Controller
from .edits import Change
from .exceptions import QgsCsException
from .i18n import tr
from .layer_rules import NotWritten
from .layers import Unusable
from .presence import present, project
from .session import FeatureReference

REFINE, HOLES, LARGEST, MERGE, SPLIT = "refine", "holes", "largest", "merge", "split"
PICKED, RESULT = QColor(0, 220, 255), QColor(255, 196, 0)


class PolygonEditor(QObject):
    """One edit at a time on the layer that takes the polygons.

    Signals:
        message: a line for the user, and whether it is a problem.
        mode_changed: the edit that clicks mean now; empty where they begin new objects.
    """

    message = pyqtSignal(str, bool)
    mode_changed = pyqtSignal(str)

    def __init__(
        self,
        canvas: QgsMapCanvas,
        controller: Controller,
        output: Callable[[], QgsVectorLayer | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._canvas, self._controller, self._output = canvas, controller, output
        self.mode = ""
        self.change: Change | None = None
        self._layer_id = ""
        self._picked: list[QgsFeature] = []
        self._start: QgsPointXY | None = None
        self._bands = [self._band(PICKED, 2), self._band(RESULT, 3)]
        self._marker: QgsVertexMarker | None = None
        controller.homes.moved.connect(self._moved)
        canvas.destinationCrsChanged.connect(self._draw)

    @property
    def at_hand(self) -> bool:
        """Whether anything was clicked that Enter has not written."""
        return self.change is not None or bool(self._picked) or self._start is not None

    def set_mode(self, mode: str) -> None:
        """What clicks mean from now on; empty for new objects."""
        self._drop()
        if mode != self.mode:
            self.mode = mode
            self.mode_changed.emit(mode)
        self.message.emit(self._hint(), False)

    def click(self, place: QgsPointXY) -> None:
        """A click at a place in the project's CRS."""
        layer = self._output()
        if layer is None:
            self.message.emit(tr("Choose the layer whose polygons you want to edit."), True)
            return
        if problem := layers.broken(layer):
            self.message.emit(problem, True)
            return
        if layer.id() != self._layer_id:
            self._drop()
            self._layer_id = layer.id()
        self._controller.homes.follow(layer)
        try:
            crs = self._canvas.mapSettings().destinationCrs()
            point = layers.moved(place, crs, layer.crs())
        except Unusable as problem:
            self.message.emit(str(problem), True)
            return
        self._cut(layer, point) if self.mode == SPLIT else self._pick(layer, point)

    def accept(self) -> None:
        """Write what is shown."""
        layer, change = self._output(), self.change
        if layer is None or change is None or layer.id() != self._layer_id:
            self.message.emit(tr("Nothing to write: click a polygon first."), True)
            return
        gone = [output_layers.reference_of(layer, feature) for feature in change.removed]
        try:
            with self._controller.homes.step(layer):
                pieces = edits.write(layer, change)
                self._follow(layer, pieces, gone)
        except NotWritten as problem:
            self.message.emit(str(problem), True)
            return
        self._drop()
        self.message.emit(self._hint(), False)
        self._controller.changed.emit()

    def clear(self) -> None:
        """Forget what is shown; with nothing shown, clicks begin new objects again."""
        if not self.at_hand:
            self.set_mode("")
        else:
            self._drop()
            self.message.emit(self._hint(), False)

    def forget(self, layer_ids: list[str]) -> None:
        """Layers leave the project."""
        if self._layer_id in layer_ids:
            self._drop()

    def discard(self) -> None:
        """Leave nothing on the canvas."""
        self._canvas.destinationCrsChanged.disconnect(self._draw)
        self._drop()
        for band in self._bands:
            present(self._canvas.scene()).removeItem(band)

    def _pick(self, layer: QgsVectorLayer, point: QgsPointXY) -> None:
        feature = edits.at(layer, point)
        if feature is None:
            text = tr("There is no polygon of the layer “{}” here.")
            self.message.emit(text.format(layer.name()), True)
            return
        if self.mode == REFINE:
            self._refine(layer, feature)
            return
        known = [item.id() for item in self._picked]
        if self.mode != MERGE:
            self._picked = [feature]
        elif feature.id() in known:
            self._picked = [item for item in self._picked if item.id() != feature.id()]
        else:
            self._picked.append(feature)
        self._propose()

    def _refine(self, layer: QgsVectorLayer, feature: QgsFeature) -> None:
        try:
            self._controller.refine(layer, feature)
        except Unusable as problem:
            self.message.emit(str(problem), True)
            return
        self.set_mode("")
        self.message.emit(tr("Click what belongs to it or does not, then accept."), False)

    def _propose(self) -> None:
        """Show what becomes of the picked polygons."""
        texts = {HOLES: tr("This polygon has no holes."), LARGEST: tr("This polygon has one part only.")}
        if self.mode == MERGE:
            self.change = edits.merged(self._picked)
        elif self._picked:
            make = edits.without_holes if self.mode == HOLES else edits.largest_part
            self.change = make(self._picked[0])
        nothing = self.change is None and self.mode in texts
        self.message.emit(texts[self.mode] if nothing else self._hint(), nothing)
        if nothing:
            self._picked = []
        self._draw()

    def _cut(self, layer: QgsVectorLayer, point: QgsPointXY) -> None:
        """The first click begins the line, the second ends it."""
        if self._start is None:
            self._drop()
            self._layer_id, self._start = layer.id(), point
            self._marker = QgsVertexMarker(self._canvas)
            self._marker.setColor(RESULT)
            self._marker.setPenWidth(2)
        else:
            self.change = edits.split(layer, self._start, point)
            self._end_line()
            if self.change is None:
                self.message.emit(tr("The line crosses no polygon from side to side."), True)
                return
        self.message.emit(self._hint(), False)
        self._draw()

    def _follow(
        self, layer: QgsVectorLayer, pieces: list[list[QgsFeature]], gone: list[FeatureReference]
    ) -> None:
        """The clicks of merged polygons become one object's; those of a split one go where they lie."""
        for raster_id, session in self._controller.sessions().items():
            for parts in pieces:
                homes = [output_layers.reference_of(layer, part) for part in parts]
                for other in gone:
                    session.join(homes[0], other)
                item, raster = session.known(homes[0]), project().mapLayer(raster_id)
                if item is None or raster is None or len(parts) < 2:
                    continue
                shapes = [QgsGeometry(part.geometry()) for part in parts]
                with suppress(QgsCsException):  # Without a place on the raster all stay with the first part.
                    for shape in shapes:
                        shape.transform(layers.transform(layer.crs(), raster.crs()))
                    session.share(item, homes, edits.dealt(item.draft, shapes))

    def _moved(self, layer_id: str, find: Callable[[FeatureReference], FeatureReference]) -> None:
        """Polygons of a layer may be others or have other numbers: what is shown of those holds no more."""
        layer, shown = self._output(), [*self._picked, *(self.change.before() if self.change else ())]
        if layer is None or not layer_id == self._layer_id == layer.id():
            return
        homes = [output_layers.reference_of(layer, feature) for feature in shown]
        if any(find(home) != home for home in homes):
            self._drop()
            self.message.emit(self._hint(), False)

    def _hint(self) -> str:
        """What to do next."""
        if self.change is not None:
            return tr("Enter writes it, Esc forgets it.")
        hints = {
            REFINE: tr("Click the polygon that you want to refine."),
            HOLES: tr("Click the polygon whose holes you want to fill."),
            LARGEST: tr("Click the polygon of which you want the largest part alone."),
            MERGE: tr("Click the polygons that are one object; the columns of the first are kept."),
            SPLIT: tr("Click on one side of a polygon, then on the other: the line between splits it."),
        }
        return hints.get(self.mode, "")

    def _draw(self) -> None:
        """Show what was clicked and what would become, where that lies in the project's CRS."""
        layer = self._output()
        if layer is not None and self._marker is not None and self._start is not None:
            crs = self._canvas.mapSettings().destinationCrs()
            with suppress(Unusable):  # Without a place there, there is nothing to show.
                self._marker.setCenter(layers.moved(self._start, layer.crs(), crs))
        picked = [] if self.mode == SPLIT else [item.geometry() for item in self._picked]
        result = [] if self.change is None else self.change.outlines()
        for band, shapes in zip(self._bands, (picked, result)):
            band.reset(enums.POLYGON)
            for shape in shapes:
                band.addGeometry(QgsGeometry(shape), layer)

    def _drop(self) -> None:
        self.change, self._picked = None, []
        self._end_line()
        for band in self._bands:
            band.reset(enums.POLYGON)

    def _end_line(self) -> None:
        self._start = None
        if self._marker is not None:
            present(self._canvas.scene()).removeItem(self._marker)
            self._marker = None

    def _band(self, colour: QColor, width: int) -> QgsRubberBand:
        band = QgsRubberBand(self._canvas, enums.POLYGON)
        band.setStrokeColor(colour)
        band.setFillColor(QColor(colour.red(), colour.green(), colour.blue(), 40))
        band.setWidth(width)
        return band
