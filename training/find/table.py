"""The layer of finds put beside the polygons that stand already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from engine.grid import RasterGrid
from engine.stages.cleaning import remove_overlaps
from engine.stages.polygons import metric
from engine.writing.output import FIELDS, segments_frame, source_column
from training.find.examples import ACCEPTED, REJECTED, REVIEW, Drawn

COVERED = "covered entirely by polygons that stand"


def beside_drawn(
    frame: gpd.GeoDataFrame, drawn: Sequence[Drawn], grid: RasterGrid, whole: bool = False
) -> gpd.GeoDataFrame:
    """The rows of ``frame``, cut where polygons stand, and after them those polygons as they were given.

    Args:
        whole: nothing is cut; what polygons cover entirely is rejected all the same.
    """
    if not drawn:
        return frame
    cut = _cut(frame, drawn, grid, whole)
    first = 1 + int(frame["prompt_id"].max() if len(frame) else 0)
    rows = [_row(number, item, grid) for number, item in enumerate(drawn, first)]
    together = pd.concat([cut, segments_frame(rows, grid.crs_wkt)], ignore_index=True)
    names = [name for name in together.columns if name != "geometry"]
    # Where the types of the two differ, pandas leaves each value as it was.
    mixed = [name for name in names if pd.api.types.is_object_dtype(together[name].dtype)]
    fields = together[names].assign(**{name: source_column(together[name].tolist()) for name in mixed})
    return gpd.GeoDataFrame(fields, geometry=together["geometry"], crs=frame.crs)


def _cut(frame: gpd.GeoDataFrame, drawn: Sequence[Drawn], grid: RasterGrid, whole: bool) -> gpd.GeoDataFrame:
    there = np.flatnonzero(frame.geometry.notna())
    shapes = [item.shape for item in drawn] + list(frame.geometry.iloc[there])
    before = [np.inf] * len(drawn) + [0.0] * len(there)
    left = remove_overlaps(shapes, before)[len(drawn) :]
    result = frame.copy()
    for row, shape in zip(there, left, strict=True):
        if shape.is_empty:
            result.loc[row, ["status", "reason"]] = [REJECTED, COVERED]
            result.loc[row, "geometry"] = None
        elif not whole and not shape.equals(frame.geometry.iloc[row]):
            result.loc[row, ["area_m2", "perimeter_m"]] = metric(shape, grid.crs_wkt)
            result.loc[row, "geometry"] = shape
    return result


def _is_ours(name: str, value: Any) -> bool:
    """Whether a field is one of the layer's own, and not one of the user's that is only called alike.

    An empty cell may be of either, and there is nothing in it to lose.
    """
    if name not in FIELDS:
        return False
    if value is None:
        return True
    if name == "status":
        return value in (ACCEPTED, REVIEW)
    return isinstance(value, str if FIELDS[name] == "str" else (int, float, np.number))


def _row(number: int, item: Drawn, grid: RasterGrid) -> dict[str, Any]:
    """A polygon that stands: its own figures where it has them."""
    area, perimeter = metric(item.shape, grid.crs_wkt)
    own = {name: value for name, value in item.attributes.items() if _is_ours(name, value)}
    others = {name: value for name, value in item.attributes.items() if name not in own or name == "class"}
    measured = {"area_m2": area, "perimeter_m": perimeter, "score": 1.0, "status": ACCEPTED}
    known = {name: value for name, value in own.items() if value is not None}
    return {**measured, **known, "prompt_id": number, "geometry": item.shape, "attributes": others}
