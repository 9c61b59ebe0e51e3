"""How well polygons agree with reference ones, object by object, in vector geometry.

Each click names one reference object, the polygon around it; what was made of the click is compared with
that one alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from engine import overlay
from engine.errors import PointsError
from engine.grid import RasterGrid
from engine.metrics import bootstrap_interval, polygon_agreement
from engine.reading.attributes import class_field, class_of
from engine.reading.longitudes import wrap
from engine.reading.points import PromptSet
from engine.reading.vector import VectorLayer, read_layer
from engine.segmentation import Result
from engine.stages.rotated_boxes import rotated_boxes

SEED = 0
"""Seed of the bootstrap behind the intervals."""


@dataclass(frozen=True)
class Match:
    """One click and what became of it."""

    prompt_id: int
    class_name: str | None
    """Class of the reference, else of the click."""
    iou: float
    """Intersection over union with the reference; 0 where no polygon was accepted."""
    f1: float
    """Dice: twice the intersection over the sum of both areas."""
    status: str
    """Of the polygon: accepted, review, rejected, or missing."""


@dataclass(frozen=True)
class Summary:
    """Means over some matches; None where there are none."""

    n: int
    mean_iou: float | None
    median_iou: float | None
    mean_f1: float | None
    share_50: float | None
    """Share of objects with an IoU of at least 0.5."""
    share_75: float | None


@dataclass(frozen=True)
class LayerScores:
    """Agreement over a whole layer."""

    overall: Summary
    interval: tuple[float, float] | None
    """95 % bootstrap interval of the mean IoU, over objects."""
    by_class: Mapping[str, Summary]
    n_prompts: int
    """Objects with a positive click; boxes without one, and negative clicks alone, count nowhere."""
    n_without_reference: int
    """Clicks that no reference polygon holds; they count nowhere else."""
    n_without_polygon: int
    """Clicks with a reference whose polygon is rejected or missing; they count with IoU 0."""
    n_shared_reference: int
    """Clicks whose reference an earlier click named already."""
    matches: tuple[Match, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class Reference:
    """Reference polygons on the disk; the fields as in :func:`engine.reading.vector.read_layer`."""

    path: Path
    layer: str | None = None
    encoding: str | None = None
    allow_remote: bool = False

    def read(self, grid: RasterGrid) -> VectorLayer:
        """The polygons in a raster's CRS; PointsError if they cannot be read."""
        truth = read_layer(
            self.path,
            "polygon",
            layer=self.layer,
            target=grid.crs_wkt,
            encoding=self.encoding,
            allow_remote=self.allow_remote,
        )
        return wrap(truth, grid)


def measure(result: Result, reference: Reference, *, required: bool = True) -> LayerScores:
    """Compare a result with reference polygons.

    Args:
        required: whether it is an error if none of the polygons holds a click.

    Raises:
        PointsError: the file cannot be read, or none of its polygons holds a click.
    """
    return measure_against(result, reference.read(result.grid), required=required)


def measure_against(
    result: Result, truth: VectorLayer, *, required: bool = True, boxes: bool = False
) -> LayerScores:
    """As :func:`measure`, with polygons that are read already; ``boxes`` as in :func:`score`."""
    clicks = _clicks(result.prompts, result.grid)
    report = score(result.frame, truth.frame, clicks, rng=np.random.default_rng(SEED), boxes=boxes)
    if required and report.overall.n == 0:
        raise PointsError(f"{truth.title}: none of its polygons holds a click; check its extent and CRS")
    return report


def outlined(prompts: PromptSet, grid: RasterGrid, truth: VectorLayer) -> set[int]:
    """Objects that :func:`measure` could measure: a reference polygon holds their first positive click."""
    return with_reference(_clicks(prompts, grid), truth.frame)


def score(
    polygons: gpd.GeoDataFrame,
    reference: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    *,
    rng: np.random.Generator,
    boxes: bool = False,
) -> LayerScores:
    """Compare polygons with reference polygons by the clicks they came from.

    Args:
        polygons: a segments layer with ``prompt_id``; ``status`` if it has one. The comparison is made in
            its CRS, into which the others are reprojected (a layer without CRS is taken to be in it).
        reference: one polygon an object; ``class`` if it has one.
        points: clicks. ``prompt_id``, else numbered from 1 in order. An object's first click counts;
            where there is a ``label``, its first positive one.
        rng: for the bootstrap.
        boxes: whether the polygons are rotated boxes: each is compared with that of its reference.

    Returns:
        The report. Of several reference polygons around a click, one of the click's class is taken before
        others, then the smallest.
    """
    clicks = _aligned(_first_clicks(points), polygons.crs)
    truth = _aligned(reference, polygons.crs)
    shapes = _valid(truth)
    named = _name_references(clicks, truth, shapes)
    if boxes:
        shapes = _boxed(shapes, named.values(), polygons.crs)
    results = _results(polygons)
    matches = []
    for row, target in named.items():
        prompt_id = int(clicks["prompt_id"].iloc[row])
        status, shape = results.get(prompt_id, ("missing", None))
        iou, f1 = _agreement(shape, shapes[target])
        kind = _class_of(truth, target) or _class_of(clicks, row)
        matches.append(Match(prompt_id, kind, iou, f1, status))
    return _report(matches, len(clicks), len(set(named.values())), rng)


