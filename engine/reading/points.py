"""Clicks and boxes of a vector layer as prompts in raster pixels, one prompt an object.

Nothing a user drew is lost: an object that cannot be used is returned as :class:`Rejected` with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from engine.errors import PointsError
from engine.reading.clicks import (
    Clicks,
    ValidAt,
    explode,
    flag_duplicates,
    flag_misplaced,
    group_field,
    number_objects,
    read_labels,
    repeats,
)
from engine.reading.longitudes import wrap
from engine.reading.vector import VectorLayer, read_layer

if TYPE_CHECKING:
    from engine.grid import RasterGrid


@dataclass(frozen=True, eq=False, slots=True)
class Prompt:
    """The clicks and box of one object, in continuous raster pixels (x = column, y = row)."""

    prompt_id: int
    """From 1, in input order, counting rejected objects too."""
    xy: np.ndarray
    """(n, 2) float64 clicks; n may be 0 when there is a box."""
    labels: np.ndarray
    """(n,) int64: 1 positive, 0 negative."""
    box: np.ndarray | None = None
    """(4,) float64 x0, y0, x1, y1, or None."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """The fields of the input, by name; None where empty."""

    def __post_init__(self) -> None:
        if self.xy.shape != (len(self.labels), 2):
            raise ValueError(f"{len(self.labels)} labels do not fit clicks of shape {self.xy.shape}")
        if self.box is None and 1 not in self.labels.tolist():
            raise ValueError(f"prompt {self.prompt_id} has neither a positive click nor a box")

    @property
    def positives(self) -> np.ndarray:
        """(k, 2) positive clicks."""
        return self.xy[self.labels == 1]

    @property
    def anchor(self) -> np.ndarray:
        """(2,) where the object is: the mean of the positive clicks, else the box's centre."""
        if len(self.labels) == 1 and self.labels[0] == 1:
            return np.asarray(self.xy[0])
        if len(self.positives):
            return self.positives.mean(axis=0)
        if self.box is None:
            raise ValueError(f"prompt {self.prompt_id} has neither a positive click nor a box")
        return (self.box[:2] + self.box[2:]) / 2


@dataclass(frozen=True, eq=False)
class Rejected:
    """An object that cannot be segmented, and why."""

    prompt_id: int
    reason: str
    xy: np.ndarray
    """(n, 2) float64 world coordinates in the raster's CRS; no rows where there was no geometry."""
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PromptSet:
    """Everything a layer of clicks (and one of boxes) asks for."""

    prompts: tuple[Prompt, ...]
    rejected: tuple[Rejected, ...]
    notes: tuple[str, ...]
    """Assumptions and single clicks left out, one sentence each."""
    field_names: tuple[str, ...]
    """Attribute names in input order."""


def load_prompts(
    path: str | Path | None,
    grid: RasterGrid,
    *,
    layer: str | None = None,
    object_field: str | None = None,
    boxes: str | Path | None = None,
    points_crs: str | None = None,
    encoding: str | None = None,
    allow_remote: bool = False,
    valid_at: ValidAt | None = None,
) -> PromptSet:
    """Read clicks, boxes or both and put them on the raster.

    Args:
        path: point layer, or None when boxes alone are given.
        grid: the raster the prompts are for.
        layer: layer name in a point file of several; None takes the first one of points.
        object_field: column that groups clicks into objects; None uses ``object_id`` if there is one,
            else every feature is its own object.
        boxes: polygon layer. A polygon that holds positive clicks of exactly one object gives that
            object its bounding box in pixels; any other becomes an object of its own.
        points_crs: CRS of the point layer's coordinates, if the file is silent or wrong.
        encoding: of the text in both layers; None takes what they say, or finds out.
        allow_remote: whether files on this disk may lead to the network.
        valid_at: tells image data from nodata; None takes every pixel as data.

    Raises:
        PointsError: nothing given, or a layer that cannot be used as a whole.
    """
    if path is None and boxes is None:
        raise PointsError("no prompts: give a layer of points, of boxes, or both")
    read = partial(read_layer, target=grid.crs_wkt, encoding=encoding, allow_remote=allow_remote)
    result = PromptSet((), (), (), ())
    if path is not None:
        clicks = read(path, "point", layer=layer, crs=points_crs)
        result = _click_prompts(wrap(clicks, grid), grid, object_field, valid_at)
    if boxes is not None:
        polygons = read(boxes, "polygon")
        result = _add_boxes(result, wrap(polygons, grid), grid, valid_at)
    return result


