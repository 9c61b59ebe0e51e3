"""Points from the coordinate columns of a table that has no geometry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from engine.errors import PointsError
from engine.messages import message
from engine.reading.attributes import field_named
from engine.reading.table import with_geometry

WGS84 = "EPSG:4326"
_LONLAT = (("lon", "lat"), ("long", "lat"), ("lng", "lat"), ("longitude", "latitude"))
_XY = (("x", "y"), ("easting", "northing"))
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.I)
_EMPTY = {"", "na", "n/a", "nan", "null", "none", "-"}
_SAME_PLACE_DEGREES = 0.02
"""Rounded or shifted between datums, coordinates of one place still agree to this."""


def points_from_columns(
    table: pd.DataFrame, title: str, target: str | None, crs: str | None
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """A table with coordinate columns as points, in WGS 84 if they are longitude and latitude.

    Where a table has both ``x, y`` and ``lon, lat``, the former count, unless in the target CRS they lie
    elsewhere: then they are pixels, or in another CRS.

    Args:
        target: WKT of the raster's CRS, None if it has none.
        crs: what the user says the coordinates are in, if anything.

    Returns:
        The points, without their columns, and notes.

    Raises:
        PointsError: there are no such columns, or a cell of them holds something else than a number.
    """
    xy, lonlat = (_pair(table, pairs) for pairs in (_XY, _LONLAT))
    if xy is None and lonlat is None:
        fields = ", ".join(map(str, table.columns))
        raise PointsError(message("layer-no-coordinates", layer=title, names=fields))
    if xy is not None and lonlat is not None and target is not None and crs is None:
        if _elsewhere(_numbers(table, xy, title), _numbers(table, lonlat, title), target):
            note = f"its {' and '.join(xy)} lie elsewhere than its {' and '.join(lonlat)}, which are taken"
            return _points(table, lonlat, title, WGS84), [f"{title}: {note}"]
        lonlat = None
    if xy is not None:
        return _points(table, xy, title, None), []
    return _points(table, lonlat or (), title, WGS84 if crs is None else None), []


def _pair(table: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    names = [str(name) for name in table.columns]
    found = ((field_named(a, names), field_named(b, names)) for a, b in pairs)
    return next(((a, b) for a, b in found if a is not None and b is not None), None)


def _points(table: pd.DataFrame, columns: Sequence[str], title: str, crs: str | None) -> gpd.GeoDataFrame:
    xy = _numbers(table, columns, title)
    points = shapely.points(np.nan_to_num(xy, nan=0.0))
    points[~np.isfinite(xy).all(axis=1)] = None
    return with_geometry(table.drop(columns=list(columns)), points, crs)


def _numbers(table: pd.DataFrame, columns: Sequence[str], title: str) -> NDArray[np.float64]:
    """(N, 2) numbers, NaN where a cell is empty."""
    return np.column_stack([_column(table[name], f"{title}: column '{name}'") for name in columns])


def _column(values: pd.Series, where: str) -> NDArray[np.float64]:
    if pd.api.types.is_numeric_dtype(values.dtype):
        return np.asarray(values.astype("float64"))
    numbers = np.full(len(values), np.nan)
    wrong: list[tuple[int, Any]] = []
    for row, value in enumerate(values):
        text = "" if value is None or value is pd.NA or value != value else str(value).strip()
        if _NUMBER.fullmatch(text):
            numbers[row] = float(text)
        elif text.lower() not in _EMPTY:
            wrong.append((row + 1, value))
    if wrong:
        row, value = wrong[0]
        others = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise PointsError(
            f"{where} holds {str(value)[:40]!r} in row {row}{others}, which is no plain number; write "
            "degrees as decimals, like -9.25, and no units or separators of thousands"
        )
    return numbers


def _elsewhere(xy: NDArray[np.float64], lonlat: NDArray[np.float64], target: str) -> bool:
    """Whether most (N, 2) coordinates in the target CRS lie elsewhere than the longitudes and latitudes."""
    both = np.isfinite(xy).all(axis=1) & np.isfinite(lonlat).all(axis=1)
    if not both.any():
        return bool(np.isfinite(lonlat).all(axis=1).any())
    try:
        there = pyproj.Transformer.from_crs(target, WGS84, always_xy=True).transform(*xy[both].T)
    except ProjError:
        return False
    apart = np.abs(np.column_stack(there) - lonlat[both])
    apart[:, 0] = np.minimum(apart[:, 0], np.abs(360 - apart[:, 0]))
    return bool((~(apart <= _SAME_PLACE_DEGREES).all(axis=1)).mean() > 0.5)