def with_reference(points: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> set[int]:
    """Objects whose click a reference polygon holds, by ``prompt_id``; as :func:`score` takes both."""
    clicks = _first_clicks(points)
    named = _name_references(clicks, reference, _valid(reference))
    return {int(clicks["prompt_id"].iloc[row]) for row in named}


def _clicks(prompts: PromptSet, grid: RasterGrid) -> gpd.GeoDataFrame:
    """The first positive click of every object that was asked for, rejected ones included."""
    rows = [
        (p.prompt_id, grid.to_world(p.positives[:1])[0], p.attributes)
        for p in prompts.prompts
        if len(p.positives)
    ]
    rows += [(r.prompt_id, r.positives[0], r.attributes) for r in prompts.rejected if len(r.positives)]
    table = {
        "prompt_id": [number for number, _, _ in rows],
        "class": [class_of(fields) for _, _, fields in rows],
    }
    shapes = shapely.points(np.array([xy for _, xy, _ in rows]).reshape(-1, 2))
    return gpd.GeoDataFrame(table, geometry=shapes, crs=grid.crs_wkt)


def _valid(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Valid flat geometries; None for one that lies nowhere in this CRS."""
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    nowhere = np.isinf(shapely.bounds(shapes)).any(axis=1)
    sound = [None if bad else _sound(shape) for shape, bad in zip(shapes, nowhere, strict=True)]
    return np.array(sound, dtype=object)


def _boxed(shapes: np.ndarray, wanted: Iterable[int], crs: Any) -> np.ndarray:
    """The rotated box of each that is wanted."""
    rows = sorted(set(wanted))
    boxed = shapes.copy()
    boxed[rows] = rotated_boxes(shapes[rows].tolist(), None if crs is None else crs.to_wkt())
    return boxed


def _sound(shape: BaseGeometry | None) -> BaseGeometry | None:
    return None if shape is None else overlay.attempt(shapely.make_valid, shape)


def _aligned(frame: gpd.GeoDataFrame, crs: Any) -> gpd.GeoDataFrame:
    return frame if frame.crs is None or crs is None else frame.to_crs(crs)


def _first_clicks(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One row an object, with ``prompt_id``."""
    frame = points.reset_index(drop=True)
    if "prompt_id" not in frame.columns:
        frame = frame.assign(prompt_id=np.arange(1, len(frame) + 1))
    if "label" in frame.columns:
        frame = frame[frame["label"] != 0]
    return frame.drop_duplicates("prompt_id").reset_index(drop=True)


def _name_references(clicks: gpd.GeoDataFrame, truth: gpd.GeoDataFrame, shapes: np.ndarray) -> dict[int, int]:
    """Row of a click -> row of the reference that holds it, in the order of the clicks."""
    rows, hits = overlay.pairs(shapely.STRtree(shapes), clicks.geometry.to_numpy(), "intersects")
    areas = shapely.area(shapes)
    best: dict[int, int] = {}
    for row, hit in sorted(zip(rows.tolist(), hits.tolist(), strict=True)):
        wanted = _class_of(clicks, row)

        def rank(target: int, wanted: str | None = wanted) -> tuple[bool, float]:
            return _class_of(truth, target) != wanted, float(areas[target])

        if row not in best or rank(hit) < rank(best[row]):
            best[row] = hit
    return best


def _class_of(frame: gpd.GeoDataFrame, row: int) -> str | None:
    name = class_field(frame.columns)
    return None if name is None else class_of({name: frame[name].iloc[row]})


def _results(polygons: gpd.GeoDataFrame) -> dict[int, tuple[str, BaseGeometry | None]]:
    """prompt_id -> status and valid geometry, None unless it was accepted or put up for review."""
    statuses = polygons["status"] if "status" in polygons.columns else ["accepted"] * len(polygons)
    results: dict[int, tuple[str, BaseGeometry | None]] = {}
    for prompt_id, status, shape in zip(polygons["prompt_id"], statuses, polygons.geometry, strict=True):
        usable = status != "rejected" and shape is not None and not shape.is_empty
        results[int(prompt_id)] = (str(status), _sound(shape) if usable else None)
    return results


def _agreement(shape: BaseGeometry | None, truth: BaseGeometry) -> tuple[float, float]:
    """IoU and F1; 0 where nothing was accepted."""
    if shape is None:
        return 0.0, 0.0
    found = polygon_agreement(shape, truth)
    if found is None:
        raise PointsError(
            f"a polygon at {truth.centroid.wkt} cannot be compared with its reference: redraw the reference"
        )
    return found


def _report(
    matches: Iterable[Match], n_prompts: int, n_references: int, rng: np.random.Generator
) -> LayerScores:
    matches = tuple(matches)
    classes = sorted({m.class_name for m in matches if m.class_name is not None})
    return LayerScores(
        overall=_summarise(matches),
        interval=bootstrap_interval(np.array([m.iou for m in matches]), rng) if matches else None,
        by_class={name: _summarise(m for m in matches if m.class_name == name) for name in classes},
        n_prompts=n_prompts,
        n_without_reference=n_prompts - len(matches),
        n_without_polygon=sum(m.status in ("rejected", "missing") for m in matches),
        n_shared_reference=len(matches) - n_references,
        matches=matches,
    )


def _summarise(matches: Iterable[Match]) -> Summary:
    matches = tuple(matches)
    if not matches:
        return Summary(0, None, None, None, None, None)
    iou, f1 = np.array([m.iou for m in matches]), np.array([m.f1 for m in matches])
    return Summary(
        n=len(matches),
        mean_iou=float(iou.mean()),
        median_iou=float(np.median(iou)),
        mean_f1=float(f1.mean()),
        share_50=float((iou >= 0.5).mean()),
        share_75=float((iou >= 0.75).mean()),
    )
