"""A layer of polygons as the part of a raster to look at."""

from __future__ import annotations

from pathlib import Path

import shapely

from engine import overlay
from engine.errors import PointsError
from engine.grid import RasterGrid
from engine.messages import message
from engine.reading.longitudes import wrap
from engine.reading.vector import read_layer


def read_area(
    path: Path, grid: RasterGrid, *, encoding: str | None = None, allow_remote: bool = False
) -> tuple[shapely.Geometry, tuple[str, ...]]:
    """The union of a layer's polygons on the raster, in raster pixels, prepared for questions.

    Args:
        encoding, allow_remote: as for :func:`engine.reading.vector.read_layer`.

    Returns:
        The union, and what had to be assumed for it, one sentence each.

    Raises:
        PointsError: the layer cannot be used, or does not touch the raster.
    """
    layer = wrap(
        read_layer(path, "polygon", target=grid.crs_wkt, encoding=encoding, allow_remote=allow_remote), grid
    )
    shapes = [shape for shape in layer.frame.geometry.values if shape is not None]
    pixels = [overlay.repair(shapely.transform(shape, grid.to_pixel)) for shape in shapes]
    together = overlay.union([shape for shape in pixels if shape is not None])
    frame = shapely.box(0, 0, grid.width, grid.height)
    area = None if together is None else overlay.intersection(together, frame)
    if area is None or not area.area:
        raise PointsError(message("area-elsewhere", layer=layer.title))
    shapely.prepare(area)
    return area, layer.notes
