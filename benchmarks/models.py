"""Encoding one tile, and answering one click after it: the embedded model beside SAM ViT-B."""

from __future__ import annotations

import math
import statistics
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.layers import SCENE, mosaic, scenes_of
from benchmarks.machine import facts
from benchmarks.table import Table, rounded
from engine.models.base import Segmenter
from engine.models.registry import load
from engine.stages.predict import TilePrompt, predict

TITLE = "Models: one tile, one click"
ABOUT = (
    "`encode` embeds one tile of the model's own size; `click` answers one click on it, with the choice "
    "among three masks, by the code that segmentation uses; `batch` is the time a prompt when 32 are "
    "asked together. Medians. SAM ViT-B has random weights, which cost as much as trained ones; its tile "
    "covers four times the area."
)
ENCODE_MS, CLICK_MS = 250, 30
BATCH = 32


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("models")
    group.add_argument("--repeats", type=int, default=15, help="tiles and clicks timed (default: 15)")
    group.add_argument("--vit-repeats", type=int, default=2, help="the same for ViT-B; 0 leaves it out")


def run(options: Namespace) -> Table:
    """Measure both models in one process."""
    machine = facts(options.threads)
    rows = [_measured(load(options.model, "cpu"), options.repeats)]
    if options.vit_repeats:
        rows.append(_measured(random_vit_b(), options.vit_repeats))
    ours = rows[0]
    notes = [
        f"Targets on 2 cores: encode {ENCODE_MS} ms, measured {ours['encode ms']:.0f}; "
        f"click {CLICK_MS} ms, measured {ours['click ms']:.0f}."
    ]
    if len(rows) == 2:
        ratio = rows[1]["encode ms"] / ours["encode ms"]
        notes.append(f"ViT-B takes {ratio:.0f} times as long to encode a tile of its own.")
    settings = {"repeats": options.repeats, "vit_repeats": options.vit_repeats}
    return Table("models", TITLE, ABOUT, rows, notes, settings, machine)


def _measured(model: Segmenter, repeats: int) -> dict[str, Any]:
    side = model.image_size
    scene = mosaic(scenes_of(("vehicles", "roofs"), math.ceil(side / SCENE) ** 2, BATCH, 100, seed=3))
    image = np.ascontiguousarray(scene.image[:side, :side])
    embedding = model.encode(image)
    on_tile = scene.clicks[(scene.clicks < side).all(axis=1)]
    clicks = [TilePrompt(xy[None], np.ones(1, np.int64)) for xy in on_tile]
    predict(model, embedding, clicks[:1], BATCH)
    single = iter(clicks * (repeats // len(clicks) + 1))
    batch = clicks[:BATCH]
    return {
        "model": model.name,
        "tile px": side,
        "encode ms": _median_ms(lambda: model.encode(image), repeats),
        "click ms": _median_ms(lambda: predict(model, embedding, [next(single)], BATCH), repeats),
        "batch ms": rounded(
            _median_ms(lambda: predict(model, embedding, batch, BATCH), max(1, repeats // 3)) / len(batch)
        ),
    }


def _median_ms(work: Callable[[], object], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return rounded(1000 * statistics.median(taken))


def random_vit_b(device: str = "cpu") -> Segmenter:
    """SAM ViT-B with random weights, which cost as much as trained ones."""
    import torch

    from engine.models.sam import VIT_B, SamSegmenter, build_sam

    torch.manual_seed(0)
    return SamSegmenter(build_sam(VIT_B), f"{VIT_B.name} (random)", "none", torch.device(device))
