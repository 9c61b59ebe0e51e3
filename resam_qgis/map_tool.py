"""The map tool: mouse and keys on the canvas become clicks, boxes and wishes."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsGeometry, QgsPointXY, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import QEvent, QObject, QPoint, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent

from . import enums
from .classes import number_of
from .presence import present
from .rectangle_tool import is_drag, seen_rectangle

CONTROL = Qt.KeyboardModifier.ControlModifier


class ClickTool(QgsMapTool):
    """Left adds, right or Shift excludes, dragging draws a box; keys accept, undo, clear, switch.

    Signals, places in the project's CRS:
        clicked: place, and whether it is positive.
        boxed: the box around what was drawn.
        hovered: where the mouse rests.
        accepted, undone, cleared: keys.
        switched: +1 or -1, to the next or previous candidate.
        picked: the number key of a class; 0 for none.
        left: another tool was chosen.
    """

    clicked = pyqtSignal(QgsPointXY, bool)
    boxed = pyqtSignal(QgsRectangle)
    hovered = pyqtSignal(QgsPointXY)
    accepted = pyqtSignal()
    undone = pyqtSignal()
    cleared = pyqtSignal()
    switched = pyqtSignal(int)
    picked = pyqtSignal(int)
    left = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._pressed: QPoint | None = None
        self._band = QgsRubberBand(canvas, enums.POLYGON)
        self._band.setColor(QColor(255, 255, 255, 220))
        self._band.setFillColor(QColor(255, 255, 255, 30))
        self._band.setWidth(2)

    def activate(self) -> None:
        """Called by the canvas: from now on keys that are also shortcuts come here."""
        super().activate()
        present(self.canvas()).installEventFilter(self)
        present(self.canvas()).viewport().installEventFilter(self)
        present(self.canvas()).setFocus()

    def deactivate(self) -> None:
        """Called by the canvas when another tool is chosen."""
        present(self.canvas()).removeEventFilter(self)
        present(self.canvas()).viewport().removeEventFilter(self)
        self._drop_box()
        self.left.emit()
        super().deactivate()

    def discard(self) -> None:
        """Leave nothing on the canvas."""
        present(self.canvas()).scene().removeItem(self._band)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Claim our keys before the window's shortcuts do, and Shift and the wheel before the zoom."""
        if event.type() == QEvent.Type.ShortcutOverride and self._wish(event) is not None:
            event.accept()
            return True
        if event.type() == QEvent.Type.Wheel and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            delta = event.angleDelta()
            self.switched.emit(1 if (delta.y() or delta.x()) < 0 else -1)
            event.accept()  # Else it goes on to the canvas, and counts twice.
            return True
        if event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.keyPressEvent(event)
            event.accept()  # Else the window behind the canvas would move the focus.
            return True
        return super().eventFilter(watched, event)

    def canvasPressEvent(self, event: QgsMapMouseEvent | None) -> None:  # noqa: N802
        """Remember where a drag would begin."""
        event = present(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.pos()

    def canvasMoveEvent(self, event: QgsMapMouseEvent | None) -> None:  # noqa: N802
        """Draw the box, or tell where the mouse is."""
        event = present(event)
        if self._pressed is not None and self._dragged(event):
            self._band.setToGeometry(self._rectangle(event), None)
        elif self._pressed is None:
            self.hovered.emit(self.toMapCoordinates(event.pos()))

    def canvasReleaseEvent(self, event: QgsMapMouseEvent | None) -> None:  # noqa: N802
        """A click, or the end of a box."""
        event = present(event)
        place = self.toMapCoordinates(event.pos())
        if event.button() == Qt.MouseButton.RightButton:
            self.clicked.emit(place, False)
        elif event.button() == Qt.MouseButton.LeftButton and self._pressed is not None:
            if self._dragged(event):
                rectangle = self._rectangle(event)
                self._drop_box()
                self.boxed.emit(rectangle.boundingBox())
            else:
                excluding = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.clicked.emit(place, not excluding)
            self._pressed = None

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Do what the tool's own keys ask for; leave all others (arrows, Space, Page Up) to the canvas.

        The canvas takes an *ignored* event for one that the tool has consumed. An accepted one goes on to the
        canvas and to QGIS, whose Backspace and Delete delete the selected features of the active layer.
        """
        wish = self._wish(event)
        if wish is None:
            event.accept()
            return
        event.ignore()
        signal, arguments = wish
        signal.emit(*arguments)

    def _wish(self, event: QKeyEvent) -> tuple[Any, tuple[int, ...]] | None:
        key, control = event.key(), event.modifiers() == CONTROL
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self.accepted, ()
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) or (key == Qt.Key.Key_Z and control):
            return self.undone, ()
        if key == Qt.Key.Key_Escape:
            return self.cleared, ()
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return self.switched, (1 if key == Qt.Key.Key_Tab else -1,)
        number = number_of(event)
        return None if number is None else (self.picked, (number,))

    def _dragged(self, event: QgsMapMouseEvent) -> bool:
        return self._pressed is not None and is_drag(self._pressed, event.pos())

    def _rectangle(self, event: QgsMapMouseEvent) -> QgsGeometry:
        return seen_rectangle(present(self.canvas()), present(self._pressed), event.pos())

    def _drop_box(self) -> None:
        self._pressed = None
        self._band.reset(enums.POLYGON)
