"""Raster layers of QGIS as the engine reads them: a path, bands, a CRS; rendered where there is no file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterFileWriter,
    QgsRasterLayer,
    QgsRasterPipe,
    QgsRectangle,
)

from .i18n import tr

RENDERED_MAX_PX = 4096
"""Longest side, in pixels, of what is rendered from a layer without a file."""
RENDERED_MARGIN = 0.5
"""Share of the view's size that is rendered beyond it on every side."""


class Unusable(Exception):
    """A layer cannot be segmented; the message says why and what to do."""


@dataclass(frozen=True)
class Source:
    """What the engine reads.

    Attributes:
        path: file, or a name that GDAL knows, such as ``GPKG:file.gpkg:table``.
        bands: numbers from 1 of one or three bands; empty lets the engine choose.
        assume_crs: CRS for a file that states none, or None.
        crs: CRS of the coordinates that are exchanged: the layer's.
    """

    path: str
    bands: tuple[int, ...]
    assume_crs: str | None
    crs: QgsCoordinateReferenceSystem

    def to_json(self) -> dict:
        """As the worker wants it."""
        bands = list(self.bands) or None
        return {"path": self.path, "bands": bands, "assume_crs": self.assume_crs}

    def arguments(self) -> list[str]:
        """As the command lines want it."""
        found = ["--raster", self.path]
        if self.bands:
            found += ["--bands", *(str(band) for band in self.bands)]
        return [*found, "--assume-crs", self.assume_crs] if self.assume_crs else found


def has_file(layer: QgsRasterLayer) -> bool:
    """Whether GDAL, and so the engine, can read the layer's data itself."""
    return layer.providerType() == "gdal"


def usable(layer: QgsRasterLayer | None) -> QgsRasterLayer:
    """The layer itself.

    Raises:
        Unusable: there is none, or it is broken, or has no CRS.
    """
    if layer is None:
        raise Unusable(tr("Choose a raster layer first."))
    if not layer.isValid():
        raise Unusable(tr("The layer “{}” is broken: repair its data source first.").format(layer.name()))
    if not layer.crs().isValid():
        raise Unusable(tr("The layer “{}” has no CRS: set one in its properties.").format(layer.name()))
    return layer


def file_source(layer: QgsRasterLayer, bands: tuple[int, ...] = ()) -> Source:
    """The source of a layer that :func:`has_file`.

    Raises:
        Unusable: it is broken, or not georeferenced.
    """
    stated = usable(layer).dataProvider().crs()
    assumed = None if stated.isValid() else layer.crs().authid() or layer.crs().toWkt()
    return Source(_path(layer), bands, assumed, layer.crs())


def _path(layer: QgsRasterLayer) -> str:
    """The data source as GDAL names it, without QGIS's own additions."""
    source = layer.source()
    parts = QgsProviderRegistry.instance().decodeUri("gdal", source)
    path, table = parts.get("path") or source, parts.get("layerName")
    if table and str(path).lower().endswith(".gpkg"):
        return f"GPKG:{path}:{table}"
    prefix, suffix = parts.get("vsiPrefix") or "", parts.get("vsiSuffix") or ""
    if prefix and not str(path).startswith(prefix):
        path = f"{prefix}{path}{suffix}"
    return str(path)


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


def transform(
    source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> QgsCoordinateTransform:
    """From one CRS to another, with the project's choices."""
    return QgsCoordinateTransform(source, target, QgsProject.instance())
