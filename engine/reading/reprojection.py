"""A layer brought to the raster's CRS, and how exactly that can be done here."""

from __future__ import annotations

import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from engine.errors import PointsError, in_short
from engine.reading.seam import rejoined

Bounds = tuple[float, float, float, float]
_UNDEFINED = "undefined"
"""How GeoPackage names the two systems that stand for none."""


def place(
    frame: gpd.GeoDataFrame, title: str, crs: str | None, target: str | None
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The frame in the target CRS, and what had to be assumed for it.

    Args:
        title: what messages call the layer.
        crs: what the user says the coordinates are in, whatever the file says.
        target: WKT of the wanted CRS; None keeps the coordinates as they are.

    Raises:
        PointsError: ``crs`` names none, or there is no way from one CRS to the other.
    """
    notes = []
    if crs is not None:
        given = _parse_crs(crs)
        if frame.crs is not None and frame.crs != given:
            notes.append(f"{title}: read as {given.name}, as asked, though the file says {frame.crs.name}")
        frame = frame.set_crs(given, allow_override=True)
    elif frame.crs is not None and frame.crs.name.lower().startswith(_UNDEFINED):
        frame = frame.set_crs("EPSG:4326" if frame.crs.is_geographic else None, allow_override=True)
        if frame.crs is not None:
            notes.append(
                f"{title}: has an undefined geographic CRS, so coordinates are taken to be in WGS 84"
            )
    if target is None:
        if frame.crs is not None:
            notes.append(f"{title}: the raster has no CRS, so coordinates are taken as the raster's own")
        return frame.set_crs(None, allow_override=True), notes
    if frame.crs is None:
        notes.append(f"{title}: has no CRS, so coordinates are taken to be in the raster's")
        return frame.set_crs(target), notes
    if _same_site(frame.crs, target):
        return frame.set_crs(target, allow_override=True), notes
    try:
        placed = rejoined(frame.to_crs(target), frame)
        doubt = inexact(frame.crs, target, tuple(frame.total_bounds))
    except ProjError as error:
        raise PointsError(f"{title}: {_no_way(frame.crs, target, error)}") from error
    return placed, notes if doubt is None else [*notes, f"{title}: {doubt}"]


def inexact(source: Any, target: Any, bounds: Bounds) -> str | None:
    """A note if the exact way from one CRS to another needs a grid that is not installed.

    Args:
        source, target: in any form pyproj takes.
        bounds: of the data in the source CRS, (left, bottom, right, top); not finite ones count for anywhere.

    Raises:
        ProjError: there is no way at all.
    """
    source, target = pyproj.CRS.from_user_input(source), pyproj.CRS.from_user_input(target)
    if source == target:
        return None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Best transformation is not available")
        group = TransformerGroup(source, target, always_xy=True, area_of_interest=_area(source, bounds))
    if not group.transformers:
        pyproj.Transformer.from_crs(source, target)  # Raises, unless the area alone was in the way.
        return None
    if group.best_available or not group.unavailable_operations:
        return None
    grids = [grid.short_name for grid in group.unavailable_operations[0].grids if not grid.available]
    accuracy = group.transformers[0].accuracy
    within = f"to within {accuracy:g} m only" if accuracy > 0 else "with unknown accuracy"
    missing = f"the grid {' or '.join(grids)} is" if grids else "what a more exact way needs is"
    remedy = f" (pyproj sync --file {grids[0]})" if grids else ""
    return f"brought from {source.name} to {target.name} {within}, since {missing} not installed{remedy}"


def _same_site(source: pyproj.CRS, target: str) -> bool:
    """Whether both are the same site grid, which formats write in different ways."""
    wanted = pyproj.CRS.from_user_input(target)
    return bool(source.is_engineering and wanted.is_engineering and source.name == wanted.name)


def _area(source: pyproj.CRS, bounds: Bounds) -> Any:
    if not np.isfinite(bounds).all():
        return None
    try:
        to_degrees = pyproj.Transformer.from_crs(source, "EPSG:4326", always_xy=True)
        west, south, east, north = to_degrees.transform_bounds(*bounds)
    except ProjError:
        return None
    inside = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90
    return AreaOfInterest(west, south, east, north) if inside else None


def _no_way(source: pyproj.CRS, target: str, error: Exception) -> str:
    wanted = pyproj.CRS.from_user_input(target).name
    reason = in_short(error)
    return (
        f"its CRS, '{source.name}', cannot be brought to the raster's, '{wanted}' ({reason}); say what the "
        "coordinates of points are in by --points-crs, or take all as they are by --assume-crs pixel"
    )


def _parse_crs(crs: str) -> pyproj.CRS:
    try:
        given = pyproj.CRS.from_user_input(crs)
    except CRSError as error:
        raise PointsError(f"'{crs}' is not a CRS; give for instance EPSG:4326") from error
    if (given.is_vertical and not given.is_compound) or given.is_geocentric:
        raise PointsError(f"'{crs}', {given.name}, is no CRS of places on a map; give for instance EPSG:4326")
    return given