def _click_prompts(
    layer: VectorLayer, grid: RasterGrid, object_field: str | None, valid_at: ValidAt | None
) -> PromptSet:
    group = group_field(layer, object_field)
    objects = number_objects(layer.frame, group)
    labels, label_field, notes = read_labels(layer)
    clicks = explode(layer.frame, objects, labels, grid)
    flag_misplaced(clicks, grid, valid_at)
    merged = repeats(clicks, clicks.objects, clicks.labels)
    if merged.any():
        notes.append(f"{layer.title}: {merged.sum()} repeated click(s) merged")
    clicks = clicks.take(~merged)
    flag_duplicates(clicks)
    fields = [name for name in layer.fields if name != label_field]
    attributes, disagreements = _first_values(layer.frame[fields], objects)
    prompts, rejected, dropped = _build(clicks, attributes)
    return PromptSet(
        tuple(prompts), tuple(rejected), (*layer.notes, *notes, *disagreements, *dropped), tuple(fields)
    )


def _first_values(frame: pd.DataFrame, objects: np.ndarray) -> tuple[list[dict[str, Any]], list[str]]:
    """Per object the first value of each field that is not empty; and notes on those that disagree."""
    count = int(objects.max()) + 1
    columns, notes = {}, []
    for name in map(str, frame.columns):
        values = np.fromiter(frame[name].tolist(), dtype=object, count=len(frame))
        filled = np.flatnonzero(~frame[name].isna().to_numpy(dtype=bool))
        owners, first = np.unique(objects[filled], return_index=True)
        column = np.full(count, None, dtype=object)
        column[owners] = values[filled[first]]
        columns[name] = column.tolist()
        disagreeing = {
            int(objects[row]) + 1
            for row in np.delete(filled, first).tolist()
            if str(column[objects[row]]) != str(values[row])
        }
        if disagreeing:
            notes.append(f"{_listed(disagreeing)}: clicks disagree on '{name}'; the first value is kept")
    if not columns:
        return [{} for _ in range(count)], notes
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], notes


def _build(
    clicks: Clicks, attributes: Sequence[Mapping[str, Any]]
) -> tuple[list[Prompt], list[Rejected], list[str]]:
    prompts, rejected = [], []
    mine = clicks.take(np.argsort(clicks.objects, kind="stable"))
    good = mine.take(mine.usable)
    keys = np.arange(len(attributes) + 1)
    of_mine, of_good = (np.searchsorted(some.objects, keys).tolist() for some in (mine, good))
    found = np.isin(keys, good.objects[good.labels == 1])
    for key, fields in enumerate(attributes):
        if found[key]:
            own = slice(of_good[key], of_good[key + 1])
            prompts.append(Prompt(key + 1, good.px[own], good.labels[own], None, fields))
        else:
            own = slice(of_mine[key], of_mine[key + 1])
            rejected.append(Rejected(key + 1, _why(mine.take(own)), _finite(mine.world[own]), fields))
    dropped: dict[str, list[int]] = {}
    for row in np.flatnonzero(~mine.usable & found[mine.objects]).tolist():
        dropped.setdefault(mine.reasons[row], []).append(int(mine.objects[row]) + 1)
    notes = [
        f"{_listed(ids)}: {len(ids)} click(s) left out, {reason}; the object's other clicks are used"
        for reason, ids in dropped.items()
    ]
    return prompts, rejected, notes


def _why(clicks: Clicks) -> str:
    """The reason of an object without a usable positive click: that of its first positive one."""
    unusable = clicks.reasons[(clicks.labels != 0) & ~clicks.usable]
    return str(unusable[0]) if len(unusable) else "has only negative clicks"


