"""Segments of all tiles put together: one clean, georeferenced row per object, or the reason why not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from engine import overlay
from engine.config import PolygonConfig
from engine.grid import RasterGrid
from engine.reading.points import Prompt, PromptSet
from engine.stages.cleaning import clean_all, remove_overlaps
from engine.stages.polygons import metrics, shape_array, simplify, to_world, valid, valid_rows
from engine.stages.right_angles import regularize
from engine.stages.snapping import snap
from engine.writing.output import segments_frame

if TYPE_CHECKING:
    import geopandas as gpd

    from engine.stages.pipeline import Segment

MIN_HOLE_PX2 = 16.0
"""Holes smaller than this many raster pixels are filled."""
MIN_PART_PX2 = 4.0
"""Parts smaller than this many raster pixels are dropped."""
REGULAR_TOLERANCE_PX = 2.5
NOTHING_FOUND = "the model found nothing at the click"
TOO_SMALL = "smaller than the minimum area"
KEPT = "its outline stays as it was found: no geometry library could clean it"
SHARES = "may share area with others: no geometry library could take them apart"
SWALLOWED = "covered entirely by better polygons"


@dataclass(frozen=True)
class Provenance:
    """Where the polygons come from, as each row says it."""

    model: str
    adapter: str | None
    review_below: float


@dataclass
class Troubles:
    """Rows at which geometry operations failed, even repaired."""

    kept: set[int] = field(default_factory=set)
    sharing: set[int] = field(default_factory=set)

    def of(self, row: int) -> list[str]:
        """What a row says of them."""
        return [text for rows, text in ((self.kept, KEPT), (self.sharing, SHARES)) if row in rows]


def assemble(
    segments: Iterable[Segment],
    prompts: PromptSet,
    grid: RasterGrid,
    options: PolygonConfig,
    provenance: Provenance,
    neighbours: Sequence[BaseGeometry] = (),
) -> gpd.GeoDataFrame:
    """The layer: a row per object of the input, in its order, rejected ones without geometry.

    Args:
        segments: in any order; of two with the same prompt the later one counts.
        prompts: what was asked for; its rejected objects become rows too.
        neighbours: polygons in world coordinates that stand already: without overlaps, nothing is taken of
            them, and gaps to them are closed.
    """
    found = {segment.prompt_id: segment for segment in segments}
    asked = [prompt for prompt in prompts.prompts if prompt.prompt_id in found]
    chosen = [found[prompt.prompt_id] for prompt in asked]
    troubles = Troubles()
    settled: set[int] = set()
    found_shapes = [segment.geometry for segment in chosen]
    cleaned = clean_all(found_shapes, MIN_HOLE_PX2, MIN_PART_PX2, troubles.kept, settled)
    scores = np.array([segment.score for segment in chosen])
    priority = _priority(cleaned, scores, asked)
    shapes = _shaped(cleaned, settled, priority, grid, options, troubles, neighbours)
    measured = metrics(shapes, grid.crs_wkt).tolist()
    rows = [
        _row(prompt, segment, geometry, measures, bool(part.is_empty), options, provenance)
        for prompt, segment, geometry, measures, part in zip(
            asked, chosen, shapes, measured, cleaned, strict=True
        )
    ]
    troubles.kept.update(number for number, segment in enumerate(chosen) if segment.rough)
    for number, row in enumerate(rows):
        row["reason"] = "; ".join(filter(None, [row["reason"], *troubles.of(number)])) or None
    rows += [_rejected(item.prompt_id, item.reason, item.attributes, provenance) for item in prompts.rejected]
    rows.sort(key=lambda row: row["prompt_id"])
    return segments_frame(rows, grid.crs_wkt)


def _priority(shapes: Sequence[BaseGeometry], scores: np.ndarray, prompts: Sequence[Prompt]) -> np.ndarray:
    """Who keeps a shared area: the better score, but a polygon over another object's click yields to all."""
    clicks = [prompt.positives for prompt in prompts]
    owner = np.repeat(np.arange(len(prompts)), [len(some) for some in clicks])
    if not len(owner):
        return scores
    polygon, click = overlay.pairs(
        shapely.STRtree(shapely.points(np.concatenate(clicks))), shapes, "contains"
    )
    intruding = np.unique(polygon[owner[click] != polygon])
    yielded = scores.copy()
    yielded[intruding] -= 1
    return yielded


