"""``python -m engine.selftest``: whether this environment works: imports, the device, one prediction."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.cli import about
from engine.console import Parser, Reporter, program, run_command
from engine.errors import EngineError, ModelError

if TYPE_CHECKING:
    from engine.models.base import Segmenter

IMPORTED = ("torch", "rasterio", "geopandas", "pyogrio", "shapely", "pyproj", "peft", "sam2")
SIDE, OBJECT = 512, (180, 200, 330, 310)
"""A grey picture with a bright rectangle (x0, y0, x1, y1) on it, in pixels."""
MIN_AGREEING = 0.5
"""Least IoU with the rectangle that shows that the model works."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog=program("selftest"), description=about("selftest"))
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
    parser.add_argument("--json", action="store_true", help="print one JSON line per event")
    options = parser.parse_args(argv)
    return run_command(lambda reporter: check(options, reporter), Reporter("selftest", as_json=options.json))


def check(options: argparse.Namespace, reporter: Reporter) -> None:
    """Import everything, multiply on the device, segment a rectangle.

    Raises:
        EngineError: one of these does not work.
    """
    for name in IMPORTED:
        _imported(name)
        reporter.event("imported", package=name)
    import torch

    from engine.models import registry
    from engine.models.device import resolve_device

    device = resolve_device(options.device)
    try:
        total = float((torch.ones(64, 64, device=device) @ torch.ones(64, 64, device=device)).sum())
    except RuntimeError as error:
        raise ModelError(f"{device} is there but cannot compute: {str(error).splitlines()[0]}") from error
    if total != 64**3:
        raise ModelError(f"{device} computes wrongly: {total} in place of {64**3}")
    reporter.event("device", f"{device} computes", device=str(device))
    started = time.monotonic()
    iou = agreement(registry.load("nano", str(device)))
    if iou < MIN_AGREEING:
        raise EngineError(f"nano finds a rectangle with IoU {iou:.2f} only; the installation is damaged")
    seconds = round(time.monotonic() - started, 2)
    reporter.event(
        "done", f"works on {device}, torch {torch.__version__}", device=str(device), seconds=seconds
    )


def agreement(model: Segmenter) -> float:
    """IoU of the model's mask with a rectangle that was clicked, in [0, 1]."""
    from engine.stages.predict import TilePrompt, predict

    x0, y0, x1, y1 = OBJECT
    image = np.random.default_rng(0).normal(90, 4, (SIDE, SIDE, 3)).clip(0, 255).astype(np.uint8)
    image[y0:y1, x0:x1] = 200
    click = TilePrompt(np.array([[(x0 + x1) / 2, (y0 + y1) / 2]]), np.ones(1, np.int64))
    answer = predict(model, model.encode(image), [click], batch=1)
    mask = answer.logits[0] > 0
    cells = np.arange(mask.shape[0]) * SIDE / mask.shape[0]
    wanted = ((cells >= y0) & (cells < y1))[:, None] & ((cells >= x0) & (cells < x1))[None]
    return float((mask & wanted).sum() / max((mask | wanted).sum(), 1))


def _imported(name: str) -> None:
    try:
        importlib.import_module(name)
    except ImportError as error:
        raise EngineError(f"{name} cannot be imported: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
