"""Raster layers of QGIS as the engine reads them: a path, bands, a CRS; rendered where there is no file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapLayer,
    QgsMapSettings,
    QgsMultiBandColorRenderer,
    QgsPointXY,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsRectangle,
    QgsUnitTypes,
    QgsVectorLayer,
)

from . import enums, remote
from .exceptions import QgsCsException
from .i18n import tr
from .presence import present

HAIR_PX, HAIR_M = 0.1, 0.01
"""Another CRS that moves no corner by more is another name of the same one: of a raster, of other layers."""

WHOLE = ("layerid=0", "uniqueGeometryType=yes")
"""What QGIS may add to the source of a vector layer that is all of the first, or only, layer of its file."""


class Unusable(Exception):
    """A layer cannot be segmented; the message says why and what to do."""


@dataclass(frozen=True)
class RasterInput:
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

    def to_json(self) -> dict[str, Any]:
        """As the worker wants it."""
        bands = list(self.bands) or None
        found = {"path": self.path, "bands": bands, "assume_crs": self.assume_crs}
        return {**found, "allow_remote": remote.allowed(self.path)}

    def options(self) -> dict[str, Any]:
        """As the engine's commands take it."""
        found = {"raster": self.path, "bands": self.bands, "assume_crs": self.assume_crs}
        return {**found, "allow_remote": remote.allowed(self.path)}


def has_file(layer: QgsRasterLayer) -> bool:
    """Whether GDAL, and so the engine, can read the layer's data itself."""
    return layer.providerType() == "gdal"


def broken(layer: QgsMapLayer) -> str | None:
    """Why nothing can be read of a layer, such as one whose file was moved; None if it can."""
    text = tr("The layer “{}” is broken: repair its data source first.")
    return None if layer.isValid() else text.format(layer.name())


def usable(layer: QgsRasterLayer | None) -> QgsRasterLayer:
    """The layer itself.

    Raises:
        Unusable: there is none, or it is broken, or has no CRS.
    """
    if layer is None:
        raise Unusable(tr("Choose a raster layer first."))
    if problem := broken(layer):
        raise Unusable(problem)
    if not layer.crs().isValid():
        raise Unusable(tr("The layer “{}” has no CRS: set one in its properties.").format(layer.name()))
    return layer


def file_source(layer: QgsRasterLayer | None, bands: tuple[int, ...] = ()) -> RasterInput:
    """The source of a layer that :func:`has_file`.

    Raises:
        Unusable: there is none, or it is broken, or not georeferenced, or has another CRS than its file.
    """
    layer = usable(layer)
    stated = present(layer.dataProvider()).crs()
    hair = HAIR_PX * min(layer.rasterUnitsPerPixelX(), layer.rasterUnitsPerPixelY())
    if stated.isValid() and _displaces(layer, stated, hair):
        text = tr(
            "The layer “{}” was set to the CRS {}, but its file states {}: set the layer to that of the "
            "file, or correct the file (Raster ▸ Projections ▸ Assign Projection…)."
        )
        raise Unusable(text.format(layer.name(), _called(layer.crs()), _called(stated)))
    assumed = None if stated.isValid() else layer.crs().authid() or layer.crs().toWkt()
    return RasterInput(_path(layer), bands, assumed, layer.crs())


def _displaces(layer: QgsMapLayer, stated: QgsCoordinateReferenceSystem, hair: float) -> bool:
    """Whether a layer's CRS puts it elsewhere than its file's: one CRS may go by several names.

    Args:
        hair: by how much its corners may be moved, in the layer's units.
    """
    if stated == layer.crs():
        return False
    box, to_file = layer.extent(), transform(layer.crs(), stated)
    corners = [
        QgsPointXY(x, y) for x in (box.xMinimum(), box.xMaximum()) for y in (box.yMinimum(), box.yMaximum())
    ]
    try:
        return any(to_file.transform(corner).distance(corner) > hair for corner in corners)
    except QgsCsException:
        return True


def assumed_crs(sources: Iterable[RasterInput]) -> str | None:
    """The CRS for those of several files that state none, or None.

    Raises:
        Unusable: their layers have several.
    """
    found = {source.assume_crs: None for source in sources if source.assume_crs}
    if len(found) > 1:
        text = tr(
            "The files of these rasters state no CRS, and their layers have several ({}): "
            "choose those of one."
        )
        raise Unusable(text.format(", ".join(found)))
    return next(iter(found), None)


def _called(crs: QgsCoordinateReferenceSystem) -> str:
    """A CRS as people know it."""
    return crs.authid() or crs.description() or crs.toProj()


