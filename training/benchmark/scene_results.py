"""One scene answered in several ways with one model: refine, requery and zoom switched on one by one."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely
from PIL import Image

from engine.config import RefineConfig, SegmentConfig
from engine.console import Reporter
from engine.reading.raster import RasterSource
from engine.reading.vector import read_layer
from engine.scoring import Reference, measure
from engine.segmentation import Request, Result, segment
from engine.writing.picture import render
from training.scenes import SceneFiles

if TYPE_CHECKING:
    from engine.models.base import Segmenter
    from engine.scoring import LayerScores

STAGES = (
    ("single pass", RefineConfig(refine=False, requery=False, zoom=False)),
    ("refine + requery", RefineConfig(zoom=False)),
    ("refine + requery + zoom", RefineConfig()),
)
"""Ways to use one model, from the simplest to what ``segment`` does by default."""
PICTURE_SIDE = 1100


@dataclass(frozen=True, eq=False)
class SceneResult:
    """What one way of using the model made of the scene.

    Attributes:
        seconds: wall time, without loading the model.
    """

    name: str
    result: Result
    report: LayerScores
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, without the single matches."""
        scores = {key: value for key, value in self.report.to_dict().items() if key != "matches"}
        return {
            "name": self.name,
            "seconds": round(self.seconds, 2),
            "counts": self.result.counts(),
            "scores": scores,
        }


def compare(
    files: SceneFiles, config: SegmentConfig, model: Segmenter, command: str
) -> tuple[SceneResult, ...]:
    """Segment the same clicks with the same model in every way of :data:`STAGES`, and measure each.

    Args:
        command: what the run record shall say was typed.
    """
    request = Request(raster=files.raster, points=files.points)
    outcomes = []
    for name, refine in STAGES:
        started = time.perf_counter()
        with Reporter(name) as reporter:
            result = segment(request, replace(config, refine=refine), reporter, lambda: model, command)
        seconds = time.perf_counter() - started
        outcomes.append(SceneResult(name, result, measure(result, Reference(files.objects)), seconds))
    return tuple(outcomes)


def pictures(
    files: SceneFiles,
    polygons: gpd.GeoDataFrame,
    max_side: int = PICTURE_SIDE,
    extent: tuple[float, float, float, float] | None = None,
) -> tuple[Image.Image, Image.Image]:
    """The scene with its clicks, and the scene with what was made of them."""
    found = polygons[polygons["status"] != "rejected"]
    with RasterSource.open(files.raster) as raster:
        points = read_layer(files.points, "point", target=raster.grid.crs_wkt).frame
        if extent is not None:
            x, y, width, height = extent
            corners = raster.grid.to_world([(x, y), (x + width, y + height)])
            found = found[found.intersects(shapely.box(*corners.min(axis=0), *corners.max(axis=0)))]
        bare = found[["geometry"]].iloc[:0]
        return (
            render(raster, bare, points, max_side, extent),
            render(raster, found, None, max_side, extent),
        )
