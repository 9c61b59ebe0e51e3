"""What is drawn over the map while the user clicks: the outline to come, the hover, clicks and box."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsJsonUtils,
    QgsPointXY,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas, QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from . import enums
from .exceptions import QgsCsException
from .layers import transform
from .presence import present
from .session import POSITIVE, Draft

POLYGON = enums.POLYGON
OUTLINE, FILL = QColor(255, 196, 0), QColor(255, 196, 0, 60)
HOVER = QColor(255, 255, 255, 200)
YES, NO = QColor(0, 200, 80), QColor(230, 40, 60)
WAITS, FAILED = QColor(255, 196, 0), QColor(230, 40, 60)


@dataclass(frozen=True)
class Mark:
    """An object that waits for its polygon, or failed; its clicks are in ``crs``."""

    draft: Draft
    crs: QgsCoordinateReferenceSystem
    failed: bool


class Overlays:
    """Draws in the project's CRS what is given in the raster's."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._outline = self._band(OUTLINE, FILL, 2)
        self._hover = self._band(HOVER, QColor(255, 255, 255, 25), 1)
        self._hover.setLineStyle(Qt.PenStyle.DashLine)
        self._box = self._band(QColor(255, 255, 255), QColor(0, 0, 0, 0), 1)
        self._markers: list[QgsVertexMarker] = []
        self.waiting_marks: list[QgsVertexMarker] = []

    def outline(self, geometry: QgsGeometry | None, crs: QgsCoordinateReferenceSystem) -> None:
        """Show the polygon to come, or none."""
        self._show(self._outline, geometry, crs)

    def hover(self, geometry: QgsGeometry | None, crs: QgsCoordinateReferenceSystem) -> None:
        """Show what a click would give here, or nothing."""
        self._show(self._hover, geometry, crs)

    def draft(self, draft: Draft, crs: QgsCoordinateReferenceSystem) -> None:
        """Show clicks and box."""
        self._drop(self._markers)
        box = None if draft.box is None else QgsGeometry.fromRect(QgsRectangle(*draft.box))
        self._show(self._box, box, crs)
        for click in draft.clicks:
            positive = click.label == POSITIVE
            icon = QgsVertexMarker.IconType.ICON_CIRCLE if positive else QgsVertexMarker.IconType.ICON_X
            marker = self._marker(QgsPointXY(click.x, click.y), crs, icon, YES if positive else NO)
            marker.setFillColor(YES if positive else NO)
            self._markers.append(marker)

    def waiting(self, marks: Iterable[Mark]) -> None:
        """Show where the objects that wait for their polygons were clicked, and those that failed."""
        self._drop(self.waiting_marks)
        for mark in marks:
            kinds = QgsVertexMarker.IconType
            icon, colour = (kinds.ICON_X, FAILED) if mark.failed else (kinds.ICON_DOUBLE_TRIANGLE, WAITS)
            self.waiting_marks.append(self._marker(_anchor(mark.draft), mark.crs, icon, colour, 14))

    def _marker(
        self,
        place: QgsPointXY,
        crs: QgsCoordinateReferenceSystem,
        icon: QgsVertexMarker.IconType,
        colour: QColor,
        size: int = 9,
    ) -> QgsVertexMarker:
        marker = QgsVertexMarker(self._canvas)
        marker.setIconType(icon)
        marker.setColor(colour)
        marker.setIconSize(size)
        marker.setPenWidth(2)
        try:
            to_map = transform(crs, self._canvas.mapSettings().destinationCrs())
            marker.setCenter(to_map.transform(place))
        except QgsCsException:
            marker.hide()  # It has no place in the project's CRS, so there is nothing to draw.
        return marker

    def clear(self) -> None:
        """Show nothing."""
        for band in (self._outline, self._hover, self._box):
            band.reset(POLYGON)
        self._drop(self._markers)

    def discard(self) -> None:
        """Leave nothing on the canvas."""
        self.clear()
        self._drop(self.waiting_marks)
        for band in (self._outline, self._hover, self._box):
            present(self._canvas.scene()).removeItem(band)

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
            return  # Likewise.
        band.setToGeometry(shown, None)

    def _drop(self, markers: list[QgsVertexMarker]) -> None:
        for marker in markers:
            present(self._canvas.scene()).removeItem(marker)
        markers.clear()


def _anchor(draft: Draft) -> QgsPointXY:
    """Where an object was clicked first, or the middle of its box."""
    for click in draft.clicks:
        if click.label == POSITIVE:
            return QgsPointXY(click.x, click.y)
    return QgsRectangle(*present(draft.box)).center()


def geometry_of(feature: dict[str, Any]) -> QgsGeometry | None:
    """The polygon of a worker's feature, or None if it has none."""
    if feature.get("geometry") is None:
        return None
    text = json.dumps({"type": "Feature", "properties": {}, "geometry": feature["geometry"]})
    found = QgsJsonUtils.stringToFeatureList(text)
    return found[0].geometry() if found else None
