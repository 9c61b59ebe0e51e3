"""One adaptation over files: points and rasters in, an adapter with its verdict and report out."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import OutputError
from engine.merged import is_adapted
from engine.models.lora import CARD_FILE, PARTIAL, module_of, save_adapter
from engine.reading.points import PromptSet
from engine.segmentation import VERSIONED, package_version
from training.adapt.adapter_folder import folder_for
from training.adapt.compute import Compute, checkpoint_blocks
from training.adapt.evaluation import Evaluation, Evaluator
from training.adapt.options import AdaptOptions
from training.adapt.report import write_report
from training.adapt.running import explain_out_of_memory, fit
from training.adapt.samples import TrainingTile
from training.adapt.sources import TrainingRaster, TrainRequest, object_count, open_sources, training_tiles
from training.adapt.trainer import Adaptation

if TYPE_CHECKING:
    from engine.models.base import Segmenter
    from engine.report import Reporter

WORK = ".run"
"""Folder inside the adapter's that holds what is needed to go on; gone when the run is done."""
CHECKPOINT = "checkpoint.pt"
DEFAULT_EPOCHS, MIN_STEPS, MAX_STEPS = 4, 80, 600
"""Length of a run for which neither epochs nor minutes are given."""
STATUS = {"better": "accepted", "no evidence": "unproven", "worse": "rejected"}


@dataclass(frozen=True, eq=False)
class AdaptResult:
    """What a run ended with: the card that lies beside the adapter, where, and what it was judged by.

    The folder is the one that was asked for, unless the adapter is rejected and a sound one lies there.
    Of several processes the first alone has the card and the evaluation.
    """

    out: Path
    card: Mapping[str, Any]
    evaluation: Evaluation | None = None


def adapt(
    request: TrainRequest,
    options: AdaptOptions,
    load_model: Callable[[], Segmenter],
    reporter: Reporter,
    *,
    command: str,
    resume: bool = False,
    overwrite: bool = False,
    precision: str = "auto",
    checkpointing: str = "auto",
) -> AdaptResult:
    """Adapt a model to points, judge the result, and write it.

    Raises:
        EngineError: a file or option cannot be used, the loss diverged, or the disk refused.
    """
    if int(os.environ.get("RANK", "0")) == 0:
        check_out(request.out, resume, overwrite)
    with ExitStack() as stack:
        sources = open_sources(request, stack, reporter)
        model = load_model()
        compute = Compute(model.device, precision)  # type: ignore[attr-defined]  # every model of ours has one
        if (warning := compute.warning()) is not None:
            reporter.event("note", f"note: {warning}")
        checkpoint_blocks(module_of(model), checkpointing)
        tiles = training_tiles(sources, model.for_training().image_size, reporter)  # type: ignore[attr-defined]
        identity = _identity(request, options, sources, model, compute)
        stack.enter_context(explain_out_of_memory())
        run = _prepared(request, options, model, tiles, compute, identity, resume, reporter)
        evaluator = Evaluator(
            model,
            [(s.raster, s.held_out, s.learned) for s in sources],
            request.reference,
            request.seed,
            request.reference_layer,
            best_of_three=not is_adapted(request.model, None),
        )
        before = evaluator.measure(run.student, "frozen") if compute.rank == 0 else None
        notes = fit(run, request.out / WORK / CHECKPOINT, identity, reporter)
        if compute.rank or before is None:
            return AdaptResult(request.out, {})
        after = evaluator.measure(run.student, options.final)
        evaluation = evaluator.compare(before, after)
        card = _card(request, options, sources, model, run, evaluation, command) | {"notes": notes}
        folder = folder_for(request.out, card["status"])
        if folder != request.out:
            text = f"note: {request.out} keeps its adapter, for the new one is worse than none"
            reporter.event("note", text)
        with run.student.using(options.final):
            save_adapter(model, folder, card)
        write_report(folder, card, run.logs, evaluation, [source.raster for source in sources])
        shutil.rmtree(request.out / WORK, ignore_errors=True)
        return AdaptResult(folder, card, evaluation)


