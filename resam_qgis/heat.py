"""Live likeness: the view coloured where it looks like the objects that stand, while the user clicks."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry, QgsPointXY, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QObject, QRectF, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QImage, QPainter, QTransform, qRgba
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

from . import finds, layers, sayings
from .controller import Controller
from .examples import SURE, Outline, outlines_of
from .exceptions import QgsCsException
from .i18n import tr
from .layers import RasterInput, Unusable, transform
from .overlays import geometry_of
from .presence import present

REST_MS, AGAIN_MS = 300, 1500
"""After a change of the view or of the examples; after clicks that went before."""
MOST_EXAMPLES = 24
ABOVE_MAP = -5
"""Between the map, at -10, and what is drawn over it, at 0."""
COLOUR = (255, 0, 160)
COLD, STRONGEST = 90, 170
"""Of 255: likeness that is not shown, and the opacity of what looks like the mean example."""


class HeatItem(QgsMapCanvasItem):
    """A picture over the map, below clicks and outlines."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._picture: QImage | None = None
        self._corners: list[QgsPointXY] = []
        self.setZValue(ABOVE_MAP)

    @property
    def shown(self) -> bool:
        """Whether there is a picture."""
        return self._picture is not None

    def show_picture(self, picture: QImage | None, corners: list[QgsPointXY]) -> None:
        """Show a picture, or none.

        Args:
            corners: upper left, upper right, lower left, in the project's CRS.
        """
        self._picture, self._corners = picture, corners
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """The whole canvas, and as much again around it: it can be dragged."""
        width, height = self._canvas.width(), self._canvas.height()
        return QRectF(-width, -height, 3.0 * width, 3.0 * height)

    def updatePosition(self) -> None:  # noqa: N802
        """The map moved."""
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem | None = None, widget: QWidget | None = None
    ) -> None:
        """Draw the picture where its corners are now."""
        if self._picture is None:
            return
        start, right, below = (self.toCanvasCoordinates(corner) for corner in self._corners)
        width, height = self._picture.width(), self._picture.height()
        across, down = (right - start) / width, (below - start) / height
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        placed = QTransform(across.x(), across.y(), down.x(), down.y(), start.x(), start.y())
        painter.setTransform(placed, True)
        painter.drawImage(0, 0, self._picture)
        painter.restore()


