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
import torch

from benchmarks.layers import SCENE, mosaic, scenes_of
from benchmarks.machine import facts
from benchmarks.table import Table, rounded
from engine.models.base import Segmenter
from engine.models.precision import HALF, SINGLE, computes_bf16
from engine.models.registry import load
from engine.stages.predict import TilePrompt, predict

TITLE = "Models: one tile, one click"
ABOUT = (
    "`encode` embeds one tile of the model's own size; `click` answers one click on it, with the choice "
    "among three masks, by the code that segmentation uses; `batch` is the time a prompt when 32 are "
    "asked together. Medians; the models take turns. `bf16` embeds in half precision, as `--precision auto` "
    "does on processors that compute it. All but nano have random weights, which cost as much as trained "
    "ones; their tile covers four times the area."
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
    precisions = (SINGLE, HALF) if computes_bf16(torch.device("cpu")) else (SINGLE,)
    ours = [_Subject(load(options.model, "cpu", None, name), options.repeats) for name in precisions]
    others = [_Subject(build(), options.sam_repeats) for build in RANDOM] if options.sam_repeats else []
    rows = _measured(ours + others)
    notes = _notes(rows, len(ours))
    if len(ours) > 1:
        notes.append(_half_note(ours, options.repeats))
    settings = {"repeats": options.repeats, "sam_repeats": options.sam_repeats}
    return Table("models", TITLE, ABOUT, rows, notes, settings, machine)


def _notes(rows: Sequence[dict[str, Any]], own: int) -> list[str]:
    """Targets, reached or not by the last of our ``own`` rows, and how the other models compare."""
    ours = rows[own - 1]
    notes = [
        f"Targets on 2 cores: encode {ENCODE_MS} ms, measured {ours['encode ms']:.0f}; "
        f"click {CLICK_MS} ms, measured {ours['click ms']:.0f}."
    ]
    if len(rows) > own:
        whole = {row["model"]: row["encode ms"] + row["click ms"] for row in rows}
        slowest = max(whole, key=lambda name: whole[name])
        shares = ", ".join(
            f"{name} {rounded(value / whole[slowest])}" for name, value in whole.items() if name != slowest
        )
        notes.append(f"A tile of its own and one click on it, as a share of the time of {slowest}: {shares}.")
    return notes


def _half_note(subjects: Sequence[_Subject], repeats: int) -> str:
    """How much processor time half precision saves; both take turns."""
    shares = {}
    for work in ("encode", "click", "batch"):
        works = [getattr(subject, work) for subject in subjects]
        single, half = medians_ms(works, [repeats] * len(works), time.process_time)
        shares[work] = single / half
    told = ", ".join(f"{work} {rounded(share)}" for work, share in shares.items())
    return f"Processor time in fp32, as a multiple of that in bf16: {told}."


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

    @property
    def label(self) -> str:
        half = self.model.precision == HALF
        return f"{self.model.name}, {HALF}" if half else self.model.name

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
    encode = medians_ms([subject.encode for subject in subjects], rounds)
    click = medians_ms([subject.click for subject in subjects], rounds)
    batch = medians_ms([subject.batch for subject in subjects], [max(1, count // 3) for count in rounds])
    return [
        {
            "model": subject.label,
            "tile px": subject.model.image_size,
            "encode ms": rounded(encode[number]),
            "click ms": rounded(click[number]),
            "batch ms": rounded(batch[number] / len(subject.asked_together)),
        }
        for number, subject in enumerate(subjects)
    ]


def medians_ms(
    works: Sequence[Callable[[], object]],
    rounds: Sequence[int],
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Median time of each piece of work, done as often as ``rounds`` says, one after the other in turn."""
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(max(rounds)):
        for number, work in enumerate(works):
            if turn < rounds[number]:
                start = clock()
                work()
                taken[number].append(clock() - start)
    return [1000 * statistics.median(times) for times in taken]


def random_vit_b(device: str = "cpu") -> Segmenter:
    """SAM ViT-B with random weights, which cost as much as trained ones."""
    from engine.models.sam import VIT_B, SamSegmenter, build_sam

    torch.manual_seed(0)
    return SamSegmenter(build_sam(VIT_B), f"{VIT_B.name} (random)", "none", torch.device(device))


def random_hiera_t() -> Segmenter:
    """SAM 2.1 Hiera-T with random weights."""
    from engine.models.sam2 import Sam2Segmenter, build_sam2

    torch.manual_seed(0)
    name = "sam2.1_hiera_t"
    return Sam2Segmenter(build_sam2(name), f"{name} (random)", "none", torch.device("cpu"))


def random_mobile_sam() -> Segmenter:
    """MobileSAM with random weights."""
    from engine.models.mobile_sam import NAME, build_mobile_sam
    from engine.models.sam import SamSegmenter

    torch.manual_seed(0)
    return SamSegmenter(build_mobile_sam(), f"{NAME} (random)", "none", torch.device("cpu"))


RANDOM = (random_mobile_sam, random_hiera_t, random_vit_b)
