"""The demo's second half: the model adapted to the clicks of a radar scene, measured on held-out objects."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from engine.console import Reporter
from training.adapt.adapter_folder import CHANGES, PAGE
from training.adapt.options import PRESETS, RunOptions
from training.adapt.recipe import AdaptResult, adapt
from training.adapt.sources import TrainRequest

if TYPE_CHECKING:
    from engine.models.base import Segmenter
    from training.scenes import SceneFiles

HOLDOUT = 0.5
"""More than `train` holds out by itself: the demo is there to show what adapting does; few prove little."""
EPOCHS = 2.0
FOLDER = "adapter"


def adapt_scene(
    files: SceneFiles, folder: Path, load_model: Callable[[], Segmenter], reporter: Reporter, seed: int
) -> AdaptResult:
    """Adapt to the clicks of a scene and write the adapter and its report."""
    request = TrainRequest(
        rasters=(str(files.raster),),
        points=files.points,
        out=folder / FOLDER,
        reference=files.objects,
        holdout=HOLDOUT,
        epochs=EPOCHS,
        seed=seed,
    )
    run_options = RunOptions(command(folder, files, seed), overwrite=True)
    return adapt(request, PRESETS["default"], run_options, load_model, reporter)


def command(folder: Path, files: SceneFiles, seed: int) -> str:
    """The command line that does the same by itself."""
    words = [
        "resam",
        "train",
        "--raster",
        files.raster,
        "--points",
        files.points,
        "--reference",
        files.objects,
    ]
    words += [
        "--together",
        "--clicks-holdout",
        HOLDOUT,
        "--epochs",
        EPOCHS,
        "--seed",
        seed,
        "--out",
        folder / FOLDER,
    ]
    return shlex.join(map(str, words))


def summary_of(outcome: AdaptResult) -> dict[str, Any]:
    """What the demo's page shows of the adaptation; see ``templates/demo.html``."""
    changes = None
    if (outcome.out / CHANGES).exists():
        with Image.open(outcome.out / CHANGES) as picture:
            changes = picture.convert("RGB")
    page = outcome.out / PAGE
    return {"card": outcome.card, "sentence": sentence(outcome.card), "changes": changes, "page": page}


def sentence(card: Mapping[str, Any]) -> str:
    """The verdict in words and numbers."""
    verdict = card["verdict"]
    low, high = verdict["low"], verdict["high"]
    # Of a small scene few objects are held out, and the clicks may have the last word.
    interval = "" if low is None else f", 95 % interval {low:+.3f} to {high:+.3f}"
    return (
        f"mean {verdict['measure']} {verdict['before']:.3f} -> {verdict['after']:.3f} "
        f"({verdict['after'] - verdict['before']:+.3f}{interval}): {verdict['word']}"
    )