class Heat(QObject):
    """Asks the worker for the view's likeness, one question at a time; clicks go before it.

    Signals:
        message: a line for the user, and whether it is a problem.
        said: what the worker does for it, or why there is nothing to see; empty once the view is coloured.
    """

    message = pyqtSignal(str, bool)
    said = pyqtSignal(str)

    def __init__(self, controller: Controller, canvas: QgsMapCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller, self._canvas = controller, canvas
        self.item = HeatItem(canvas)
        self._on = False
        self._number: int | None = None
        self._asked: dict[str, Any] = {}
        self._started = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask)
        canvas.extentsChanged.connect(self.refresh)
        canvas.destinationCrsChanged.connect(self._begin_anew)
        controller.changed.connect(self.refresh)
        controller.finished.connect(self.refresh)
        controller.worker.progressed.connect(self._progressed)

    def switch(self, on: bool) -> None:
        """Show it, or not."""
        self._on, self._asked = on, {}
        if on:
            self._timer.start(0)
        else:
            self._stop()

    def discard(self) -> None:
        """Leave nothing on the canvas."""
        self._on = False
        self._stop()
        self._controller.worker.progressed.disconnect(self._progressed)
        self._canvas.extentsChanged.disconnect(self.refresh)
        self._canvas.destinationCrsChanged.disconnect(self._begin_anew)
        present(self._canvas.scene()).removeItem(self.item)

    def _stop(self) -> None:
        self._timer.stop()
        self._drop()
        self.item.show_picture(None, [])

    def _drop(self) -> None:
        """Nobody wants the answer that is still to come."""
        number, self._number = self._number, None
        self.said.emit("")
        if number is not None:
            self._controller.worker.cancel(number)

    def refresh(self, *_: object) -> None:
        """View, objects, class or model may be others now: look at it once they rest."""
        if self._on:
            self._timer.start(REST_MS)

    def _begin_anew(self) -> None:
        """The project has another CRS: the picture lies elsewhere in it, though the view may be the same."""
        self._asked = {}
        self.item.show_picture(None, [])
        self.refresh()

    def _ask(self) -> None:
        """Ask for the view as it is now, unless that is what was asked."""
        try:
            params, source = self._question()
        except Unusable as problem:
            self._drop()
            self._asked = {}
            self._show_nothing(str(problem))
            return
        if self._controller.waiting:
            self.said.emit(tr("Looking…"))  # At the click: its answer leads back to here.
        elif params != self._asked:
            self._drop()
            if params["class"] != self._asked.get("class", params["class"]):
                self.item.show_picture(None, [])  # It would be taken for the likeness of this class.
            self._asked, self._started = params, time.monotonic()
            self.said.emit(tr("Looking…"))
            self._number = self._controller.worker.request(
                "likeness",
                params,
                lambda result: self._take(params, result, source),
                lambda kind, text: self._failed(params, kind, text),
            )

    def _progressed(self, number: int, done: int, total: int) -> None:
        """The tiles of the view that were embedded; new ground and a new adapter take their time."""
        if number == self._number:
            left = (time.monotonic() - self._started) / done * (total - done)
            event = {"event": "progress", "done": done, "total": total, "remaining_s": left}
            self.said.emit(f"{tr('Looking…')} {sayings.told(event)}")

    def _show_nothing(self, why: str) -> None:
        self.item.show_picture(None, [])
        self.said.emit(why)

    def _question(self) -> tuple[dict[str, Any], RasterInput]:
        """The parameters of the request, and what they are about.

        Raises:
            Unusable: there is no raster with a file in view, or no object stands yet.
        """
        choice = self._controller.choice
        raster = layers.usable(choice.layer)
        if not layers.has_file(raster):
            raise Unusable(tr("Likeness is shown on rasters with a file alone."))
        source = layers.file_source(raster, choice.bands)
        examples = [json.loads(shape.asJson(9)) for shape in self._examples(raster.crs())]
        if not examples and (kind := choice.class_name):
            text = tr("Accept an object of class “{}” first: then the view shows what looks like it.")
            raise Unusable(text.format(kind))
        if not examples:
            raise Unusable(tr("Accept an object first: then the view shows what looks like it."))
        view = layers.moved_box(
            self._canvas.extent(), self._canvas.mapSettings().destinationCrs(), raster.crs()
        ).intersect(raster.extent())
        sides = [view.xMinimum(), view.yMinimum(), view.xMaximum(), view.yMaximum()]
        asked = {"raster": source.to_json(), "view": sides, "examples": examples, "give_way": True}
        return {**asked, **choice.question()}, source

    def _examples(self, crs: QgsCoordinateReferenceSystem) -> Iterator[QgsGeometry]:
        """Outlines of objects that stand, in a CRS: that at hand, then of both layers.

        Those of the chosen class alone: what roofs and trees have in common is neither. Without one, all.
        """
        session, kind = self._controller.session, self._controller.choice.class_name
        at_hand = geometry_of(self._controller.answer or {})
        if at_hand is not None and (kind == "" or session.own_class in (None, kind)):
            yield at_hand
        both: list[QgsVectorLayer | None] = [self._controller.layer_chosen()]
        both.append(finds.layer_of(self._controller.choice.layer))
        every = chain.from_iterable(
            _alike(layer, kind, outlines_of(layer, crs, SURE, session)) for layer in both if layer is not None
        )
        yield from islice(every, MOST_EXAMPLES)

    def _take(self, params: dict[str, Any], result: dict[str, Any], source: RasterInput) -> None:
        if params is not self._asked:
            return
        self._number = None
        self.said.emit("")
        if not self._on:
            self.item.show_picture(None, [])
            return
        if not result:
            self._show_nothing(tr("At this scale the objects are too small to compare: zoom in."))
            return
        try:
            to_map = transform(source.crs, self._canvas.mapSettings().destinationCrs())
            corners = [to_map.transform(QgsPointXY(x, y)) for x, y in result["corners"]]
        except QgsCsException:
            self.item.show_picture(None, [])  # It has no place in the project's CRS.
            return
        self.item.show_picture(
            _picture(base64.b64decode(result["values"]), result["width"], result["height"]), corners
        )

    def _failed(self, params: dict[str, Any], kind: str, text: str) -> None:
        if params is not self._asked or not self._on:
            return
        self._number, self._asked = None, {}
        if kind == "cancelled":
            self.said.emit(tr("Looking…"))
            self._timer.start(AGAIN_MS)
        else:
            self.said.emit("")
            self.message.emit(sayings.reason(text), True)


def _alike(layer: QgsVectorLayer, kind: str, outlines: Iterator[Outline]) -> Iterator[QgsGeometry]:
    """Of the wanted objects those of a class; a layer that has no column for it holds one kind of them."""
    every = kind == "" or layer.fields().indexFromName("class") < 0
    return (item.shape for item in outlines if item.wanted and (every or item.class_name == kind))


def _picture(values: bytes, width: int, height: int) -> QImage:
    """Likeness, a byte a cell, as a picture that is the clearer the more alike."""
    indexed = QImage(values, width, height, width, QImage.Format.Format_Indexed8)
    indexed.setColorTable([_colour(value) for value in range(256)])
    return indexed.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _colour(value: int) -> int:
    share = max(0, value - COLD) / (255 - COLD)
    return qRgba(*COLOUR, round(STRONGEST * share))