def check_out(out: Path, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that cannot take the adapter, before any work is done for it.

    Raises:
        OutputError: it holds a finished adapter or an unfinished run, or cannot be written.
    """
    checkpoint = out / WORK / CHECKPOINT
    try:
        unfinished, finished = checkpoint.exists(), (out / CARD_FILE).exists()
        other = out.is_dir() and any(path.name not in (WORK, PARTIAL) for path in out.iterdir())
    except OSError as error:
        raise OutputError(f"{out}: the folder cannot be looked into ({error.strerror})") from error
    if resume and not unfinished:
        raise OutputError(f"{out}: no unfinished run to go on with; start one without --resume")
    if not resume and not overwrite:
        if unfinished:
            raise OutputError(f"{out}: an unfinished run is there; go on with --resume, or use --overwrite")
        if finished:
            raise OutputError(f"{out}: an adapter is there already; choose another --out, or --overwrite")
        if other:
            raise OutputError(f"{out}: the folder is not empty; choose another --out")
    try:
        if not resume:
            shutil.rmtree(out / WORK, ignore_errors=True)
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: the folder cannot be written ({error.strerror})") from error


def _prepared(
    request: TrainRequest,
    options: AdaptOptions,
    model: Segmenter,
    tiles: Sequence[TrainingTile],
    compute: Compute,
    identity: Mapping[str, Any],
    resume: bool,
    reporter: Reporter,
) -> Adaptation:
    """The run with its length: from the checkpoint, or from epochs, minutes, and a timed step."""
    # Its length is not known before a step is timed; until then, every tile counts.
    run = Adaptation(model, tiles, options, len(tiles), request.seed, compute)
    if resume:
        run.resume(request.out / WORK / CHECKPOINT, identity)
        reporter.event(
            "resume", f"going on at step {run.step} of {run.total}", step=run.step, total=run.total
        )
        return run
    seconds = run.time_step()
    run.total = compute.agreed(_steps(request, len(tiles), seconds, compute.world))
    text = (
        f"about {_duration(seconds * run.total)} to learn: {run.total} steps on {len(tiles)} tiles, "
        f"{seconds:.2g} s each; then and now the held-out objects are looked at"
    )
    reporter.event("estimate", text, steps=run.total, tiles=len(tiles), seconds=round(seconds * run.total, 1))
    return run


def _steps(request: TrainRequest, tiles: int, seconds: float, world: int) -> int:
    if request.minutes is not None:
        return max(1, int(request.minutes * 60 / seconds))
    per_epoch = -(-tiles // world)
    if request.epochs is not None:
        return max(1, round(request.epochs * per_epoch))
    return min(max(MIN_STEPS, DEFAULT_EPOCHS * per_epoch), MAX_STEPS)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _identity(
    request: TrainRequest,
    options: AdaptOptions,
    sources: Sequence[TrainingRaster],
    model: Segmenter,
    compute: Compute,
) -> dict[str, Any]:
    """What a run and its continuation have in common."""
    parts = {
        "model": model.sha256,
        "options": options.to_dict(),
        "seed": request.seed,
        "clicks-holdout": request.holdout,
        "epochs": request.epochs,
        "minutes": request.minutes,
        "raster": [source.raster.fingerprint() for source in sources],
        "bands": [source.raster.describe() for source in sources],
        "points": [_fingerprint(source.learned) for source in sources],
        "choice of held-out objects": [[p.prompt_id for p in source.held_out.prompts] for source in sources],
        "precision": compute.name,
        "number of processes": compute.world,
    }
    plain: dict[str, Any] = json.loads(json.dumps(parts))
    return plain


def _fingerprint(prompts: PromptSet) -> list[list[Any]]:
    return [
        [p.prompt_id, *p.xy.ravel().round(3).tolist(), *p.labels.tolist(), str(p.attributes.get("class"))]
        for p in prompts.prompts
    ]


def _card(
    request: TrainRequest,
    options: AdaptOptions,
    sources: Sequence[TrainingRaster],
    model: Segmenter,
    run: Adaptation,
    evaluation: Evaluation,
    command: str,
) -> dict[str, Any]:
    """What the adapter is, on what it was trained, and what it is worth."""
    rasters = [
        {
            "file": Path(source.raster.path).name,
            "reading": source.raster.describe(),
            "metres_per_pixel": source.raster.grid.metres_per_pixel(),
            "crs": source.raster.grid.crs_wkt and source.raster.grid.crs.to_string(),  # type: ignore[union-attr]
            "extent": _extent(source),
        }
        for source in sources
    ]
    clicks = {p.prompt_id: len(p.labels) for source in sources for p in source.learned.prompts}
    card = {
        "base": model.name,
        "model": request.model,
        "base_sha256": model.sha256,
        "status": STATUS[evaluation.verdict.word],
        "verdict": evaluation.to_dict(),
        "rasters": rasters,
        "objects": {
            "learned": object_count(source.learned for source in sources),
            "held_out": object_count(source.held_out for source in sources),
            "clicks": sum(clicks.values()),
        },
        "options": options.to_dict(),
        "steps": run.step,
        "seconds": round(run.seconds, 1),
        "seed": request.seed,
        "command": command,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: package_version(name) for name in ("resam", "peft", *VERSIONED)}
        | {"python": platform.python_version()},
    }
    plain: dict[str, Any] = json.loads(json.dumps(card))
    return plain


def _extent(source: TrainingRaster) -> list[float]:
    grid = source.raster.grid
    corners = grid.to_world([(0, 0), (grid.width, 0), (0, grid.height), (grid.width, grid.height)])
    return [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]
