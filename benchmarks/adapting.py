"""What a step of adaptation costs beside one that encodes its weak view twice, and how long layers take."""

from __future__ import annotations

import math
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.layers import SCENE, mosaic, scenes_of
from benchmarks.machine import facts, use_threads
from benchmarks.models import random_vit_b
from benchmarks.table import Table, rounded
from engine.models.base import Embedding, Segmenter
from engine.models.lora import save_adapter
from engine.models.precision import HALF, SINGLE, computes_bf16
from engine.models.registry import load
from engine.reading.points import Prompt
from training.adapt.compute import Compute, checkpoint_blocks
from training.adapt.options import PRESETS, AdaptOptions
from training.adapt.recipe import DEFAULT_EPOCHS, MAX_STEPS, MIN_STEPS
from training.adapt.samples import TrainingTile, tiles_of, whole_image
from training.adapt.trainer import Adaptation
from training.benchmark.protocols import ArrayReader
from training.memory import Memory

TITLE = "Adapting: one step, and whole layers"
ABOUT = (
    "`step` is the method's step, two encoder passes: one weak view, which refine and requery share, and one "
    "strong view with gradient. `three passes` encodes the weak view anew for the requery, as the reference "
    "code does. `peak` is the highest memory of the process beyond that with the model loaded. SAM ViT-B has "
    "random weights, computes its blocks again in the backward pass, and has preset `paper` (rank 4 on qkv); "
    "nano has preset `default`. One tile, four objects; the mean of the steps. 20, 100 and 500 clicks: the "
    "steps that nano takes for layers of so many, two a tile, as many as `train` chooses, without the two "
    "looks at the held-out objects; for ViT-B the time is that of a step by that number."
)
OBJECTS = 4
CLICKS_PER_TILE = 2
LAYERS = (20, 100, 500)
ARMS = (SINGLE, HALF)


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("adapting")
    group.add_argument("--steps", type=int, default=6, help="steps timed with nano (default: 6)")
    group.add_argument(
        "--adapted", type=int, nargs="*", default=LAYERS, help="clicks of the layers that nano adapts to"
    )
    group.add_argument("--vit-steps", type=int, default=1, help="the same for ViT-B; 0 leaves it out")


def run(options: Namespace) -> Table:
    """Measure the embedded model, then ViT-B, each in a process of its own: memory freed is memory kept."""
    machine = facts(options.threads)
    wanted = [(options.model, options.steps)]
    if options.vit_steps:
        wanted.append((None, options.vit_steps))
    rows = []
    for name, steps in wanted:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            layers = tuple(options.adapted) if name is not None else ()
            rows.append(pool.submit(_alone, name, steps, options.threads, layers).result())
    told = notes(rows)
    if computes_bf16(torch.device("cpu")):
        told.append(_half_note(options.model, options.steps, options.adapted))
    settings = {"steps": options.steps, "vit_steps": options.vit_steps}
    return Table("adapting", TITLE, ABOUT, rows, told, settings, machine)


def _alone(name: str | None, steps: int, threads: int, layers: Sequence[int]) -> dict[str, Any]:
    use_threads(threads)
    return measured(name, steps, layers, recompute=name is None)


def _half_note(name: str, steps: int, layers: Sequence[int]) -> str:
    """Processor time in half precision beside that of three passes in single, arms in turns."""
    thrice, half = (_adaptation(load(name, "cpu", None, p), PRESETS["default"], p, OBJECTS) for p in ARMS)
    trained = thrice.student.model
    trained.encode = _twice(trained.encode)  # type: ignore[method-assign]
    taken = [[run.time_step(1, time.process_time) for run in (thrice, half)] for _ in range(steps)]
    shares = [f"a first look at a view {rounded(float(np.divide(*np.median(taken, axis=0))))}"]
    for clicks in layers:
        seconds = [_adapted(load(name, "cpu", None, p), p, clicks, p == SINGLE) for p in ARMS]
        shares.append(f"{clicks} clicks {rounded(seconds[0] / seconds[1])}")
    return f"Processor time of three passes in fp32, as a multiple of that in bf16: {', '.join(shares)}."


