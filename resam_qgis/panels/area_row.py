"""Where to look: the view, a rectangle drawn on the map, the polygons of a layer, or the whole raster."""

from __future__ import annotations

from typing import cast

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsMapLayerProxyModel,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas, QgsMapLayerComboBox, QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import QPoint, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from .. import enums
from ..exceptions import QgsCsException
from ..i18n import tr
from ..layers import Unusable, transform
from ..presence import present, project
from ..rectangle_tool import RectangleTool, seen_rectangle

VIEW, RECTANGLE, POLYGONS, WHOLE = range(4)
"""Rows of the list."""
EDGE = QColor(0, 220, 255)
BENDS = 16
"""Points that are added to each side of a rectangle, which another CRS may bend."""


class AreaRow(QWidget):
    """A list, and what the chosen row needs besides.

    Signals:
        changed: another area holds.
    """

    changed = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._rectangle, self._crs = QgsGeometry(), QgsCoordinateReferenceSystem()
        self._before: QgsMapTool | None = None
        self._tool = RectangleTool(canvas, EDGE)
        self._tool.drawn.connect(self._drawn)
        self._band = QgsRubberBand(canvas, enums.POLYGON)
        self._band.setStrokeColor(EDGE)
        self._band.setFillColor(QColor(0, 0, 0, 0))
        self._band.setWidth(2)
        self.kinds = QComboBox()
        for text in (
            tr("Current view"),
            tr("Rectangle on the map"),
            tr("Polygons of a layer"),
            tr("Whole raster"),
        ):
            self.kinds.addItem(text)
        self.draw = QPushButton(tr("Draw the rectangle"))
        self.draw.clicked.connect(lambda checked=False: self._begin())
        self.layer = QgsMapLayerComboBox()
        self.layer.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.kinds, self.draw, self.layer):
            column.addWidget(part)
        self.kinds.currentIndexChanged.connect(self._chosen)
        self.layer.layerChanged.connect(self._tell)
        canvas.extentsChanged.connect(self._moved)
        canvas.destinationCrsChanged.connect(self._redraw)
        project().cleared.connect(self._forget)
        self._chosen(VIEW)

    @property
    def whole(self) -> bool:
        """Whether the whole raster is meant."""
        return self.kinds.currentIndex() == WHOLE

    def polygons(self, raster: QgsRasterLayer) -> list[QgsGeometry]:
        """The area in the CRS of a raster; its whole extent as one rectangle.

        Raises:
            Unusable: nothing was drawn or chosen, or the area lies nowhere on the raster.
        """
        extent = QgsGeometry.fromRect(raster.extent())
        if self.whole:
            return [extent]
        shapes, crs = self._shapes()
        try:
            for shape in shapes:
                shape.transform(transform(crs, raster.crs()))
        except QgsCsException as error:
            raise Unusable(tr("The area has no place in the CRS of the raster.")) from error
        inside = [shape.intersection(extent) for shape in shapes] if not raster.extent().isEmpty() else shapes
        found = [shape for shape in inside if not shape.isEmpty() and shape.area() > 0]
        if not found:
            raise Unusable(tr("The area lies beside the raster “{}”.").format(raster.name()))
        return found

    def show_band(self, shown: bool) -> None:
        """Show the rectangle on the map, or not."""
        self._band.setVisible(shown and self.kinds.currentIndex() == RECTANGLE)

    def discard(self) -> None:
        """Leave nothing on the canvas."""
        self._canvas.extentsChanged.disconnect(self._moved)
        self._canvas.destinationCrsChanged.disconnect(self._redraw)
        project().cleared.disconnect(self._forget)
        self._tool.discard()
        present(self._canvas.scene()).removeItem(self._band)

    def _shapes(self) -> tuple[list[QgsGeometry], QgsCoordinateReferenceSystem]:
        """Geometries, and their CRS."""
        kind = self.kinds.currentIndex()
        if kind == VIEW:
            size = self._canvas.mapSettings().outputSize()
            seen = seen_rectangle(self._canvas, QPoint(0, 0), QPoint(size.width(), size.height()))
            return [seen.densifyByCount(BENDS)], self._canvas.mapSettings().destinationCrs()
        if kind == RECTANGLE:
            if self._rectangle.isEmpty():
                raise Unusable(tr("Draw the rectangle first."))
            return [QgsGeometry(self._rectangle)], self._crs
        layer = cast("QgsVectorLayer | None", self.layer.currentLayer())
        if layer is None:
            raise Unusable(tr("Choose the layer of polygons to look in."))
        shapes = [QgsGeometry(one.geometry()) for one in layer.getFeatures() if one.hasGeometry()]
        if not shapes:
            raise Unusable(tr("The layer “{}” holds no polygon.").format(layer.name()))
        return shapes, layer.crs()

    def _chosen(self, kind: int) -> None:
        self.draw.setVisible(kind == RECTANGLE)
        self.layer.setVisible(kind == POLYGONS)
        self.show_band(True)
        self._tell()

    def _tell(self, *_: object) -> None:
        self.changed.emit()

    def _moved(self) -> None:
        if self.kinds.currentIndex() == VIEW:
            self._tell()

    def _begin(self) -> None:
        """The next drag on the map is the rectangle; then the tool before comes back."""
        if self._canvas.mapTool() is not self._tool:
            self._before = self._canvas.mapTool()
        self._canvas.setMapTool(self._tool)

    def _drawn(self, rectangle: QgsGeometry) -> None:
        self._rectangle = rectangle.densifyByCount(BENDS)
        self._crs = self._canvas.mapSettings().destinationCrs()
        self._redraw()
        self.show_band(True)
        if self._before is not None:
            self._canvas.setMapTool(self._before)
        self._tell()

    def _redraw(self) -> None:
        """The band shows the same ground when the project's CRS changes."""
        shown, visible = QgsGeometry(self._rectangle), self._band.isVisible()
        try:
            shown.transform(transform(self._crs, self._canvas.mapSettings().destinationCrs()))
        except QgsCsException:
            shown = QgsGeometry()  # It has no place there.
        self._band.setToGeometry(shown, None)
        self._band.setVisible(visible)

    def _forget(self) -> None:
        """Another project is about other ground."""
        self._rectangle = QgsGeometry()
        self._redraw()
        self._tell()
