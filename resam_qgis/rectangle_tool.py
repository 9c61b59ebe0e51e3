"""A rectangle between two places of the screen, and a map tool that draws one."""

from __future__ import annotations

from qgis.core import QgsGeometry
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import QPoint, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor

from . import enums
from .presence import present

DRAG_PX = 6
"""A press that moves farther than this many screen pixels draws a rectangle."""


def is_drag(start: QPoint, end: QPoint) -> bool:
    """Whether the mouse moved too far for a click."""
    return (end - start).manhattanLength() > DRAG_PX


def seen_rectangle(canvas: QgsMapCanvas, one: QPoint, other: QPoint) -> QgsGeometry:
    """What is seen between two opposite corners, in the project's CRS; on a rotated canvas it lies aslant."""
    to_map = present(canvas.getCoordinateTransform())
    corners = (one.x(), one.y()), (other.x(), one.y()), (other.x(), other.y()), (one.x(), other.y())
    return QgsGeometry.fromPolygonXY([[to_map.toMapCoordinates(x, y) for x, y in corners]])


class RectangleTool(QgsMapTool):
    """Dragging draws a rectangle.

    Signals:
        drawn: the polygon that was seen, in the project's CRS.
    """

    drawn = pyqtSignal(QgsGeometry)

    def __init__(self, canvas: QgsMapCanvas, colour: QColor) -> None:
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._pressed: QPoint | None = None
        self._band = QgsRubberBand(canvas, enums.POLYGON)
        self._band.setStrokeColor(colour)
        self._band.setFillColor(QColor(0, 0, 0, 0))
        self._band.setWidth(2)

    def deactivate(self) -> None:
        """Called by the canvas when another tool is chosen."""
        self._drop()
        super().deactivate()

    def discard(self) -> None:
        """Leave nothing on the canvas."""
        canvas = present(self.canvas())
        canvas.unsetMapTool(self)
        present(canvas.scene()).removeItem(self._band)
        self.deleteLater()

    def canvasPressEvent(self, event: QgsMapMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Remember where the drag begins."""
        event = present(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.pos()

    def canvasMoveEvent(self, event: QgsMapMouseEvent | None) -> None:  # noqa: N802
        """Show the rectangle."""
        event = present(event)
        if self._pressed is not None and is_drag(self._pressed, event.pos()):
            shape = seen_rectangle(present(self.canvas()), self._pressed, event.pos())
            self._band.setToGeometry(shape, None)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent | None) -> None:  # noqa: N802
        """The end of the drag."""
        event, pressed = present(event), self._pressed
        if event.button() != Qt.MouseButton.LeftButton or pressed is None:
            return
        self._drop()
        if is_drag(pressed, event.pos()):
            self.drawn.emit(seen_rectangle(present(self.canvas()), pressed, event.pos()))

    def _drop(self) -> None:
        self._pressed = None
        self._band.reset(enums.POLYGON)
