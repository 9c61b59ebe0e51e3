"""One run of ``find`` over files, from opening them to the finished table; nothing is written but shards."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from engine.config import SegmentConfig
from engine.execution import Execution
from engine.finding import Search
from engine.grid import RasterGrid
from engine.models.base import Segmenter
from engine.reading.areas import read_area
from engine.reading.attributes import class_of
from engine.reading.raster import RasterSource
from engine.schema import LEAST_SCORE
from engine.segmentation import Request, run_record, run_signature
from engine.stages.candidates import Candidate, LatticeJob, lattice_jobs, level_for
from engine.stages.pipeline import plan_jobs, run_jobs
from engine.tile_work import doing_jobs
from engine.writing.record import counts_by_status
from training.find.calibration import default_threshold, threshold_for
from training.find.elsewhere import Layers, Taught, opened, options_elsewhere, taught
from training.find.examples import Examples, by_class, clicks_of
from training.find.layer import layer_of
from training.find.outlines import as_candidate, described
from training.find.ranking import Find, Kind, Ranking, rank

if TYPE_CHECKING:
    from engine.writing.shards import Shards

MEASURED = 30
"""Clicked objects of a class that are segmented first, to learn how large they are."""
FEW = 5
"""Fewer examples leave the scores rough."""
FEW_MASKS = 300
"""On a raster of fewer masks the objects themselves are a large part of what is usual."""
ODD = 4.0
"""An example is odd if its value lies that many deviations below the median of its class."""
CELLS_ACROSS = 24
"""Cells that the longer side of an outline is drawn on, where only its place matters."""


@dataclass(frozen=True)
class FindRequest:
    """The files of a run, and what is wanted of it.

    Attributes:
        files: raster and clicks.
        layers: what else is shown of the wanted objects.
        area: polygons to look in.
        min_score: finds below it are left out.
        precision: share of the accepted finds that should be right; None chooses the best F1.
        most: the largest number of finds.
    """

    files: Request
    layers: Layers
    area: Path | None = None
    min_score: float = LEAST_SCORE
    precision: float | None = None
    most: int | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """The layer, how it was made, and what to expect of it.

    Attributes:
        threshold: finds of at least this score are accepted.
        expected: how many of the accepted finds are expected to be right.
        finds: how many were found, accepted or to review.
    """

    frame: gpd.GeoDataFrame
    run: Mapping[str, Any]
    threshold: float
    expected: float
    finds: int

    @property
    def layer(self) -> gpd.GeoDataFrame:
        """What is written: the frame."""
        return self.frame

    def counts(self) -> dict[str, int]:
        """Rows by status."""
        return counts_by_status(self.frame)


def find(
    request: FindRequest,
    config: SegmentConfig,
    execution: Execution,
    shards: Shards,
) -> Found:
    """Find everything on a raster that is like the examples.

    Args:
        shards: where findings are kept as they come.

    Raises:
        EngineError: a file or an option cannot be used.
    """
    files, reporter = request.files, execution.reporter
    with ExitStack() as stack:
        raster = stack.enter_context(opened(files.raster, files, config))
        known = taught(files, request.layers, raster, config, stack)
        examples = known.here
        area, assumed = _area(request, raster.grid)
        reporter.notes((*_notes(raster, known), *assumed))
        execution.check(raster.grid)
        model = execution.load_model()
        sides = _sides(known.examples, known.raster, model, config)
        levels = _levels(sides, model, config, known.scale)
        jobs = _jobs(examples, levels, raster.grid, model, config, area)
        shards.begin(_signature(request, config, raster, known, area, model))
        kinds = _kinds(known, levels, _levels(sides, model, config), raster, model, config)
        with doing_jobs(execution, raster, model, config, shards) as do_jobs:
            search = Search(raster.grid, model, config, shards, reporter, do_jobs)
            ranking = rank(search.candidates(jobs), kinds, _taken(examples), examples.not_at)
            reporter.notes(_doubts(ranking))
            finds = _wanted(ranking.finds, request, area)
            threshold = _threshold(ranking.finds, request.precision)
            reporter.notes(_unsure(finds[: request.most], threshold))
            layer = layer_of(search, examples, ranking, finds, len(jobs), threshold, request.most)
        record = run_record(files, config, raster, known.examples.clicks, model, len(jobs), execution.command)
        more = {"levels": sorted(set(levels.values())), "threshold": threshold, "expected": layer.expected}
        counts = {"examples": len(known.examples), "finds": layer.number}
        run = {**record, "find": {**_plain(request), **more, **counts}}
        return Found(layer.frame, run, threshold, layer.expected, layer.number)


def _notes(raster: RasterSource, known: Taught) -> tuple[str, ...]:
    """What the user should know of the files."""
    if not known.elsewhere:
        return (*raster.notes, *known.examples.notes)
    return (*raster.notes, *known.raster.notes, *known.examples.notes, *known.here.notes)


def _area(request: FindRequest, grid: RasterGrid) -> tuple[shapely.Geometry | None, tuple[str, ...]]:
    """Where to look, in raster pixels, None for everywhere; and notes."""
    if request.area is None:
        return None, ()
    files = request.files
    return read_area(request.area, grid, encoding=files.encoding, allow_remote=files.allow_remote)


def _plain(request: FindRequest) -> dict[str, Any]:
    options = {name: value for name, value in asdict(request).items() if name not in ("files", "layers")}
    options |= asdict(request.layers)
    return {name: str(value) if isinstance(value, Path) else value for name, value in options.items()}


# --- what is asked --------------------------------------------------------------------------------------


def _sides(
    examples: Examples, raster: RasterSource, model: Segmenter, config: SegmentConfig
) -> dict[str | None, float]:
    """How many pixels of their raster the examples of each class usually measure."""
    areas: dict[str | None, list[float]] = {name: [] for name in examples.classes()}
    for item in examples.drawn:
        areas[class_of(item.attributes)].append(float(item.outline.area))
    for name, prompts in by_class(examples).items():
        some = prompts[:MEASURED]
        jobs = plan_jobs(some, raster.grid, model.image_size, config.tiles)
        areas[name] += [float(found.geometry.area) for found in run_jobs(jobs, raster, model, config)]
    return {
        name: float(np.sqrt(np.median([area for area in found if area > 0] or [0.0])))
        for name, found in areas.items()
    }


def _levels(
    sides: Mapping[str | None, float], model: Segmenter, config: SegmentConfig, scale: float = 1.0
) -> dict[str | None, int]:
    """The level on which each class is looked for, where its objects measure ``scale`` times as much."""
    return {name: level_for(scale * side, model.image_size, config.tiles) for name, side in sides.items()}


def _jobs(
    examples: Examples,
    levels: Mapping[str | None, int],
    grid: RasterGrid,
    model: Segmenter,
    config: SegmentConfig,
    area: shapely.Geometry | None,
) -> list[LatticeJob]:
    jobs = []
    for level in sorted(set(levels.values())):
        clicked = [p for name, some in by_class(examples).items() if levels[name] == level for p in some]
        clicks = clicks_of(clicked)
        large = level == config.tiles.max_level  # There alone objects may be larger than fits the level.
        jobs += lattice_jobs(
            grid, model.image_size, config.tiles, level, area=area, clicks=clicks, large=large
        )
    return jobs


def _signature(
    request: FindRequest,
    config: SegmentConfig,
    raster: RasterSource,
    known: Taught,
    area: shapely.Geometry | None,
    model: Segmenter,
) -> dict[str, Any]:
    examples, here = known.examples, known.here
    shapes = [item.outline for item in examples.drawn]
    parts = [
        shapely.to_wkb(np.array([*shapes, *here.not_like], object)).tolist(),
        here.not_at.tobytes(),
    ]
    classes = list(map(str, examples.kinds()))
    there = {"examples' raster": known.raster.fingerprint()} if known.elsewhere else {}
    digest = hashlib.sha256(repr((parts, classes)).encode()).hexdigest()
    where = None if area is None else hashlib.sha256(shapely.to_wkb(area)).hexdigest()
    options = {"min_score": request.min_score, "most": request.most}
    base = run_signature(config, raster, examples.clicks, model)
    return {**base, "polygons or negatives": digest, "area": where, "wanted": options, **there}


def _kinds(
    known: Taught,
    levels: Mapping[str | None, int],
    levels_there: Mapping[str | None, int],
    raster: RasterSource,
    model: Segmenter,
    config: SegmentConfig,
) -> list[Kind]:
    """The classes, with the levels on which they are looked for, and those of examples elsewhere."""
    if known.elsewhere:
        options = options_elsewhere(known, levels_there, model, config)
        return [Kind(name, level, clicks_of([]), [], options[name]) for name, level in levels.items()]
    clicked = by_class(known.here)
    kinds = []
    for name, level in levels.items():
        shapes = [item.outline for item in known.here.drawn if class_of(item.attributes) == name]
        drawn = [one for one in described(shapes, level, raster, model, config.tiles) if one is not None]
        kinds.append(Kind(name, level, clicks_of(clicked.get(name, [])), drawn))
    return kinds


def _taken(examples: Examples) -> list[Candidate]:
    """What stands, and what is no such object, as candidates that nothing displaces."""
    shapes = [*(item.outline for item in examples.drawn), *examples.not_like]
    return [as_candidate(shape, _cell(shape)) for shape in shapes]


def _cell(shape: shapely.Geometry) -> float:
    x0, y0, x1, y1 = shape.bounds
    return max(max(x1 - x0, y1 - y0) / CELLS_ACROSS, 1.0)


# --- what becomes of it ---------------------------------------------------------------------------------


def _doubts(ranking: Ranking) -> list[str]:
    """What to know of the examples, one sentence each."""
    doubts = []
    for name, own in ranking.own.items():
        of = "" if name is None else f" of class '{name}'"
        if (seen := ranking.seen[name]) < FEW_MASKS:
            doubts.append(f"{seen} masks to compare with{of}: the scores are rough; a larger raster helps")
        if len(own) < FEW:
            doubts.append(f"{len(own)} example(s){of}: the scores are rough; {FEW} or more make them better")
            continue
        away = np.abs(own - np.median(own))
        odd = np.flatnonzero(own < np.median(own) - ODD * max(float(np.median(away)) * 1.4826, 0.5))
        if len(odd):
            doubts.append(f"{len(odd)} of {len(own)} examples{of} look unlike the others; check them")
    return doubts


def _unsure(finds: Sequence[Find], threshold: float) -> list[str]:
    """That there are finds, and all of them are to review."""
    if not finds or any(item.probability >= threshold for item in finds):
        return []
    return [f"no find reaches a score of {threshold:.2f}: all {len(finds)} are to review; show more examples"]


def _wanted(finds: Sequence[Find], request: FindRequest, area: shapely.Geometry | None) -> list[Find]:
    """The finds that are likely enough and in the area."""
    kept = [item for item in finds if item.probability >= request.min_score]
    if area is not None:
        kept = [item for item in kept if shapely.contains_xy(area, *_middle(item.candidate))]
    return kept


def _middle(candidate: Candidate) -> tuple[float, float]:
    x0, y0, x1, y1 = candidate.box
    return (x0 + x1) / 2, (y0 + y1) / 2


def _threshold(finds: Sequence[Find], precision: float | None) -> float:
    chances = np.array([item.probability for item in finds])
    return default_threshold(chances) if precision is None else threshold_for(chances, precision)
