"""Outlines squared up, as of buildings, through the ``buildingregulariser`` package."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shapely import Polygon

from engine import overlay
from engine.stages.polygons import Polygonal, sound, valid

if TYPE_CHECKING:
    import geopandas as gpd

_LEAST_REGULAR_IOU = 0.7
"""A squared-up outline that agrees less with what was seen is not the same object."""
_FAILURES = (*overlay.FAILURES, LookupError, TypeError, AttributeError)
"""What the package lets through where an outline is beyond it."""


def regularize(geoms: Sequence[Polygonal], tolerance: float) -> tuple[list[Polygonal], list[bool]]:
    """Outlines with right angles.

    Args:
        geoms: polygons whose angles are those on the ground; see :mod:`engine.stages.ground_frames`.
        tolerance: how much detail may go, in units of the geometry; about two to three pixels.

    Returns:
        Geometries in the order given, and for each whether it was squared up. One that would become
        empty, invalid or unlike itself (IoU below 0.7) stays as it was, with False.
    """
    squared = _square(geoms, tolerance)
    done = [_alike(new, old) for new, old in zip(squared, geoms, strict=True)]
    return [new if ok else old for new, old, ok in zip(squared, geoms, done, strict=True)], done


def _square(geoms: Sequence[Polygonal], tolerance: float) -> list[Polygonal]:
    """What the package makes of each geometry; empty where it returned nothing."""
    rows = [i for i, geom in enumerate(geoms) if not geom.is_empty]
    result: list[Polygonal] = [Polygon()] * len(geoms)
    if not rows:
        return result
    try:
        squared = _squared({i: geoms[i] for i in rows}, tolerance)
    except _FAILURES:
        # One outline may stop it for all.
        return [_square([geom], tolerance)[0] if len(rows) > 1 else Polygon() for geom in geoms]
    # Parts come back as rows of their own, and in any number.
    for row, parts in squared.groupby("row").geometry:
        result[int(row)] = valid(overlay.union(parts.to_numpy()) or Polygon())
    return result


def _squared(geoms: Mapping[int, Polygonal], tolerance: float) -> gpd.GeoDataFrame:
    """A frame of the squared parts, ``row`` telling whose they are."""
    import geopandas as gpd
    from buildingregulariser import regularize_geodataframe

    frame = gpd.GeoDataFrame({"row": list(geoms)}, geometry=list(geoms.values()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of each outline it gives up on; our flags say the same
        return regularize_geodataframe(
            frame,
            parallel_threshold=2 * tolerance,
            simplify_tolerance=tolerance,
            # Asked for 90 degrees only, it turns edges that run opposite to the main direction by 90.
            # With diagonals allowed but reduced by 22.5 it does what was meant.
            allow_45_degree=True,
            diagonal_threshold_reduction=22.5,
            allow_circles=False,
            num_cores=1,
        )


def _alike(new: Polygonal, old: Polygonal) -> bool:
    if not sound(new) or not sound(old):
        return False
    shared, both = overlay.intersection(new, old), overlay.union([new, old])
    return bool(shared is not None and both is not None and shared.area >= _LEAST_REGULAR_IOU * both.area)