def shown_bands(layer: QgsRasterLayer | None) -> tuple[int, ...]:
    """The three bands, or the one, that a layer's style shows; empty where it shows others, or none."""
    renderer = layer.renderer() if layer is not None else None
    bands = tuple(renderer.usesBands()) if renderer is not None else ()
    if isinstance(renderer, QgsMultiBandColorRenderer):
        bands = (renderer.redBand(), renderer.greenBand(), renderer.blueBand())
    return bands if len(bands) in (1, 3) and min(bands) > 0 else ()


def _path(layer: QgsRasterLayer) -> str:
    """The data source as GDAL names it, without QGIS's own additions."""
    source = layer.source()
    parts = present(QgsProviderRegistry.instance()).decodeUri("gdal", source)
    path, table = parts.get("path") or source, parts.get("layerName")
    if table and str(path).lower().endswith(".gpkg"):
        return f"GPKG:{absolute(str(path))}:{table}"
    prefix, suffix = parts.get("vsiPrefix") or "", parts.get("vsiSuffix") or ""
    if prefix and not str(path).startswith(prefix):
        path = f"{prefix}{path}{suffix}"
    return absolute(str(path))


def absolute(path: str) -> str:
    """A path that is there, as a process in another folder finds it; any other text as it is."""
    return os.path.abspath(path) if path and os.path.exists(path) else path


def moved(
    point: QgsPointXY, source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> QgsPointXY:
    """A place in another CRS.

    Raises:
        Unusable: it has no place there.
    """
    try:
        return transform(source, target).transform(point)
    except QgsCsException as error:
        raise Unusable(tr("This place does not exist in the CRS of the raster.")) from error


def moved_box(
    box: QgsRectangle, source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> QgsRectangle:
    """The extent of a box in another CRS.

    Raises:
        Unusable: it has no place there.
    """
    try:
        return transform(source, target).transformBoundingBox(box)
    except QgsCsException as error:
        raise Unusable(tr("This place does not exist in the CRS of the raster.")) from error


def raster_instead(chosen: QgsRasterLayer, point: QgsPointXY, view: QgsMapSettings) -> QgsRasterLayer | None:
    """The topmost raster in view under a place that lies beside the chosen one; None if there is none.

    Args:
        point: in the CRS of the chosen raster.
    """
    if chosen.extent().isEmpty() or chosen.extent().contains(point):  # Services may state no extent.
        return None
    for layer in view.layers():
        if not isinstance(layer, QgsRasterLayer) or layer is chosen or not layer.isValid():
            continue
        try:
            if layer.extent().contains(moved(point, chosen.crs(), layer.crs())):
                return layer
        except Unusable:
            continue  # The place does not exist there.
    return None


def saved_file(layer: QgsVectorLayer) -> tuple[Path, str] | None:
    """File and layer name of a layer on disk, if the file holds what the layer shows.

    It does not where there is a filter, an edit, or a CRS that the user gave the layer alone, nor where the
    layer is a part of its file that has no name: the points of mixed geometries, say.
    """
    if layer.providerType() != "ogr" or layer.subsetString() or layer.isModified() or _has_own_crs(layer):
        return None
    if layer.fields().names() != present(layer.dataProvider()).fields().names():  # Virtual or joined columns.
        return None
    path, *options = layer.source().split("|")
    if not all(option.startswith("layername=") or option in WHOLE for option in options):
        return None
    name = next((option[10:] for option in options if option.startswith("layername=")), "")
    return (Path(absolute(path)), name) if Path(path).is_file() else None


def unsaved(layer: QgsVectorLayer) -> str:
    """What to do about a layer without a :func:`saved_file`, in a sentence."""
    if layer.providerType() == "ogr" and _has_own_crs(layer):
        text = tr("The layer “{}” has another CRS than its file: save it as a new file, and choose that one.")
    else:
        text = tr("Save the layer “{}” to a file first, without filter or unsaved edits.")
    return text.format(layer.name())


def _has_own_crs(layer: QgsVectorLayer) -> bool:
    stated = present(layer.dataProvider()).crs()
    if not (stated.isValid() and layer.crs().isValid()):
        return layer.crs() != stated
    metre = QgsUnitTypes.fromUnitToUnitFactor(enums.METRES, layer.crs().mapUnits())
    return _displaces(layer, stated, HAIR_M * metre)


def transform(
    source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> QgsCoordinateTransform:
    """From one CRS to another, with the project's choices."""
    return QgsCoordinateTransform(source, target, QgsProject.instance())
