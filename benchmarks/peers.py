"""One encode a tile for all its clicks, against one crop encoded and one prompt decoded a click."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.counting import CountingSegmenter
from benchmarks.layers import Mosaic, mosaic, prompts_at, scenes_of, write_mosaic
from benchmarks.machine import facts
from benchmarks.table import Table, rounded
from engine.config import RefineConfig, SegmentConfig
from engine.grid import Tile
from engine.models.base import Segmenter
from engine.models.registry import load
from engine.reading.points import Prompt
from engine.reading.raster import RasterSource
from engine.stages.pipeline import Job, Segment, plan_jobs, run_jobs

TITLE = "Dense layers: one encode a tile, against one a click"
ABOUT = (
    "The same model, the same raster file, the same process, outlines traced in every arm. `peers` reads "
    "and encodes a crop centred on each click at native resolution and decodes that one prompt. `single` "
    "plans tiles and answers each click once; `requery` adds refine and requery; `full` adds zoom (the "
    "default settings). `IoU` is the mean over the clicks that the peers' arm also answered, against the "
    "true objects; `ratio` is the rate over the peers'. Network share is the part of the time spent "
    "inside the model."
)
SINGLE = RefineConfig(refine=False, requery=False, zoom=False)
ARMS: Mapping[str, RefineConfig] = {
    "peers": SINGLE,
    "single": SINGLE,
    "requery": replace(RefineConfig(), zoom=False),
    "full": RefineConfig(),
}
DENSITIES = (5, 10, 20, 40)
THINNED = ("vehicles", "trees", "roofs", "harbour")
NATURAL: Mapping[str, tuple[int, int]] = {
    "vehicles": (25, 70),
    "panels": (25, 75),
    "trees": (25, 70),
    "roofs": (25, 70),
    "harbour": (25, 70),
    "ships": (8, 25),
}
"""Domain -> objects a scene, as such layers have them."""
TARGET, DENSE = 10, 25
SEED = 11


@dataclass(frozen=True, eq=False)
class Layer:
    """Clicks on a mosaic: the rows of its objects that were clicked."""

    name: str
    mosaic: Mosaic
    rows: np.ndarray

    @property
    def per_tile(self) -> float:
        """Clicks per 512 px tile of the raster."""
        return len(self.rows) / self.mosaic.scenes


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("peers")
    group.add_argument("--scenes", type=int, default=3, help="scenes along each side of a layer (default: 3)")
    group.add_argument("--peer-clicks", type=int, default=60, help="clicks of the peers' arm (default: 60)")
    group.add_argument("--densities", type=int, nargs="*", default=list(DENSITIES), help="clicks a tile")
    group.add_argument("--layers", nargs="*", default=list(NATURAL), choices=NATURAL, metavar="DOMAIN")


def run(options: Namespace) -> Table:
    """Measure every layer, thinned ones first."""
    machine = facts(options.threads)
    model = load(options.model, "cpu")
    rows: list[dict[str, Any]] = []
    for layer in _layers(options):
        path = options.out / "rasters" / f"{layer.name.replace(' ', '_')}.tif"
        write_mosaic(path, layer.mosaic, len(layer.mosaic.image))
        rows += _measured(layer, path, model, options.peer_clicks)
    settings = {
        "model": model.name,
        "scenes": options.scenes**2,
        "peer_clicks": options.peer_clicks,
        "seed": SEED,
    }
    return Table("peers", TITLE, ABOUT, rows, _notes(rows), settings, machine)


def _layers(options: Namespace) -> list[Layer]:
    count = options.scenes**2
    layers = []
    if options.densities:
        dense = mosaic(scenes_of(THINNED, count, max(options.densities), 100, seed=SEED))
        layers += [Layer(f"{n} a tile", dense, dense.per_scene(n, SEED)) for n in options.densities]
    for domain in options.layers:
        whole = mosaic(scenes_of((domain,), count, *NATURAL[domain], seed=SEED))
        layers.append(Layer(domain, whole, np.arange(len(whole.clicks))))
    return layers


def _measured(layer: Layer, path: Path, model: Segmenter, peer_clicks: int) -> list[dict[str, Any]]:
    """Every arm over one layer, the peers' over a sample of it."""
    prompts = prompts_at(layer.mosaic.clicks[layer.rows])
    truth = layer.mosaic.outlines()[layer.rows]
    sample = np.random.default_rng(0).permutation(len(prompts))[:peer_clicks]
    asked = [prompts[row] for row in sorted(sample)]
    results = []
    with RasterSource.open(path) as raster:
        for arm, refine in ARMS.items():
            config = SegmentConfig(refine=refine)
            jobs = (
                _crops(asked, model)
                if arm == "peers"
                else plan_jobs(prompts, raster.grid, model.image_size, config.tiles)
            )
            list(run_jobs(jobs[:1], raster, model, config))
            results.append(_timed(arm, jobs, raster, model, config))
    rate = results[0].rate
    return [
        {
            "layer": layer.name,
            "clicks a tile": rounded(layer.per_tile),
            "arm": result.arm,
            "clicks": len(result.segments),
            "encodes a click": rounded(result.encodes / len(result.segments)),
            "clicks/s": rounded(result.rate),
            "ratio": rounded(result.rate / rate),
            "network share": rounded(result.network, 2),
            "IoU": rounded(_mean_iou(result.segments, truth, asked)),
        }
        for result in results
    ]


@dataclass(frozen=True, eq=False)
class _Result:
    arm: str
    segments: Sequence[Segment]
    seconds: float
    encodes: float
    network: float

    @property
    def rate(self) -> float:
        return len(self.segments) / self.seconds


def _timed(
    arm: str, jobs: Sequence[Job], raster: RasterSource, model: Segmenter, config: SegmentConfig
) -> _Result:
    counting = CountingSegmenter(model)
    start = time.perf_counter()
    segments = list(run_jobs(jobs, raster, counting, config))
    seconds = time.perf_counter() - start
    return _Result(arm, segments, seconds, counting.encodes, counting.seconds / seconds)


def _crops(prompts: Sequence[Prompt], model: Segmenter) -> list[Job]:
    """A crop of its own for each prompt, its click in the middle."""
    size = model.image_size
    corners = [np.round(prompt.anchor - size / 2) for prompt in prompts]
    return [
        Job(Tile(0, 0, 0, float(x), float(y), size, size), (prompt,))
        for (x, y), prompt in zip(corners, prompts, strict=True)
    ]


def _mean_iou(segments: Sequence[Segment], truth: np.ndarray, asked: Sequence[Prompt]) -> float:
    """Mean IoU of the answers to the prompts asked with the true outlines; ``truth`` goes by prompt id."""
    answers = {segment.prompt_id: segment.geometry for segment in segments}
    ids = [prompt.prompt_id for prompt in asked]
    found, true = np.array([answers[number] for number in ids]), truth[np.array(ids) - 1]
    shared = shapely.area(shapely.intersection(found, true))
    return float((shared / (shapely.area(found) + shapely.area(true) - shared)).mean())


def _notes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    dense = [row for row in rows if row["clicks a tile"] >= DENSE]
    notes = []
    for arm in list(ARMS)[1:]:
        ratios = [float(row["ratio"]) for row in dense if row["arm"] == arm]
        if ratios:
            spread = f"{min(ratios):.1f} to {max(ratios):.1f}, median {np.median(ratios):.1f}"
            notes.append(f"{arm}: {spread} times the peers' rate over {len(ratios)} layers that are dense.")
    return [*notes, f"Target: at least {TARGET} times in layers of {DENSE} or more clicks a tile."]
