"""Clicks and boxes of a vector layer as prompts in raster pixels, one prompt an object.

Nothing a user drew is lost: an object that cannot be used is returned as :class:`Rejected` with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from engine.errors import PointsError
from engine.reading.attributes import Attributes, completed, filled
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
from engine.reading.prompt_arrays import CompactPrompts, CompactRejected, PromptArrays
from engine.reading.prompts import Prompt as Prompt
from engine.reading.prompts import PromptSet as PromptSet
from engine.reading.prompts import Rejected as Rejected
from engine.reading.vector import VectorLayer, read_layer

if TYPE_CHECKING:
    from engine.grid import RasterGrid


ONLY_NEGATIVE = "has only negative clicks"


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
            object its bounding box in pixels, and its fields where the clicks leave them empty; any other
            becomes an object of its own.
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
    prompts, rejected, dropped = _build(clicks, attributes, int(objects.max()) + 1)
    return PromptSet(prompts, rejected, (*layer.notes, *notes, *disagreements, *dropped), tuple(fields))


def _first_values(frame: pd.DataFrame, objects: np.ndarray) -> tuple[Attributes, list[str]]:
    """Per object the first value of each field that is not empty; and notes on those that disagree."""
    count = int(objects.max()) + 1
    columns, rows, notes = {}, {}, []
    for name in map(str, frame.columns):
        full = np.flatnonzero(filled(frame[name]))
        owners, first = np.unique(objects[full], return_index=True)
        columns[name] = frame[name]
        rows[name] = np.full(count, -1, dtype=np.int64)
        rows[name][owners] = full[first]
        others = np.delete(full, first)
        pairs = zip(
            *(frame[name].iloc[some].tolist() for some in (rows[name][objects[others]], others)), strict=True
        )
        disagreeing = {
            int(owner) + 1
            for owner, (kept, value) in zip(objects[others], pairs, strict=True)
            if str(kept) != str(value)
        }
        if disagreeing:
            notes.append(f"{_listed(disagreeing)}: clicks disagree on '{name}'; the first value is kept")
    return Attributes(columns, rows), notes


def _build(
    clicks: Clicks, attributes: Attributes, count: int
) -> tuple[Sequence[Prompt], Sequence[Rejected], list[str]]:
    """Prompts and rejected objects; and notes on single clicks that are left out."""
    mine = clicks.take(np.argsort(clicks.objects, kind="stable"))
    found = np.zeros(count, dtype=bool)
    found[mine.objects[mine.usable & (mine.labels == 1)]] = True
    good = mine.take(mine.usable & found[mine.objects])
    keys, lost = np.flatnonzero(found), np.flatnonzero(~found)
    no_boxes = np.broadcast_to(np.nan, (len(keys), 4))
    arrays = PromptArrays(
        keys + 1, _ends(good, count)[np.append(keys, count)], good.px, good.labels, no_boxes
    )
    left = mine.take(~found[mine.objects])
    finite = left.take(np.isfinite(left.world).all(axis=1))
    its = finite.world, finite.labels, _ends(finite, count)[np.append(lost, count)]
    rejected = CompactRejected(lost + 1, _reasons(left, count)[lost], its, attributes, lost)
    prompts = CompactPrompts(arrays, attributes, keys)
    return prompts if len(keys) else (), rejected if len(lost) else (), _left_out(mine, found)


def _ends(clicks: Clicks, count: int) -> np.ndarray:
    """(count + 1,) where the clicks of each object begin, which are in the order of the objects."""
    return np.concatenate([[0], np.cumsum(np.bincount(clicks.objects, minlength=count))])


def _reasons(clicks: Clicks, count: int) -> np.ndarray:
    """(count,) of objects without a usable positive click: the reason of their first that is not negative."""
    reasons = np.full(count, ONLY_NEGATIVE, dtype=object)
    rows = np.flatnonzero((clicks.labels != 0) & ~clicks.usable)
    owners, first = np.unique(clicks.objects[rows], return_index=True)
    reasons[owners] = clicks.reasons[rows[first]]
    return reasons


def _left_out(clicks: Clicks, found: np.ndarray) -> list[str]:
    """A note for each reason for which clicks of usable objects are left out."""
    dropped: dict[str, list[int]] = {}
    for row in np.flatnonzero(~clicks.usable & found[clicks.objects]).tolist():
        dropped.setdefault(clicks.reasons[row], []).append(int(clicks.objects[row]) + 1)
    return [
        f"{_listed(ids)}: {len(ids)} click(s) left out, {reason}; the object's other clicks are used"
        for reason, ids in dropped.items()
    ]


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
    rejected = list(clicks.rejected)
    attributes, _ = _first_values(layer.frame[layer.fields], np.arange(len(shapes)))
    rows = {pid: row for row, pid in owned.items()}
    prompts = [
        replace(p, box=extents[row], attributes=completed(p.attributes, attributes.of(row)))
        if (row := rows.get(p.prompt_id)) is not None
        else p
        for p in clicks.prompts
    ]
    first_id = 1 + len(prompts) + len(rejected)
    free = [row for row in range(len(shapes)) if row not in owned]
    for prompt_id, row in enumerate(free, first_id):
        box, reason = extents[row], _box_problem(shapes[row], extents[row], valid_at)
        if reason or box is None:
            rejected.append(Rejected(prompt_id, reason, np.empty((0, 2)), attributes.of(row)))
        else:
            prompts.append(
                Prompt(prompt_id, np.empty((0, 2)), np.empty(0, np.int64), box, attributes.of(row))
            )
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
