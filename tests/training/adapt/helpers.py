"""A small network and painted tiles that the tests of adaptation share."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import train
from engine.grid import Tile
from engine.models.base import Embedding, Segmenter
from engine.models.lora import LoraSpec
from engine.models.nano import NanoSegmenter, save_nano
from engine.reading.points import Prompt
from engine.stages.pipeline import Job
from engine.stages.predict import TilePrompt
from tests.engine.model_helpers import CPU
from tests.engine.nano_helpers import tiny_net
from training.adapt.options import PRESETS, AdaptOptions
from training.adapt.samples import Sample, TrainingTile
from training.benchmark.protocols import ArrayReader
from training.patch import Patch
from training.scenes import SceneFiles

SIDE = 256
BOXES = ((40, 40, 100, 90), (150, 60, 200, 140), (60, 170, 130, 230))
"""x0, y0, x1, y1 of the painted objects."""
AGREEING = 1
"""A seed whose random weights answer a tile and the tile turned over alike, so that a vote has a result."""
QUICK = ("--rank", "2", "--targets", "qkv", "--threads", "1", "--device", "cpu")
DEFAULT: AdaptOptions = PRESETS["default"]
SMALL = replace(DEFAULT, lora=LoraSpec(2, None, ("qkv",)), rate=1e-2, ema_decay=0.5)


def tiny_segmenter(seed: int = AGREEING) -> NanoSegmenter:
    return NanoSegmenter(tiny_net(seed), "tiny", "0" * 64, CPU)


def tiny_file(folder: Path) -> Path:
    """A checkpoint of the small network, to be loaded by path."""
    net = tiny_net(AGREEING)
    save_nano(net, net.state_dict(), folder / "tiny.safetensors", {})
    return folder / "tiny.safetensors"


def painted() -> tuple[np.ndarray, tuple[Patch, ...]]:
    """(256, 256, 3) uint8 with bright rectangles on noise, and their masks."""
    image = np.random.default_rng(0).integers(40, 80, (SIDE, SIDE, 3), dtype=np.uint8)
    patches = []
    for x0, y0, x1, y1 in BOXES:
        image[y0:y1, x0:x1] = (200, 90, 60)
        patches.append(Patch(x0, y0, np.ones((y1 - y0, x1 - x0), bool)))
    return image, tuple(patches)


def checkered() -> tuple[np.ndarray, list[tuple[int, int]]]:
    """(256, 256, 3) uint8 with 25 squares of 36 pixels on noise, and the corners of the 13 red ones."""
    image = np.random.default_rng(0).integers(40, 80, (SIDE, SIDE, 3), dtype=np.uint8)
    red = []
    for number in range(25):
        x, y = 6 + 48 * (number % 5), 6 + 48 * (number // 5)
        image[y : y + 36, x : x + 36] = (60, 90, 200) if number % 2 else (200, 90, 60)
        red += [] if number % 2 else [(x, y)]
    return image, red


def prompts() -> tuple[Prompt, ...]:
    """One click in each painted object."""
    return tuple(
        Prompt(number + 1, np.array([[(x0 + x1) / 2, (y0 + y1) / 2]]), np.ones(1, np.int64))
        for number, (x0, y0, x1, y1) in enumerate(BOXES)
    )


def place(truth: bool = False) -> TrainingTile:
    image, patches = painted()
    job = Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), prompts())
    return TrainingTile(ArrayReader(image), job, patches if truth else None)


def sample(truth: bool = True) -> Sample:
    return place(truth).read(SIDE // 4)


def click(x: float, y: float, *negatives: tuple[float, float]) -> TilePrompt:
    labels = np.array([1] + [0] * len(negatives))
    return TilePrompt(np.array([(x, y), *negatives], float), labels)


def arguments(scene: SceneFiles, tiny: Path, out: Path, *more: str) -> list[str]:
    """Of ``engine.train``, for a short run."""
    files = ["--raster", str(scene.raster), "--points", str(scene.points), "--out", str(out)]
    # The scene's objects are of several classes.
    return [*files, "--model", str(tiny), *QUICK, "--together", *more]


def card_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "card.json").read_text()))


def refused(capsys: pytest.CaptureFixture[str], *asked: str) -> str:
    capsys.readouterr()
    try:
        code = train.main(list(asked))
    except SystemExit as left:
        code = int(left.code or 0)
    assert code == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith(("train:", "python -m"))]
    assert len(said) == 1
    return said[0]


def images_asked(model: Segmenter) -> list[np.ndarray]:
    """A list that gets every image that the model is asked to embed from now on."""
    asked: list[np.ndarray] = []
    encode = model.encode

    def noting(image: np.ndarray) -> Embedding:
        asked.append(image)
        return encode(image)

    model.encode = noting  # type: ignore[method-assign]
    return asked
