"""Layers without a file (WMS, XYZ, …) become GeoTIFFs around the view, at its resolution."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsPointXY,
    QgsProject,
    QgsRasterFileWriter,
    QgsRasterLayer,
    QgsRasterPipe,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas

from . import layers, places
from .i18n import tr
from .layers import RasterInput, Unusable

RENDERED_MAX_PX = 4096
"""Longest side, in pixels, of what is rendered from a layer without a file."""
KEPT_SECONDS = 7 * 24 * 3600
RENDERED_MARGIN = 0.5
"""Share of the view's size that is rendered beyond it on every side."""
CLOSER = 1.8
"""A layer is rendered again when the pixels of the view became smaller by this factor."""


@dataclass(frozen=True)
class Rendered:
    """A picture of a part of a layer; its extent and the size of its pixels in the layer's units."""

    path: Path
    extent: QgsRectangle
    unit_per_px: float


class RenderedLayers:
    """Remembers what was rendered of each layer."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._kept: dict[str, Rendered] = {}

    def source(self, layer: QgsRasterLayer, clicks: Sequence[QgsPointXY]) -> RasterInput:
        """What the engine reads: rendered once, and again when a click leaves it or the view is much closer.

        Args:
            clicks: of the object at hand, in the layer's CRS.
        """
        view = layers.moved_box(
            self._canvas.extent(), self._canvas.mapSettings().destinationCrs(), layer.crs()
        )
        per_px = view.width() / max(self._canvas.width(), 1)
        kept = self._kept.get(layer.id())
        inside = kept is not None and all(kept.extent.contains(place) for place in clicks)
        if kept is None or not inside or (len(clicks) < 2 and per_px < kept.unit_per_px / CLOSER):
            path, extent = render(layer, view, per_px, places.rendered())
            kept = self._kept[layer.id()] = Rendered(path, extent, per_px)
        return RasterInput(str(kept.path), (), None, layer.crs())

    def covering(self, layer: QgsRasterLayer, clicks: Sequence[QgsPointXY]) -> RasterInput:
        """A picture that has all clicks in it, at the resolution of the last one."""
        kept = self._kept.get(layer.id())
        if kept is None:
            return self.source(layer, clicks)
        extent = QgsRectangle(kept.extent)
        for place in clicks:
            extent.combineExtentWith(place)
        path, _ = render(layer, extent, kept.unit_per_px, places.rendered())
        return RasterInput(str(path), (), None, layer.crs())

    def forget(self, layer_id: str) -> None:
        """A layer left the project."""
        self._kept.pop(layer_id, None)


def render(
    layer: QgsRasterLayer, view: QgsRectangle, unit_per_px: float, folder: Path
) -> tuple[Path, QgsRectangle]:
    """Render a layer without a file (WMS, XYZ, …) around a view to a GeoTIFF; its path and extent.

    Args:
        view: in the layer's CRS.
        unit_per_px: size of a pixel in the layer's units: the finest at which the layer shows more.

    Raises:
        Unusable: the service gave no picture, or the disk refused.
    """
    extent = QgsRectangle(view)
    extent.grow(RENDERED_MARGIN * max(view.width(), view.height()))
    if not layer.extent().isEmpty():
        extent = extent.intersect(layer.extent())
    if extent.isEmpty():
        raise Unusable(tr("The view does not touch the layer “{}”.").format(layer.name()))
    longest = max(extent.width(), extent.height())
    unit_per_px = max(unit_per_px, longest / RENDERED_MAX_PX)
    columns, rows = (max(1, round(side / unit_per_px)) for side in (extent.width(), extent.height()))
    extent = QgsRectangle(
        extent.xMinimum(),
        extent.yMaximum() - rows * unit_per_px,
        extent.xMinimum() + columns * unit_per_px,
        extent.yMaximum(),
    )
    key = f"{layer.source()}|{extent.toString(6)}|{columns}x{rows}"
    path = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.tif"
    if not path.exists():
        _write(layer, extent, columns, rows, path)
    return path, extent


def _write(layer: QgsRasterLayer, extent: QgsRectangle, columns: int, rows: int, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(tr("{} cannot be written: {}").format(path.parent, error.strerror)) from error
    part = path.with_name(f"{path.stem}.part.tif")
    pipe = QgsRasterPipe()
    pipe.set(layer.dataProvider().clone())
    if layer.renderer() is not None:
        pipe.set(layer.renderer().clone())
    writer = QgsRasterFileWriter(str(part))
    writer.setOutputFormat("GTiff")
    context = QgsProject.instance().transformContext()
    outcome = writer.writeRaster(pipe, columns, rows, extent, layer.crs(), context)
    if getattr(outcome, "value", outcome) != 0 or not part.exists():  # Qt 6 has no numbers for enums.
        part.unlink(missing_ok=True)
        raise Unusable(
            tr("The layer “{}” gave no picture of this view: is the service there?").format(layer.name())
        )
    os.replace(part, path)


def forget_old(folder: Path) -> None:
    """Remove what was rendered more than a week ago."""
    for path in folder.glob("*.tif"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
