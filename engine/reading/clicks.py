"""The clicks of a layer as parallel arrays, each with the reason why it cannot be used, if there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from engine.errors import PointsError
from engine.messages import message
from engine.reading.attributes import field_named, filled, is_empty
from engine.reading.vector import VectorLayer

if TYPE_CHECKING:
    from engine.grid import RasterGrid

ValidAt = Callable[[np.ndarray], np.ndarray]
"""Raster pixel positions (N, 2) -> (N,) bool: is there image data?"""

_OBJECT_FIELD = "object_id"
_LABEL_FIELD = "label"
_POSITIVE = {"1", "true", "t", "yes", "y", "+", "p", "pos", "positive", "fg", "foreground", "include"}
_NEGATIVE = {"0", "false", "f", "no", "n", "-", "neg", "negative", "bg", "background", "exclude"}
_UNREADABLE = -1
_SAME_PLACE_PX = 1e-3
"""Clicks closer than about this are the same click."""


@dataclass(frozen=True, eq=False)
class Clicks:
    """All clicks of a layer as parallel arrays; a feature without one keeps a row of NaN and a reason.

    ``objects`` (n,) counts from 0; ``labels`` (n,); ``world`` and ``px`` (n, 2); ``reasons`` (n,), empty for
    clicks that can be used.
    """

    objects: np.ndarray
    labels: np.ndarray
    world: np.ndarray
    px: np.ndarray
    reasons: np.ndarray

    @property
    def usable(self) -> np.ndarray:
        """(n,) bool."""
        return self.reasons == ""

    def flag(self, mask: np.ndarray, reason: str) -> None:
        """Give a reason to the clicks of the mask that have none yet."""
        self.reasons[mask & self.usable] = reason

    def take(self, keep: np.ndarray | slice) -> Clicks:
        """The clicks of a mask, of row numbers in their order, or of a slice."""
        return Clicks(*(a[keep] for a in (self.objects, self.labels, self.world, self.px, self.reasons)))


def group_field(layer: VectorLayer, wanted: str | None) -> str | None:
    """The field that groups clicks into objects, None if there is none; PointsError if a wanted one lacks."""
    found = field_named(wanted or _OBJECT_FIELD, layer.fields)
    if wanted is not None and found is None:
        fields = ", ".join(layer.fields) or "none"
        raise PointsError(message("layer-no-field", layer=layer.title, field=wanted, names=fields))
    return found


def number_objects(frame: pd.DataFrame, group: str | None) -> np.ndarray:
    """(features,) int: 0, 1, … in order of first appearance; a feature without a key stands alone."""
    if group is None:
        return np.arange(len(frame))
    values = frame[group]
    there = filled(values)
    if values.dtype == object:
        keys = [(_hashable(key),) if full else None for key, full in zip(values, there, strict=True)]
        values = pd.Series(keys, dtype=object)
    codes = pd.factorize(values)[0]
    return pd.factorize(np.where(there, codes, codes.max() + 1 + np.arange(len(codes))))[0]


def read_labels(layer: VectorLayer) -> tuple[np.ndarray, str | None, list[str]]:
    """(features,) labels, the field they came from, notes. An empty cell means positive."""
    name = field_named(_LABEL_FIELD, layer.fields)
    if name is None:
        return np.ones(len(layer.frame), dtype=np.int64), None, []
    labels = _parse_labels(layer.frame[name])
    if (labels == _UNREADABLE).all():
        note = f"{layer.title}: no value of field '{name}' is 1 or 0, so it is kept as a plain attribute"
        return np.ones(len(labels), dtype=np.int64), None, [note]
    return labels, name, []


def _parse_labels(values: pd.Series) -> np.ndarray:
    if values.dtype == object:
        return np.array([_parse_label(value) for value in values], dtype=np.int64)
    codes, different = pd.factorize(values)
    parsed = np.array([_parse_label(value) for value in different] + [1], dtype=np.int64)
    return np.asarray(parsed[codes])  # An empty cell has code -1.


def _parse_label(value: Any) -> int:
    if is_empty(value):
        return 1
    text = str(value).strip().lower().removesuffix(".0")
    return 1 if text in _POSITIVE else 0 if text in _NEGATIVE else _UNREADABLE


def _hashable(value: Any) -> Any:
    return value if pd.api.types.is_hashable(value) else str(value)


def explode(frame: gpd.GeoDataFrame, objects: np.ndarray, labels: np.ndarray, grid: RasterGrid) -> Clicks:
    """One row a click; features that hold none keep one row with the reason."""
    shapes = frame.geometry.values
    types = shapely.get_type_id(shapes)
    pointlike = np.isin(types, (shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT))
    bare = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    world, rows = shapely.get_coordinates(shapes[pointlike & ~bare], return_index=True)
    rows = np.flatnonzero(pointlike & ~bare)[rows]
    others = np.flatnonzero(bare | ~pointlike)
    reasons = ["no geometry" if bare[i] else f"a {shapes[i].geom_type}, not a point" for i in others]
    world = np.concatenate([world, np.full((len(others), 2), np.nan)])
    reason = np.array([""] * len(rows) + reasons, dtype=object)
    rows = np.concatenate([rows, others])
    order = np.argsort(rows, kind="stable")
    rows, world = rows[order], world[order]
    clicks = Clicks(objects[rows], labels[rows], world, _pixels(world, grid), reason[order])
    clicks.flag(labels[rows] == _UNREADABLE, "its label is neither 1 nor 0")
    return clicks


def _pixels(world: np.ndarray, grid: RasterGrid) -> np.ndarray:
    px = np.full(world.shape, np.nan)
    finite = np.isfinite(world).all(axis=1)
    px[finite] = grid.to_pixel(world[finite])
    return px


def flag_misplaced(clicks: Clicks, grid: RasterGrid, valid_at: ValidAt | None) -> None:
    """Give a reason to clicks that lie nowhere, off the raster, or on nodata."""
    clicks.flag(~np.isfinite(clicks.px).all(axis=1), "its position does not exist in the raster's CRS")
    inside = np.zeros(len(clicks.px), dtype=bool)
    inside[clicks.usable] = grid.contains(clicks.px[clicks.usable])
    clicks.flag(~inside, "outside the raster")
    if valid_at is not None and clicks.usable.any():
        valid = np.ones(len(clicks.px), dtype=bool)
        valid[clicks.usable] = valid_at(clicks.px[clicks.usable])
        clicks.flag(~valid, "on nodata")


def _places(clicks: Clicks) -> np.ndarray:
    """(n, 2) integer positions that are equal for clicks at the same place."""
    px = np.where(clicks.usable[:, None], clicks.px, 0)
    return np.round(px / _SAME_PLACE_PX).astype(np.int64)


def repeats(clicks: Clicks, *columns: np.ndarray) -> np.ndarray:
    """(n,) bool: usable clicks that share place and the given columns with an earlier usable one."""
    key = pd.DataFrame(np.column_stack([*columns, _places(clicks)]))
    repeated = np.zeros(len(key), dtype=bool)
    repeated[clicks.usable] = key[clicks.usable].duplicated().to_numpy()
    return repeated


def flag_duplicates(clicks: Clicks) -> None:
    """Contradictions within an object, then objects clicked where an earlier one already is."""
    contradicted = repeats(clicks, clicks.objects)
    clicks.flag(contradicted, "at a place its object already has with the other label")
    rows = np.flatnonzero(clicks.usable & (clicks.labels == 1))
    # Two objects within one pixel get the same answer, so the second is a duplicate.
    along, down = (pd.factorize(column)[0] for column in np.floor(clicks.px[rows]).T)
    _, first, place = np.unique(along * (len(rows) + 1) + down, return_index=True, return_inverse=True)
    owners, objects = clicks.objects[rows][first][place], clicks.objects[rows]
    for row, owner in zip(rows[owners != objects], owners[owners != objects].tolist(), strict=True):
        clicks.reasons[row] = f"duplicate of prompt {owner + 1}"
