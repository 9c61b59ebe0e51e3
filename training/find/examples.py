"""What a user shows of the wanted objects: clicks, polygons, and what is no such object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from engine import overlay
from engine.errors import PointsError
from engine.grid import RasterGrid
from engine.reading.attributes import class_of
from engine.reading.longitudes import wrap
from engine.reading.points import ONLY_NEGATIVE, Prompt, PromptSet, load_prompts
from engine.reading.vector import VectorLayer, read_layer
from engine.segmentation import Request
from engine.writing.formats import SHAPEFILE_NAMES

ACCEPTED, REJECTED, REVIEW = "accepted", "rejected", "review"


@dataclass(frozen=True, eq=False)
class Drawn:
    """A polygon that stands: an object that was drawn or accepted.

    Attributes:
        shape: in the raster's CRS, as it was given.
        outline: the same in raster pixels.
        attributes: its fields.
    """

    shape: shapely.Geometry
    outline: shapely.Geometry
    attributes: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Examples:
    """Everything a run learns from.

    Attributes:
        clicks: objects that were clicked.
        drawn: polygons that stand.
        not_at: (n, 2) raster pixels of places that are no such object.
        not_like: outlines, in raster pixels, of what is no such object.
    """

    clicks: PromptSet
    drawn: tuple[Drawn, ...]
    not_at: np.ndarray
    not_like: tuple[shapely.Geometry, ...]
    notes: tuple[str, ...]

    def classes(self) -> list[str | None]:
        """The classes of the examples, None for those without, in order of their first example."""
        return list(dict.fromkeys(self.kinds()))

    def kinds(self) -> list[str | None]:
        """The class of every example, clicked objects first."""
        return [
            *(class_of(prompt.attributes) for prompt in self.clicks.prompts),
            *(class_of(item.attributes) for item in self.drawn),
        ]

    def __len__(self) -> int:
        return len(self.clicks.prompts) + len(self.drawn)


def by_class(examples: Examples) -> dict[str | None, list[Prompt]]:
    """The clicked objects of each class."""
    found: dict[str | None, list[Prompt]] = {}
    for prompt in examples.clicks.prompts:
        found.setdefault(class_of(prompt.attributes), []).append(prompt)
    return found


def clicks_of(prompts: Iterable[Prompt]) -> np.ndarray:
    """(n, 2) a click of each object, or the middle of its box."""
    places = [prompt.positives[0] if len(prompt.positives) else prompt.anchor for prompt in prompts]
    return np.array(places).reshape(-1, 2)


def read_examples(
    request: Request, polygons: Path | None, negatives: Path | None, grid: RasterGrid, valid_at: Any
) -> Examples:
    """Read all layers of examples.

    Args:
        request: its ``points`` are clicks, with labels or without.
        polygons: outlines that stand, or an earlier output: rows whose ``status`` is ``rejected`` are no such
            objects, and those to review are left out.
        negatives: points or polygons of what is no such object.
        valid_at: see :func:`engine.reading.points.load_prompts`.

    Raises:
        PointsError: a layer cannot be used, or there is no example.
    """
    clicks = PromptSet((), (), (), ())
    if request.points is not None:
        clicks = load_prompts(
            Path(request.points),
            grid,
            layer=request.layer,
            object_field=request.object_field,
            points_crs=request.points_crs,
            encoding=request.encoding,
            allow_remote=request.allow_remote,
            valid_at=valid_at,
        )
    drawn, rejected, notes = _drawn(polygons, grid, request)
    places, outlines, more = read_unwanted(negatives, grid, request)
    unwanted = [item for item in clicks.rejected if item.reason == ONLY_NEGATIVE]
    places += [grid.to_pixel(item.xy) for item in unwanted]
    places += [prompt.xy[prompt.labels == 0] for prompt in clicks.prompts]
    kept = tuple(item for item in clicks.rejected if item.reason != ONLY_NEGATIVE)
    standing = _standing(clicks.prompts, drawn)
    if standing:
        more = (*more, f"{polygons}: its polygons stand for {len(standing)} clicked object(s)")
    left = tuple(prompt for prompt in clicks.prompts if prompt.prompt_id not in standing)
    clicks = PromptSet(left, kept, clicks.notes, clicks.field_names)
    found = Examples(
        clicks,
        tuple(drawn),
        np.concatenate([np.zeros((0, 2)), *places]),
        (*rejected, *outlines),
        (*clicks.notes, *notes, *more),
    )
    if not len(found):
        raise PointsError(
            f"{request.points or polygons}: no example lies on the raster; check extent and CRS"
        )
    return found


def _standing(prompts: Sequence[Prompt], drawn: Sequence[Drawn]) -> set[int]:
    """Numbers of the clicked objects that lie in a polygon of their class.

    They would come twice: as that polygon, and as what it leaves of their own.
    """
    tree = shapely.STRtree([item.outline for item in drawn])
    pairs = tree.query(shapely.points(clicks_of(prompts)), predicate="intersects").T.tolist()
    return {
        prompts[row].prompt_id
        for row, hit in pairs
        if class_of(prompts[row].attributes) == class_of(drawn[hit].attributes)
    }


def _drawn(
    path: Path | None, grid: RasterGrid, request: Request
) -> tuple[list[Drawn], list[shapely.Geometry], tuple[str, ...]]:
    """Polygons that stand, outlines of those rejected, notes."""
    if path is None:
        return [], [], ()
    layer = wrap(_layer(path, "polygon", grid, request), grid)
    frame = shapely.box(0, 0, grid.width, grid.height)
    short = SHAPEFILE_NAMES if path.suffix == ".shp" else {}
    ours = {name: own for own, name in short.items()}
    drawn, rejected, off = [], [], 0
    for number, shape in enumerate(layer.frame.geometry.values):
        if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
            continue
        attributes = {ours.get(name, name): _plain(layer.frame[name].iloc[number]) for name in layer.fields}
        outline = overlay.repair(shapely.transform(shape, grid.to_pixel))
        status = attributes.get("status") or ACCEPTED
        if outline is None or not outline.intersects(frame):
            off += 1
        elif status == REJECTED:
            rejected.append(outline)
        elif status != REVIEW:
            drawn.append(Drawn(shape, outline, attributes))
    notes = [f"{layer.title}: {off} polygon(s) left out, outside the raster"] if off else []
    return drawn, rejected, (*layer.notes, *notes)


def read_unwanted(
    path: Path | None, grid: RasterGrid, request: Request
) -> tuple[list[np.ndarray], list[shapely.Geometry], tuple[str, ...]]:
    """Places (n, 2) and outlines, in raster pixels, of what is no such object; notes."""
    if path is None:
        return [], [], ()
    try:
        layer = _layer(path, "point", grid, request)
    except PointsError as no_points:
        try:
            layer = _layer(path, "polygon", grid, request)
        except PointsError:
            raise no_points from None
    shapes = [shape for shape in wrap(layer, grid).frame.geometry.values if shape is not None]
    pixels = [shapely.transform(shape, grid.to_pixel) for shape in shapes if not shape.is_empty]
    points = [shapely.get_coordinates(shape) for shape in pixels if "Point" in shape.geom_type]
    repaired = [overlay.repair(shape) for shape in pixels if "Polygon" in shape.geom_type]
    drawn = [shape for shape in repaired if shape is not None and shape.area > 0]
    frame = shapely.box(0, 0, grid.width, grid.height)
    places = [xy[grid.contains(xy)] for xy in points]
    outlines = [shape for shape in drawn if shape.intersects(frame)]
    off = sum(map(len, points)) + len(drawn) - sum(map(len, places)) - len(outlines)
    notes = [f"{layer.title}: {off} place(s) left out, outside the raster"] if off else []
    return places, outlines, (*layer.notes, *notes)


def _layer(path: Path, kind: Any, grid: RasterGrid, request: Request) -> VectorLayer:
    return read_layer(
        path, kind, target=grid.crs_wkt, encoding=request.encoding, allow_remote=request.allow_remote
    )


def _plain(value: Any) -> Any:
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value
