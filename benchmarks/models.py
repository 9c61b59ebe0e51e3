"""Encoding one tile, and answering one click after it: the embedded model beside the others."""

from __future__ import annotations

import math
import statistics
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from itertools import cycle
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
    "asked together. Medians; the models take turns. All but the first have random weights, which cost as "
    "much as trained ones; their tile covers four times the area."
)
ENCODE_MS, CLICK_MS = 250, 30
BATCH = 32


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("models")
    group.add_argument("--repeats", type=int, default=15, help="tiles and clicks timed (default: 15)")
    group.add_argument(
        "--sam-repeats", type=int, default=2, help="the same for the other models; 0 leaves them out"
    )


def run(options: Namespace) -> Table:
    """Measure the models in one process, in turns, so that what else the machine does slows all alike."""
    machine = facts(options.threads)
    subjects = [_Subject(load(options.model, "cpu"), options.repeats)]
    if options.sam_repeats:
        subjects += [_Subject(build(), options.sam_repeats) for build in RANDOM]
    rows = _measured(subjects)
    ours = rows[0]
    notes = [
        f"Targets on 2 cores: encode {ENCODE_MS} ms, measured {ours['encode ms']:.0f}; "
        f"click {CLICK_MS} ms, measured {ours['click ms']:.0f}."
    ]
    if len(rows) > 1:
        whole = {row["model"]: row["encode ms"] + row["click ms"] for row in rows}
        slowest = max(whole, key=lambda name: whole[name])
        shares = ", ".join(
            f"{name} {rounded(value / whole[slowest])}" for name, value in whole.items() if name != slowest
        )
        notes.append(f"A tile of its own and one click on it, as a share of the time of {slowest}: {shares}.")
    settings = {"repeats": options.repeats, "sam_repeats": options.sam_repeats}
    return Table("models", TITLE, ABOUT, rows, notes, settings, machine)


class _Subject:
    """A model with a tile, its embedding, and the clicks to ask."""

    def __init__(self, model: Segmenter, repeats: int) -> None:
        side = model.image_size
        scene = mosaic(scenes_of(("vehicles", "roofs"), math.ceil(side / SCENE) ** 2, BATCH, 100, seed=3))
        self.model, self.repeats = model, repeats
        self._image = np.ascontiguousarray(scene.image[:side, :side])
        self._embedding = model.encode(self._image)
        on_tile = scene.clicks[(scene.clicks < side).all(axis=1)]
        self._clicks = [TilePrompt(xy[None], np.ones(1, np.int64)) for xy in on_tile]
        self._single = cycle(self._clicks)
        self.click()

    def encode(self) -> None:
        self.model.encode(self._image)

    def click(self) -> None:
        predict(self.model, self._embedding, [next(self._single)], BATCH)

    def batch(self) -> None:
        predict(self.model, self._embedding, self.asked_together, BATCH)

    @property
    def asked_together(self) -> list[TilePrompt]:
        return self._clicks[:BATCH]


def _measured(subjects: Sequence[_Subject]) -> list[dict[str, Any]]:
    rounds = [subject.repeats for subject in subjects]
    encode = _medians_ms([subject.encode for subject in subjects], rounds)
    click = _medians_ms([subject.click for subject in subjects], rounds)
    batch = _medians_ms([subject.batch for subject in subjects], [max(1, count // 3) for count in rounds])
    return [
        {
            "model": subject.model.name,
            "tile px": subject.model.image_size,
            "encode ms": rounded(encode[number]),
            "click ms": rounded(click[number]),
            "batch ms": rounded(batch[number] / len(subject.asked_together)),
        }
        for number, subject in enumerate(subjects)
    ]


def _medians_ms(works: Sequence[Callable[[], None]], rounds: Sequence[int]) -> list[float]:
    """Median time of each piece of work, done as often as ``rounds`` says, one after the other in turn."""
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(max(rounds)):
        for number, work in enumerate(works):
            if turn < rounds[number]:
                start = time.perf_counter()
                work()
                taken[number].append(time.perf_counter() - start)
    return [1000 * statistics.median(times) for times in taken]


def random_vit_b(device: str = "cpu") -> Segmenter:
    """SAM ViT-B with random weights, which cost as much as trained ones."""
    import torch

    from engine.models.sam import VIT_B, SamSegmenter, build_sam

    torch.manual_seed(0)
    return SamSegmenter(build_sam(VIT_B), f"{VIT_B.name} (random)", "none", torch.device(device))


def random_hiera_t() -> Segmenter:
    """SAM 2.1 Hiera-T with random weights."""
    import torch

    from engine.models.sam2 import Sam2Segmenter, build_sam2

    torch.manual_seed(0)
    name = "sam2.1_hiera_t"
    return Sam2Segmenter(build_sam2(name), f"{name} (random)", "none", torch.device("cpu"))


def random_mobile_sam() -> Segmenter:
    """MobileSAM with random weights."""
    import torch

    from engine.models.mobile_sam import NAME, build_mobile_sam
    from engine.models.sam import SamSegmenter

    torch.manual_seed(0)
    return SamSegmenter(build_mobile_sam(), f"{NAME} (random)", "none", torch.device("cpu"))


RANDOM = (random_mobile_sam, random_hiera_t, random_vit_b)