def notes(rows: Sequence[dict[str, Any]]) -> list[str]:
    """How each row's step compares with three passes."""
    return [
        f"{row['model']}: a step takes {row['step s'] / row['three passes s']:.2f} of that with three passes."
        for row in rows
    ]


def measured(
    name: str | None,
    steps: int,
    layers: Sequence[int],
    recompute: bool,
    device: str = "cpu",
    precision: str = "fp32",
) -> dict[str, Any]:
    """A row for a model by name, or for ViT-B with random weights.

    Args:
        layers: clicks of the layers that are adapted to; of the others the time is that of their steps.
        recompute: blocks are computed again in the backward pass.
    """
    model = random_vit_b(device) if name is None else load(name, device, None, precision)
    checkpoint_blocks(model.module, "on" if recompute else "off")
    memory = Memory(device)
    options = PRESETS["paper" if name is None else "default"]
    run = _adaptation(model, options, precision, OBJECTS)
    memory.reset()
    once = run.time_step(steps)
    peak = memory.peak()
    trained = run.student.model
    plain = trained.encode
    trained.encode = _twice(plain)  # type: ignore[method-assign]
    memory.reset()
    again = run.time_step(steps)
    peak_again = memory.peak()
    trained.encode = plain  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        save_adapter(model, Path(folder) / "a", {"base_sha256": model.sha256})
        size = (Path(folder) / "a" / "adapter_model.safetensors").stat().st_size
    row = {
        "model": model.name,
        "step s": rounded(once),
        "three passes s": rounded(again),
        "peak MiB": rounded(peak),
        "three passes peak MiB": rounded(peak_again),
        "adapter MB": rounded(size / 1e6),
    }
    for count in LAYERS:
        if count not in layers:
            row[f"{count} clicks s"] = rounded(once * _steps(count))
    for count in layers:
        row[f"{count} clicks s"] = rounded(
            _adapted(load(str(name), device, None, precision), precision, count)
        )
    return row


def _adapted(model: Segmenter, precision: str, clicks: int, thrice: bool | None = None) -> float:
    """Seconds that the steps of ``train`` take on a layer of ``count`` clicks, two a tile.

    Args:
        thrice: with three passes and nothing kept, or not; both in processor time. None takes wall time.
    """
    run = _adaptation(model, PRESETS["default"], precision, CLICKS_PER_TILE, -(-clicks // CLICKS_PER_TILE))
    run.total = _steps(clicks)
    clock = time.monotonic if thrice is None else time.process_time
    if thrice:
        run._lessons = None
        trained = run.student.model
        trained.encode = _twice(trained.encode)  # type: ignore[method-assign]
    started = clock()
    run.run()
    return clock() - started


def _twice(encode: Callable[[np.ndarray], Embedding]) -> Callable[[np.ndarray], Embedding]:
    def two_times(image: np.ndarray) -> Embedding:
        encode(image)
        return encode(image)

    return two_times


def _steps(clicks: int) -> int:
    """What ``train`` would choose for a layer of ``count`` clicks."""
    return min(max(MIN_STEPS, DEFAULT_EPOCHS * clicks // CLICKS_PER_TILE), MAX_STEPS)


def _adaptation(
    model: Segmenter, options: AdaptOptions, precision: str, objects: int, tiles: int = 1
) -> Adaptation:
    side = model.for_training().image_size  # type: ignore[attr-defined]  # every model of ours has one
    scene = mosaic(scenes_of(("vehicles", "roofs"), math.ceil(side / SCENE) ** 2, objects, 100, seed=3))
    reader = ArrayReader(np.ascontiguousarray(scene.image[:side, :side]))
    rng = np.random.default_rng(0)
    found: list[TrainingTile] = []
    for _ in range(tiles):
        prompts = tuple(
            Prompt(number + 1, rng.uniform(side * 0.2, side * 0.8, (1, 2)), np.ones(1, np.int64))
            for number in range(objects)
        )
        found += tiles_of(reader, whole_image((side, side), prompts, side))
    compute = Compute(model.device, precision)  # type: ignore[attr-defined]  # every model of ours has one
    return Adaptation(model, found, options, 1, 0, compute)
