"""What is drawn over the map while the user clicks: the outline to come, the hover, clicks and box."""

from __future__ import annotations

import json

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsGeometry,
    QgsJsonUtils,
    QgsPointXY,
    QgsRectangle,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from .layers import transform
from .session import POSITIVE, Draft

POLYGON = QgsWkbTypes.GeometryType.PolygonGeometry
OUTLINE, FILL = QColor(255, 196, 0), QColor(255, 196, 0, 60)
HOVER = QColor(255, 255, 255, 200)
YES, NO = QColor(0, 200, 80), QColor(230, 40, 60)


class Overlays:
    """Draws in the project's CRS what is given in the raster's."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._outline = self._band(OUTLINE, FILL, 2)
        self._hover = self._band(HOVER, QColor(255, 255, 255, 25), 1)
        self._hover.setLineStyle(Qt.PenStyle.DashLine)
        self._box = self._band(QColor(255, 255, 255), QColor(0, 0, 0, 0), 1)
        self._markers: list[QgsVertexMarker] = []

    def outline(self, geometry: QgsGeometry | None, crs: QgsCoordinateReferenceSystem) -> None:
        """Show the polygon to come, or none."""
        self._show(self._outline, geometry, crs)

    def hover(self, geometry: QgsGeometry | None, crs: QgsCoordinateReferenceSystem) -> None:
        """Show what a click would give here, or nothing."""
        self._show(self._hover, geometry, crs)

    def draft(self, draft: Draft, crs: QgsCoordinateReferenceSystem) -> None:
        """Show clicks and box."""
        self._drop_markers()
        box = None if draft.box is None else QgsGeometry.fromRect(QgsRectangle(*draft.box))
        self._show(self._box, box, crs)
        to_map = transform(crs, self._canvas.mapSettings().destinationCrs())
        for click in draft.clicks:
            marker = QgsVertexMarker(self._canvas)
            positive = click.label == POSITIVE
            marker.setIconType(
                QgsVertexMarker.IconType.ICON_CIRCLE if positive else QgsVertexMarker.IconType.ICON_X
            )
            marker.setColor(YES if positive else NO)
            marker.setFillColor(YES if positive else NO)
            marker.setIconSize(9)
            marker.setPenWidth(2)
            try:
                marker.setCenter(to_map.transform(QgsPointXY(click.x, click.y)))
            except QgsCsException:
                marker.hide()  # Likewise.
            self._markers.append(marker)

    def clear(self) -> None:
        """Show nothing."""
        for band in (self._outline, self._hover, self._box):
            band.reset(POLYGON)
        self._drop_markers()

    def discard(self) -> None:
        """Leave nothing on the canvas."""
        self.clear()
        for band in (self._outline, self._hover, self._box):
            self._canvas.scene().removeItem(band)

    def _band(self, line: QColor, fill: QColor, width: int) -> QgsRubberBand:
        band = QgsRubberBand(self._canvas, POLYGON)
        band.setStrokeColor(line)
        band.setFillColor(fill)
        band.setWidth(width)
        return band

    def _show(
        self, band: QgsRubberBand, geometry: QgsGeometry | None, crs: QgsCoordinateReferenceSystem
    ) -> None:
        band.reset(POLYGON)
        if geometry is None or geometry.isEmpty():
            return
        shown = QgsGeometry(geometry)
        try:
            shown.transform(transform(crs, self._canvas.mapSettings().destinationCrs()))
        except QgsCsException:
            return  # It has no place in the project's CRS, so there is nothing to draw.
        band.setToGeometry(shown, None)

    def _drop_markers(self) -> None:
        for marker in self._markers:
            self._canvas.scene().removeItem(marker)
        self._markers = []


def geometry_of(feature: dict) -> QgsGeometry | None:
    """The polygon of a worker's feature, or None if it has none."""
    if feature.get("geometry") is None:
        return None
    text = json.dumps({"type": "Feature", "properties": {}, "geometry": feature["geometry"]})
    found = QgsJsonUtils.stringToFeatureList(text)
    return found[0].geometry() if found else None
