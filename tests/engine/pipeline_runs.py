"""Runs of the pipeline over a painted scene, and how far two outlines are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from engine.config import RefineConfig, SegmentConfig
from engine.reading.points import Prompt
from engine.reading.raster import RasterSource
from engine.stages.pipeline import Job, Segment, plan_jobs, run_jobs
from tests.fakes import Box, FakeSegmenter, RecordingReader

PLAIN = SegmentConfig(refine=RefineConfig(zoom=False))
"""One window size for all."""
ZOOM = SegmentConfig()


@dataclass
class Run:
    """What came out, and what was done for it."""

    segments: dict[int, Segment]
    order: list[int]
    reader: RecordingReader
    model: FakeSegmenter
    jobs: tuple[Job, ...]

    def shape(self, prompt_id: int = 1) -> shapely.Geometry:
        return self.segments[prompt_id].geometry


def run(
    path: Path, prompts: Sequence[Prompt], config: SegmentConfig = PLAIN, model: FakeSegmenter | None = None
) -> Run:
    model = model or FakeSegmenter()
    with RasterSource.open(path, assume_crs=None) as source:
        reader = RecordingReader(source)
        jobs = plan_jobs(prompts, source.grid, model.image_size, config.tiles)
        found = list(run_jobs(jobs, reader, model, config))
    return Run({s.prompt_id: s for s in found}, [s.prompt_id for s in found], reader, model, jobs)


def scattered(count: int = 24, extent: int = 480, seed: int = 3) -> list[Box]:
    """Boxes of 18 to 28 pixels on a loose lattice, none nearer to another than 12 pixels."""
    rng = np.random.default_rng(seed)
    places = [(x, y) for x in range(10, extent - 50, 80) for y in range(10, extent - 50, 80)][:count]
    boxes = []
    for x, y in places:
        dx, dy, width, height = rng.integers([0, 0, 18, 18], [20, 20, 29, 29]).tolist()
        boxes.append((x + dx, y + dy, x + dx + width, y + dy + height))
    return boxes


def apart(a: shapely.Geometry, b: shapely.Geometry) -> float:
    """Hausdorff distance between two outlines."""
    return float(
        shapely.hausdorff_distance(shapely.segmentize(a.boundary, 0.2), shapely.segmentize(b.boundary, 0.2))
    )


def iou(a: shapely.Geometry, b: shapely.Geometry) -> float:
    return float(a.intersection(b).area / a.union(b).area)
