"""A layer whose fields are in memory, a column each, and whose geometry comes batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from engine.overlay import Shapes

BATCH = 20_000
"""Rows whose geometry is in memory at a time."""


@dataclass(frozen=True, eq=False)
class LayerTable:
    """The rows of a layer, in order.

    Attributes:
        fields: all columns but the geometry; n rows, numbered from 0.
        filled: (n,) bool, whether a row has a geometry.
        shapes: takes the numbers of a first row and of one after the last, and returns the geometries of
            these rows, None where there is none.
        crs: of the geometries, in any form that geopandas takes, or None.
        size: rows of a batch.
    """

    fields: pd.DataFrame
    filled: NDArray[np.bool_]
    shapes: Callable[[int, int], Shapes]
    crs: Any = None
    size: int = BATCH

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame) -> LayerTable:
        """The same layer as a whole in memory."""
        shapes = frame.geometry.to_numpy()
        fields = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)
        return cls(fields, frame.geometry.notna().to_numpy(), lambda a, b: shapes[a:b], frame.crs)

    def __len__(self) -> int:
        return len(self.fields)

    @property
    def crs_known(self) -> pyproj.CRS | None:
        """The CRS, as pyproj knows it."""
        return None if self.crs is None else pyproj.CRS.from_user_input(self.crs)

    def with_fields(self, fields: pd.DataFrame) -> LayerTable:
        """The same rows with other fields."""
        return replace(self, fields=fields)

    def to_crs(self, crs: str) -> LayerTable:
        """The same rows with their geometry in another CRS."""

        def moved(start: int, stop: int) -> Shapes:
            placed: Shapes = gpd.GeoSeries(self.shapes(start, stop), crs=self.crs).to_crs(crs).to_numpy()
            return placed

        return replace(self, shapes=moved, crs=crs)

    def batches(self) -> Iterator[gpd.GeoDataFrame]:
        """The rows, batch by batch; at least one batch, which may be empty."""
        for start in range(0, max(len(self), 1), self.size):
            yield self._rows(start, min(start + self.size, len(self)))

    def empty(self) -> gpd.GeoDataFrame:
        """The columns without any row."""
        return self._rows(0, 0)

    def frame(self) -> gpd.GeoDataFrame:
        """All rows at once."""
        return self._rows(0, len(self))

    def _rows(self, start: int, stop: int) -> gpd.GeoDataFrame:
        shapes = gpd.GeoSeries(self.shapes(start, stop), crs=self.crs)
        return gpd.GeoDataFrame(self.fields.iloc[start:stop].reset_index(drop=True), geometry=shapes)
