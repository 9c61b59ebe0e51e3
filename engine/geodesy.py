"""From a CRS to its ellipsoid, where lengths and areas are true."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.exceptions import ProjError


@dataclass(frozen=True)
class Ellipsoid:
    """The ellipsoid of a CRS, and the way to its longitude and latitude.

    Attributes:
        geod: measures in metres between places in degrees.
    """

    geod: pyproj.Geod
    _transformer: pyproj.Transformer
    _to_degrees: float

    def lonlat(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) places in the CRS to (N, 2) longitude and latitude in degrees."""
        return np.column_stack(self._transformer.transform(xy[:, 0], xy[:, 1])) * self._to_degrees


@lru_cache(maxsize=32)
def ellipsoid_of(crs: str | None) -> Ellipsoid | None:
    """The ellipsoid of a CRS; None without a CRS, or for one that is tied to no ellipsoid.

    Args:
        crs: WKT or authority code.
    """
    parsed = None if crs is None else pyproj.CRS.from_user_input(crs)
    geodetic = None if parsed is None else parsed.geodetic_crs
    geod = None if parsed is None else parsed.get_geod()
    if parsed is None or geodetic is None or geod is None:
        return None
    try:
        transformer = pyproj.Transformer.from_crs(parsed, geodetic, always_xy=True)
    except ProjError:  # Parameters that no projection has, in a damaged file.
        return None
    # Some geographic systems count in grads, while geodesics are asked for in degrees.
    return Ellipsoid(geod, transformer, math.degrees(geodetic.axis_info[0].unit_conversion_factor))
