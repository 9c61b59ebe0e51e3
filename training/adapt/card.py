"""The card of an adapter: what it is, on what it was trained, and how it did on held-out objects."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.versions import VERSIONED, package_version
from training.adapt.sources import TrainingRaster, TrainRequest, object_count

if TYPE_CHECKING:
    from training.adapt.evaluation import Evaluation
    from training.adapt.trainer import Adaptation

STATUS = {"better": "accepted", "no evidence": "unproven", "worse": "rejected"}
"""What the verdict makes of an adapter."""


def card_of(
    request: TrainRequest,
    sources: Sequence[TrainingRaster],
    run: Adaptation,
    evaluation: Evaluation,
    notes: Sequence[str],
    command: str,
) -> dict[str, Any]:
    """The card of a finished run, in plain JSON types.

    Args:
        notes: what a reader must know of the run.
        command: the command line that makes the same adapter again.
    """
    clicks = {p.prompt_id: len(p.labels) for source in sources for p in source.learned.prompts}
    card = {
        "base": run.student.model.name,
        "model": request.model,
        "base_sha256": run.student.model.base_sha256,
        "status": STATUS[evaluation.verdict.word],
        "verdict": evaluation.to_dict(),
        "rasters": [_raster(source) for source in sources],
        "objects": {
            "learned": object_count(source.learned for source in sources),
            "held_out": object_count(source.held_out for source in sources),
            "clicks": sum(clicks.values()),
        },
        "options": run.options.to_dict(),
        "steps": run.step,
        "seconds": round(run.seconds, 1),
        "seed": request.seed,
        "command": command,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: package_version(name) for name in ("resam", "peft", *VERSIONED)}
        | {"python": platform.python_version()},
        "notes": list(notes),
    }
    plain: dict[str, Any] = json.loads(json.dumps(card))
    return plain


def card_of_diverged(run: Adaptation) -> dict[str, Any]:
    """The card of the adapter of the last good step, which nothing was measured with."""
    return {"base_sha256": run.student.model.base_sha256, "status": "diverged", "steps": run.step}


def _raster(source: TrainingRaster) -> dict[str, Any]:
    grid = source.raster.grid
    return {
        "file": Path(source.raster.path).name,
        "reading": source.raster.describe(),
        "metres_per_pixel": grid.metres_per_pixel(),
        "crs": None if grid.crs is None else grid.crs.to_string(),
        "extent": _extent(source),
    }


def _extent(source: TrainingRaster) -> list[float]:
    """West, south, east, north in the raster's CRS."""
    grid = source.raster.grid
    corners = grid.to_world([(0, 0), (grid.width, 0), (0, grid.height), (grid.width, grid.height)])
    return [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]
