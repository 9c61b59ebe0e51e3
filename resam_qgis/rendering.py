"""Layers without a file (WMS, XYZ, …) become pictures around the view, rendered in the background."""

from __future__ import annotations

import contextlib
import hashlib
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from qgis.core import (
    QgsApplication,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPointXY,
    QgsRasterLayer,
    QgsRectangle,
    QgsTask,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, QSize, pyqtSignal
from qgis.PyQt.QtGui import QColor, QImage

from . import layers, places
from .i18n import tr
from .layers import RasterInput, Unusable
from .presence import present, project

MOST_PX = 4096
"""Longest side of a picture, in pixels."""
MOST_TILES, TILE_PX = 512, 256
"""Tiles that one picture may fetch from a service: services forbid bulk downloads, and memory has an end."""
KEPT_SECONDS = 7 * 24 * 3600
MARGIN = 0.5
"""Share of the view's longer side that is rendered beyond it on every side, as far as the limits allow."""
CLOSER = 1.8
"""A layer is rendered again when the view's pixels became smaller, or larger, by this factor."""
POLL_SECONDS = 0.1
SAMPLES = 48
PNG_QUALITY = 80
"""Fast: the file is read once or twice, and gone in a week."""
Done = Callable[[RasterInput], None]
Failed = Callable[[str], None]


@dataclass(frozen=True)
class Picture:
    """A picture of a part of a layer: extent and size of its pixels in the layer's units."""

    path: Path
    extent: QgsRectangle
    unit_per_px: float

    @property
    def size(self) -> QSize:
        """Columns and rows."""
        return QSize(
            round(self.extent.width() / self.unit_per_px), round(self.extent.height() / self.unit_per_px)
        )

    def serves(self, clicks: Sequence[QgsPointXY], unit_per_px: float) -> bool:
        """Whether it holds all clicks of an object; the first of them decides about the resolution too."""
        near = 1 / CLOSER <= unit_per_px / self.unit_per_px <= CLOSER
        return (near or len(clicks) > 1) and all(self.extent.contains(place) for place in clicks)


class Drawing(QObject):
    """Draws a layer in a thread of QGIS's own, without Python, so that the window goes on."""

    _running: ClassVar[set[Drawing]] = set()
    """Drawings that were cancelled too: to delete a job would mean to wait for its end."""

    def __init__(self, settings: QgsMapSettings, done: Callable[[QImage], None]) -> None:
        super().__init__()
        self._done: Callable[[QImage], None] | None = done
        self._job = QgsMapRendererSequentialJob(settings)
        self._job.finished.connect(self._finished)
        self._running.add(self)
        self._job.start()

    def cancel(self, wait: bool = False) -> None:
        """Nobody wants the picture any more."""
        self._done = None
        self._job.cancel() if wait else self._job.cancelWithoutBlocking()

    def _finished(self) -> None:
        self._running.discard(self)
        if self._done is not None:
            self._done(self._job.renderedImage())


class Rendering(QgsTask):
    """Renders one picture of a layer and writes it to a file; nothing is there before all of it is.

    Signals, in the window's thread:
        ended: None after success, else one line that says why not.
    """

    ended = pyqtSignal(object)

    def __init__(self, layer: QgsRasterLayer, picture: Picture) -> None:
        super().__init__(tr("ReSAM: picture of {}").format(layer.name()), QgsTask.Flag.CanCancel)
        self.picture, self.layer_id, self.source = picture, layer.id(), _source(layer, picture)
        self._name = layer.name()
        self._rendered = threading.Event()
        self._image: QImage | None = None
        self._problem: str | None = None
        self._drawing = Drawing(_settings(layer, picture), self._take)

    def run(self) -> bool:
        """In a thread of its own: wait for the picture, then write it."""
        while not self._rendered.wait(POLL_SECONDS):
            if self.isCanceled():
                return False
        if self._image is None or self.isCanceled():
            return False
        try:
            _write(self._image, self.picture)
        except OSError as error:
            folder = self.picture.path.parent
            self._problem = tr("{} cannot be written: {}").format(folder, error.strerror or error)
            return False
        return True

    def finished(self, good: bool) -> None:
        """Back in the window's thread: tell how it ended."""
        self._image = None
        if not good:
            self._drawing.cancel()
        self.ended.emit(None if good else self._problem or tr("Cancelled; nothing was changed."))

    def abandon(self) -> None:
        """Cancel; nobody listens any more."""
        self.blockSignals(True)
        self.cancel()
        self._drawing.cancel(wait=True)

    def _take(self, image: QImage) -> None:
        if _blank(image):
            text = tr("The layer “{}” gave no picture of this view: is the service there?")
            self._problem = text.format(self._name)
        else:
            self._image = image
        self._rendered.set()


class RenderedLayers(QObject):
    """Renders layers without a file, once for all objects on the same ground.

    Signals:
        fetching: name of a layer whose picture is being fetched; empty when it is there, or not to be had.
    """

    fetching = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._kept: dict[str, list[Picture]] = {}
        self._running: dict[Rendering, list[tuple[Done, Failed]]] = {}

    def obtain(
        self, layer: QgsRasterLayer, clicks: Sequence[QgsPointXY], done: Done, failed: Failed
    ) -> Callable[[], None]:
        """Render the layer around the view and the clicks of an object, unless a picture of it is there.

        Args:
            clicks: in the layer's CRS.
            done, failed: exactly one of them is called, now or later; neither after a cancel.

        Returns:
            What cancels it.
        """
        try:
            view, unit_per_px = self._view(layer)
            picture = self._kept_picture(layer, clicks, unit_per_px)
            if picture is None:
                picture = planned(layer, view, unit_per_px, clicks, MARGIN)
        except Unusable as problem:
            failed(str(problem))
            return lambda: None
        return self._use(layer, picture, done, failed)

    def forget(self, layer_id: str) -> None:
        """A layer left the project."""
        self._kept.pop(layer_id, None)

    def covering(
        self, layer: QgsRasterLayer, clicks: Sequence[QgsPointXY], done: Done, failed: Failed
    ) -> None:
        """Render a picture that has many objects' clicks in it, at the resolution of the last one."""
        kept = self._kept.get(layer.id())
        if not kept:
            self.obtain(layer, clicks, done, failed)
            return
        last = kept[-1]
        try:
            picture = planned(layer, last.extent, last.unit_per_px, clicks, 0.0)
        except Unusable as problem:
            failed(str(problem))
            return
        self._use(layer, picture, done, failed)

    def close(self) -> None:
        """Cancel everything, without a signal."""
        for task in self._running:
            task.abandon()
        self._running.clear()

    def _view(self, layer: QgsRasterLayer) -> tuple[QgsRectangle, float]:
        """What is seen, in the layer's CRS, and the size of a pixel of it."""
        extent, crs = self._canvas.extent(), self._canvas.mapSettings().destinationCrs()
        view = layers.moved_box(extent, crs, layer.crs())
        if not view.isFinite() or view.isEmpty():
            raise Unusable(
                tr("The layer “{}” cannot show so much of the world: zoom in.").format(layer.name())
            )
        return view, view.width() / max(self._canvas.width(), 1)

    def _kept_picture(
        self, layer: QgsRasterLayer, clicks: Sequence[QgsPointXY], unit_per_px: float
    ) -> Picture | None:
        """A picture that is there, or in the making; the latest first."""
        making = [
            task.picture for task in self._running if task.layer_id == layer.id() and not task.isCanceled()
        ]
        for picture in [*reversed(making), *reversed(self._kept.get(layer.id(), []))]:
            if picture.serves(clicks, unit_per_px):
                return picture
        return None

    def _use(self, layer: QgsRasterLayer, picture: Picture, done: Done, failed: Failed) -> Callable[[], None]:
        """Take the picture that is there, or wait for it."""
        if picture.path.exists():
            self._keep(layer.id(), picture)
            done(_source(layer, picture))
            return lambda: None
        going = (task for task in self._running if task.picture == picture and not task.isCanceled())
        task = next(going, None)
        if task is None:
            task = self._start(layer, picture)
        waiter = (done, failed)
        self._running[task].append(waiter)

        def cancel() -> None:
            waiters = self._running.get(task, [])
            if waiter in waiters:
                waiters.remove(waiter)
                if not waiters:
                    task.cancel()

        return cancel

    def _start(self, layer: QgsRasterLayer, picture: Picture) -> Rendering:
        task = Rendering(layer, picture)
        task.ended.connect(lambda problem: self._ended(task, problem))
        self._running[task] = []
        present(QgsApplication.taskManager()).addTask(task)
        self.fetching.emit(layer.name())
        return task

    def _ended(self, task: Rendering, problem: str | None) -> None:
        waiters = self._running.pop(task, [])
        if not self._running:
            self.fetching.emit("")
        if problem is None:
            self._keep(task.layer_id, task.picture)
        for done, failed in waiters:
            done(task.source) if problem is None else failed(problem)

    def _keep(self, layer_id: str, picture: Picture) -> None:
        kept = self._kept.setdefault(layer_id, [])
        if picture in kept:
            kept.remove(picture)
        kept.append(picture)


def planned(
    layer: QgsRasterLayer,
    view: QgsRectangle,
    unit_per_px: float,
    clicks: Sequence[QgsPointXY],
    margin: float,
) -> Picture:
    """What a picture of a view and of an object's clicks holds; nothing is rendered.

    Args:
        view: in the layer's CRS, as the clicks.
        unit_per_px: size of a pixel in the layer's units.
        margin: share of the view's longer side to add on every side; less where the limits do not allow it.

    Raises:
        Unusable: the view does not touch the layer, or needs more than the limits allow.
    """
    needed = QgsRectangle(view)
    for place in clicks:
        needed.combineExtentWith(place)
    for share in (margin, margin / 2, margin / 4, 0.0):
        extent = needed.buffered(share * max(view.width(), view.height()))
        if not layer.extent().isEmpty():
            extent = extent.intersect(layer.extent())
        if extent.isEmpty():
            raise Unusable(tr("The view does not touch the layer “{}”.").format(layer.name()))
        picture = _picture(layer, extent, unit_per_px)
        columns, rows, count = picture.size.width(), picture.size.height(), tiles(layer, picture)
        if max(columns, rows) <= MOST_PX and count <= MOST_TILES:
            return picture
    text = tr(
        "The layer “{}” would need {} × {} pixels and {} tiles here; the limits are {} pixels and {} tiles: "
        "zoom out, or click within one view."
    )
    raise Unusable(text.format(layer.name(), columns, rows, count, MOST_PX, MOST_TILES))


def _picture(layer: QgsRasterLayer, extent: QgsRectangle, unit_per_px: float) -> Picture:
    """The picture of an extent, grown to whole pixels."""
    columns, rows = (max(1, math.ceil(side / unit_per_px)) for side in (extent.width(), extent.height()))
    west, north = extent.xMinimum(), extent.yMaximum()
    whole = QgsRectangle(west, north - rows * unit_per_px, west + columns * unit_per_px, north)
    key = f"{layer.source()}|{whole.toString(6)}|{columns}x{rows}"
    name = hashlib.sha256(key.encode()).hexdigest()[:16]
    return Picture(places.rendered() / f"{name}.png", whole, unit_per_px)


def tiles(layer: QgsRasterLayer, picture: Picture) -> int:
    """How many tiles of its service a picture takes; 0 where the service has none."""
    found = present(layer.dataProvider()).nativeResolutions()
    if not found:
        return 0
    side = TILE_PX * min(found, key=lambda resolution: abs(resolution - picture.unit_per_px))
    columns, rows = (
        math.ceil(length / side) + 1 for length in (picture.extent.width(), picture.extent.height())
    )
    return columns * rows


def _settings(layer: QgsRasterLayer, picture: Picture) -> QgsMapSettings:
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setTransformContext(project().transformContext())
    settings.setOutputSize(picture.size)
    settings.setExtent(picture.extent)
    settings.setBackgroundColor(QColor(0, 0, 0, 0))
    return settings


def _source(layer: QgsRasterLayer, picture: Picture) -> RasterInput:
    """The picture for the engine; its file does not state the CRS."""
    crs = layer.crs()
    return RasterInput(str(picture.path), (), crs.authid() or crs.toWkt(), crs)


def _blank(image: QImage) -> bool:
    """Whether nothing at all is in a picture; looked up at places all over it."""
    columns, rows = (
        [int((k + 0.5) * side / SAMPLES) for k in range(SAMPLES)] for side in (image.width(), image.height())
    )
    return all(image.pixelColor(x, y).alpha() == 0 for x in columns for y in rows)


def _write(image: QImage, picture: Picture) -> None:
    """Write a picture with its world file; OSError if the disk refuses."""
    path, size = picture.path, picture.unit_per_px
    path.parent.mkdir(parents=True, exist_ok=True)
    west, north = picture.extent.xMinimum() + size / 2, picture.extent.yMaximum() - size / 2
    world = "\n".join(repr(number) for number in (size, 0.0, 0.0, -size, west, north))
    path.with_suffix(".pgw").write_text(world + "\n", encoding="ascii")
    with places.files().written_whole(path, synced=False) as part:
        if not image.save(str(part), "PNG", PNG_QUALITY):
            raise OSError(tr("the disk is full, or the folder cannot be written"))


def forget_old(folder: Path) -> None:
    """Remove what was rendered more than a week ago."""
    for path in folder.glob("*.*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