def _shaped(
    shapes: Sequence[Any],
    settled: set[int],
    priority: np.ndarray,
    grid: RasterGrid,
    options: PolygonConfig,
    troubles: Troubles,
    neighbours: Sequence[BaseGeometry],
) -> list[BaseGeometry]:
    """Disjoint, simplified, squared up if asked for, in world coordinates.

    Args:
        settled: rows that need no cleaning where nothing is taken off them.
    """
    disjoint = _disjoint(shapes, priority, troubles, settled) if options.no_overlap else list(shapes)
    # Rounding to large coordinates may cross edges that all but touch.
    world: list[Any] = valid_rows(to_world(shape_array(disjoint), grid)).tolist()
    world = simplify(world, options.simplify_px * _shortest_side(grid), troubles.kept)
    if options.regularize:
        world, _ = regularize(world, REGULAR_TOLERANCE_PX * grid.pixel_size)
    if not options.no_overlap:
        return world
    # Neighbours that are no clean coverage are simplified one by one, and may then overlap again.
    fixed = [shape for shape in map(valid, neighbours) if not shape.is_empty]
    apart = _disjoint(world, priority, troubles, (), grid.pixel_size**2, fixed)
    scores = [*priority.tolist(), *[np.inf] * len(fixed)]
    snapped = snap([*apart, *fixed], scores, options.snap_px * _shortest_side(grid), len(fixed))
    return list(snapped[: len(apart)])


def _disjoint(
    shapes: Sequence[Any],
    priority: np.ndarray,
    troubles: Troubles,
    settled: Collection[int],
    pixel_area: float = 1.0,
    fixed: Sequence[Any] = (),
) -> list[Any]:
    """Shapes that share no area, nor any with fixed ones, without the slivers that others leave of them."""
    scores = [*priority.tolist(), *[np.inf] * len(fixed)]
    apart = remove_overlaps([*shapes, *fixed], scores, troubles.sharing)[: len(shapes)]
    rows = [row for row, shape in enumerate(apart) if row not in settled or shape is not shapes[row]]
    kept: set[int] = set()
    for row, shape in zip(
        rows, clean_all([apart[row] for row in rows], 0.0, MIN_PART_PX2 * pixel_area, kept), strict=True
    ):
        apart[row] = shape
    troubles.kept.update(rows[place] for place in kept)
    return apart


def _shortest_side(grid: RasterGrid) -> float:
    """Ground length of the shortest step of one pixel, so that no outline moves by more pixels than asked."""
    t = grid.transform
    return float(np.linalg.svd([[t.a, t.b], [t.d, t.e]], compute_uv=False)[-1])


def _row(
    prompt: Prompt,
    segment: Segment,
    geometry: BaseGeometry,
    measures: tuple[float, float],
    found_nothing: bool,
    options: PolygonConfig,
    provenance: Provenance,
) -> dict[str, Any]:
    area, perimeter = measures
    reason = NOTHING_FOUND if found_nothing else SWALLOWED if geometry.is_empty else None
    if reason is None and area < options.min_area_m2:
        reason = TOO_SMALL
    if reason is not None:
        row = _rejected(prompt.prompt_id, reason, prompt.attributes, provenance)
    else:
        status = "accepted" if segment.score >= provenance.review_below else "review"
        row = _rejected(prompt.prompt_id, None, prompt.attributes, provenance)
        row |= {"geometry": geometry, "status": status, "area_m2": area, "perimeter_m": perimeter}
        row["reason"] = "cut by the edge of the largest window" if segment.cut else None
    return row | {
        "score": segment.score,
        "stability": segment.stability,
        "entropy": segment.entropy,
        "n_pos": int((prompt.labels == 1).sum()),
        "n_neg": int((prompt.labels == 0).sum()),
        "adapter": None if segment.by_base else provenance.adapter,
    }


def _rejected(
    prompt_id: int, reason: str | None, attributes: Mapping[str, Any], provenance: Provenance
) -> dict[str, Any]:
    return {
        "prompt_id": prompt_id,
        "geometry": None,
        "status": "rejected",
        "reason": reason,
        "model": provenance.model,
        "adapter": provenance.adapter,
        "attributes": attributes,
    }
