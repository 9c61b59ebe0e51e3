"""The demo's second half: the model adapted to the clicks of a radar scene, judged on objects held out."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from engine.report import Reporter
from training import html
from training.adapt.adapter_folder import CHANGES, PAGE
from training.adapt.options import PRESETS, RunOptions
from training.adapt.recipe import AdaptResult, adapt
from training.adapt.sources import TrainRequest

if TYPE_CHECKING:
    from engine.models.base import Segmenter
    from training.scenes import SceneFiles

HOLDOUT = 0.4
EPOCHS = 4.0
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
    words += ["--clicks-holdout", HOLDOUT, "--epochs", EPOCHS, "--seed", seed, "--out", folder / FOLDER]
    return shlex.join(map(str, words))


def sections(outcome: AdaptResult) -> list[str]:
    """The part of the demo's page on adaptation."""
    card = outcome.card
    verdict, objects = card["verdict"], card["objects"]
    changes = outcome.out / CHANGES
    parts = [
        html.heading("Adapted to the clicks of a radar scene"),
        html.paragraph(
            f"A second scene looks as if a radar had taken it from the side; the model never saw such. It "
            f"adapted to {objects['learned']} clicks in {card['seconds']:.0f} s, without any outline, and "
            f"was measured on the other {verdict['n']} objects, with refine, requery and zoom, before and "
            f"after: {sentence(card)}"
        ),
    ]
    if changes.exists():
        with Image.open(changes) as picture:
            parts.append(
                html.figure(picture, "The held-out objects that changed most: before above, after below.")
            )
    parts.append(html.paragraph(f"The adapter's own report: {outcome.out / PAGE}", note=True))
    return parts


def sentence(card: Mapping[str, Any]) -> str:
    """The verdict in words and numbers."""
    verdict = card["verdict"]
    return (
        f"mean IoU {verdict['before']:.3f} -> {verdict['after']:.3f} "
        f"({verdict['after'] - verdict['before']:+.3f}, 95 % interval {verdict['low']:+.3f} to "
        f"{verdict['high']:+.3f}): {verdict['word']}"
    )