def _finite(xy: np.ndarray) -> np.ndarray:
    return xy[np.isfinite(xy).all(axis=1)]


def _listed(ids: Iterable[int], most: int = 5) -> str:
    unique = sorted(set(ids))
    shown = ", ".join(map(str, unique[:most]))
    return f"prompt(s) {shown}" + (f" and {len(unique) - most} more" if len(unique) > most else "")


def _add_boxes(
    clicks: PromptSet, layer: VectorLayer, grid: RasterGrid, valid_at: ValidAt | None
) -> PromptSet:
    shapes = layer.frame.geometry.values
    owned = _owners(clicks.prompts, shapes, grid)
    extents = [_pixel_box(shape, grid) for shape in shapes]
    boxed = {pid: extents[row] for row, pid in owned.items()}
    prompts = [replace(p, box=boxed.get(p.prompt_id)) for p in clicks.prompts]
    rejected = list(clicks.rejected)
    attributes, _ = _first_values(layer.frame[layer.fields], np.arange(len(shapes)))
    first_id = 1 + len(prompts) + len(rejected)
    free = [row for row in range(len(shapes)) if row not in owned]
    for prompt_id, row in enumerate(free, first_id):
        box, reason = extents[row], _box_problem(shapes[row], extents[row], valid_at)
        if reason or box is None:
            rejected.append(Rejected(prompt_id, reason, _middle(shapes[row]), attributes[row]))
        else:
            prompts.append(Prompt(prompt_id, np.empty((0, 2)), np.empty(0, np.int64), box, attributes[row]))
    fields = dict.fromkeys([*clicks.field_names, *layer.fields])
    return PromptSet(tuple(prompts), tuple(rejected), (*clicks.notes, *layer.notes), tuple(fields))


def _owners(prompts: Sequence[Prompt], shapes: np.ndarray, grid: RasterGrid) -> dict[int, int]:
    """Polygon row -> prompt whose positive clicks alone it holds; the smallest such polygon of a prompt."""
    if not prompts:
        return {}
    ids = np.concatenate([[p.prompt_id] * len(p.positives) for p in prompts])
    positions = grid.to_world(np.concatenate([p.positives for p in prompts]))
    rows, hits = shapely.STRtree(shapely.points(positions)).query(shapes, predicate="intersects")
    holders: dict[int, list[int]] = {}
    for row in np.unique(rows):
        held = np.unique(ids[hits[rows == row]])
        if len(held) == 1 and shapely.area(shapes[row]) > 0:
            holders.setdefault(int(held[0]), []).append(int(row))
    return {min(rows, key=lambda row: shapely.area(shapes[row])): pid for pid, rows in holders.items()}


def _pixel_box(shape: shapely.Geometry | None, grid: RasterGrid) -> np.ndarray | None:
    """(4,) bounding box in raster pixels, cut to the raster; None where nothing of it is left."""
    corners = shapely.get_coordinates(shape)
    if not len(corners) or not np.isfinite(corners).all():
        return None
    px = grid.to_pixel(corners)
    size = (grid.width, grid.height)
    low, high = np.clip(px.min(axis=0), 0, size), np.clip(px.max(axis=0), 0, size)
    return np.concatenate([low, high]) if (high > low).all() else None


def _box_problem(shape: shapely.Geometry | None, box: np.ndarray | None, valid_at: ValidAt | None) -> str:
    if shape is None or shape.is_empty:
        return "no geometry"
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return f"a {shape.geom_type}, not a polygon"
    if box is None:
        return "outside the raster"
    shares = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    lattice = np.stack(np.meshgrid(shares, shares), axis=-1).reshape(-1, 2)
    if valid_at is not None and not valid_at(box[:2] + lattice * (box[2:] - box[:2])).any():
        return "on nodata"
    return ""


def _middle(shape: shapely.Geometry | None) -> np.ndarray:
    return _finite(shapely.get_coordinates(shapely.centroid(shape)))
