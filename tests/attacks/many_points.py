"""Run as a process: many points through ``segment``; prints exit code, time and peak memory as JSON.

``python -m tests.attacks.many_points FOLDER COUNT KIND``. The network answers every click with a disc, in
microseconds: what is measured is all the rest.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
import torch

from engine import segment
from engine.models import registry
from engine.models.base import Decoded, Embedding, PromptBatch
from tests.fakes import FakeSegmenter
from tests.rasters import NORTH_UP, UTM, write_raster

SIDE, CELLS, RADIUS_PX = 512, 128, 8.0


class Discs(FakeSegmenter):
    """Answers each click with a disc around it."""

    def __init__(self) -> None:
        super().__init__(SIDE, SIDE // CELLS)

    def encode(self, image: np.ndarray) -> Embedding:
        """Nothing of the image."""
        return Embedding(torch.zeros(1, 1, 1, 1))

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Distances to the disc's edge."""
        middles = (torch.arange(CELLS) + 0.5) * (SIDE / CELLS)
        x, y = (prompts.coords[:, 0, axis, None, None].float() for axis in (0, 1))
        logits = (RADIUS_PX - torch.hypot(middles[None, None, :] - x, middles[None, :, None] - y)).clamp(
            -10, 10
        )
        number = 3 if multimask else 1
        return Decoded(logits[:, None].repeat(1, number, 1, 1), torch.full((len(logits), number), 0.9))


def places(count: int, kind: str) -> np.ndarray:
    """(count, 2) raster pixels."""
    rng = np.random.default_rng(0)
    if kind == "same":
        return np.full((count, 2), SIDE / 2 + 0.3)
    if kind == "pixel":
        return SIDE / 2 + rng.random((count, 2))
    if kind == "tile":
        return np.stack(np.divmod(rng.permutation(SIDE**2)[:count], SIDE), axis=-1) + 0.5
    return rng.random((count, 2)) * SIDE * 20 - SIDE * 10  # "wide": most lie outside


def main(folder: Path, count: int, kind: str) -> None:
    write_raster(folder / "a.tif", np.full((3, SIDE, SIDE), 90, np.uint8))
    columns, rows = places(count, kind).T
    points = shapely.points(NORTH_UP.c + NORTH_UP.a * columns, NORTH_UP.f + NORTH_UP.e * rows)
    gpd.GeoDataFrame({"number": np.arange(count)}, geometry=points, crs=UTM).to_file(folder / "c.gpkg")
    del points
    registry.load = lambda *given, **more: Discs()  # type: ignore[assignment]
    files = {"raster": "a.tif", "points": "c.gpkg", "out": "o.gpkg"}
    words = [word for name, file in files.items() for word in (f"--{name}", str(folder / file))]
    started = time.monotonic()
    code = segment.main([*words, "--threads", "1", "--quiet"])
    seconds, used = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF)
    figures = {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "gib": used.ru_maxrss / 2**20}
    print(json.dumps({"code": code, **{name: round(value, 2) for name, value in figures.items()}}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
