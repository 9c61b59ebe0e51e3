"""The checkpoint of an adaptation: written whole, read with one clear line if it does not fit the run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import ConfigError, ModelError, OutputError
from engine.files import written_whole
from engine.models.base import Segmenter
from engine.reading.attributes import class_of
from engine.reading.points import PromptSet
from training.adapt.compute import Compute
from training.adapt.options import AdaptOptions
from training.adapt.sources import TrainingRaster, TrainRequest
from training.sealed import read_sealed, save_sealed

KEYS = {"identity", "own", "ema", "optimiser", "compute", "seconds"}
"""What a checkpoint holds, among other things."""


def identity_of(
    request: TrainRequest,
    options: AdaptOptions,
    sources: Sequence[TrainingRaster],
    model: Segmenter,
    compute: Compute,
) -> dict[str, Any]:
    """What a run must have in common with the run that it continues, in plain JSON types."""
    parts = {
        "model": model.base_sha256,
        "options": options.to_dict(),
        "seed": request.seed,
        "clicks-holdout": request.holdout,
        "epochs": request.epochs,
        "minutes": request.minutes,
        "raster": [source.raster.fingerprint() for source in sources],
        "bands": [source.raster.describe() for source in sources],
        "points": [fingerprint_of(source.learned) for source in sources],
        "choice of held-out objects": [[p.prompt_id for p in source.held_out.prompts] for source in sources],
        "precision": compute.name,
        "number of processes": compute.world,
    }
    plain: dict[str, Any] = json.loads(json.dumps(parts))
    return plain


def fingerprint_of(prompts: PromptSet) -> list[list[Any]]:
    """What tells these objects from others, in plain JSON types: their clicks and classes."""
    return [
        [p.prompt_id, *p.xy.ravel().round(3).tolist(), *p.labels.tolist(), str(class_of(p.attributes))]
        for p in prompts.prompts
    ]


def write_checkpoint(path: Path, identity: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Write the state of a run in place of an earlier checkpoint.

    Args:
        identity: what a run that continues from it must have in common with this one, in plain JSON types.

    Raises:
        OutputError: it cannot be written; the earlier checkpoint is still there.
    """
    try:
        with written_whole(path) as part:
            save_sealed({"identity": dict(identity), **state}, part)
    except (OSError, RuntimeError) as error:
        # torch reports a full disk as RuntimeError.
        reason = getattr(error, "strerror", None) or "the disk may be full"
        raise OutputError(f"{path}: the checkpoint cannot be written ({reason})") from error


def read_checkpoint(path: Path, identity: Mapping[str, Any]) -> dict[str, Any]:
    """The state that :func:`write_checkpoint` wrote.

    Raises:
        ModelError: the file is no checkpoint, or not what was written.
        ConfigError: it is of a run with other options or data.
    """
    try:
        state = read_sealed(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not isinstance(state, dict) or not state.keys() >= KEYS:
        raise ModelError(f"{path}: not a checkpoint of an adaptation; start anew without --resume")
    differing = sorted(key for key in identity if state["identity"].get(key) != identity[key])
    if differing:
        raise ConfigError(
            f"{path}: the run there was started with another {', '.join(differing)}; "
            "use the same, or start anew without --resume"
        )
    return state
