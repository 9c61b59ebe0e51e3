"""One adaptation over files: set up, fit, evaluate, save. Points and rasters in, an adapter out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.adapt.adapter_folder import KEPT, WORK, checkpoint_of, claimed, save_in
from training.adapt.card import card_of, card_of_diverged
from training.adapt.checkpoint import identity_of
from training.adapt.compute import Compute, checkpoint_blocks, explain_out_of_memory
from training.adapt.evaluation import Evaluation, Evaluator
from training.adapt.options import AdaptOptions, RunOptions
from training.adapt.report import write_report
from training.adapt.samples import TrainingTile
from training.adapt.sources import TrainingRaster, TrainRequest, open_sources, training_tiles
from training.adapt.trainer import Adaptation, Diverged, fit

if TYPE_CHECKING:
    from engine.console import Reporter
    from engine.models.base import Segmenter

DEFAULT_EPOCHS, MIN_STEPS, MAX_STEPS = 4, 80, 600
"""Length of a run for which neither epochs nor minutes are given."""


@dataclass(frozen=True, eq=False)
class AdaptResult:
    """What a run ended with.

    Attributes:
        out: the folder of the adapter. It is the one that was asked for, unless the adapter is rejected and a
            sound one lies there.
        card: as it lies beside the adapter.
        evaluation: what the verdict rests on. Of several processes the first alone has it and the card.
    """

    out: Path
    card: Mapping[str, Any]
    evaluation: Evaluation | None = None


@dataclass(frozen=True, eq=False)
class SetUp:
    """A run that is ready to start.

    Attributes:
        sources: the open rasters with their clicks.
        run: the network with its adapter, and the steps to do.
        evaluator: measures the held-out objects.
        identity: what a run that continues this one must have in common with it.
    """

    sources: Sequence[TrainingRaster]
    run: Adaptation
    evaluator: Evaluator
    identity: Mapping[str, Any]


def adapt(
    request: TrainRequest,
    options: AdaptOptions,
    run_options: RunOptions,
    load_model: Callable[[], Segmenter],
    reporter: Reporter,
) -> AdaptResult:
    """Adapt a model to points, evaluate the result, and save it.

    Raises:
        EngineError: a file or option cannot be used, the loss diverged, or the disk refused.
    """
    first = int(os.environ.get("RANK", "0")) == 0
    with ExitStack() as stack, explain_out_of_memory():
        if first:
            stack.enter_context(claimed(request.out, run_options.resume, run_options.overwrite))
        ready = set_up(request, options, run_options, load_model, stack, reporter)
        run, evaluator = ready.run, ready.evaluator
        before = evaluator.measure(run.student, "frozen") if first else None
        notes = train(run, request.out, ready.identity, reporter)
        if before is None:
            return AdaptResult(request.out, {})
        after = evaluator.measure(run.student, options.final)
        evaluation = evaluator.compare(before, after)
        card = card_of(request, ready.sources, run, evaluation, notes, run_options.command)
        folder = save(request.out, card, ready, evaluation, reporter)
        return AdaptResult(folder, card, evaluation)


def set_up(
    request: TrainRequest,
    options: AdaptOptions,
    run_options: RunOptions,
    load_model: Callable[[], Segmenter],
    stack: ExitStack,
    reporter: Reporter,
) -> SetUp:
    """Open the files, hold objects out, load the model, and start the run or take up its checkpoint."""
    sources = open_sources(request, stack, reporter)
    model = load_model()
    compute = Compute(model.device, run_options.precision)
    if (warning := compute.warning()) is not None:
        reporter.event("note", f"note: {warning}")
    checkpoint_blocks(model.module, run_options.checkpointing)
    tiles = training_tiles(sources, model.for_training().image_size, reporter)
    identity = identity_of(request, options, sources, model, compute)
    # Its length is not known before a step is timed; until then, every tile counts.
    run = Adaptation(model, tiles, options, len(tiles), request.seed, compute)
    if run_options.resume:
        resume(run, checkpoint_of(request.out), identity, reporter)
    else:
        set_length(run, request, tiles, reporter)
    evaluator = Evaluator(
        model,
        [(s.raster, s.held_out, s.neighbours) for s in sources],
        request.truth,
        request.seed,
    )
    return SetUp(sources, run, evaluator, identity)


def resume(run: Adaptation, checkpoint: Path, identity: Mapping[str, Any], reporter: Reporter) -> None:
    """Take up the state and the length of the run that was stopped."""
    run.resume(checkpoint, identity)
    text = f"continuing at step {run.step} of {run.total}"
    reporter.event("resume", text, step=run.step, total=run.total)


def set_length(
    run: Adaptation, request: TrainRequest, tiles: Sequence[TrainingTile], reporter: Reporter
) -> None:
    """Set the number of steps from epochs, or from minutes and a timed step; report how long they take."""
    seconds = run.time_step()
    run.total = run.compute.agreed(step_count(request, len(tiles), seconds, run.compute.world))
    text = (
        f"training takes about {_duration(seconds * run.total)}: {run.total} steps of {seconds:.2g} s "
        f"on {len(tiles)} tiles; before and after it, the held-out objects are measured"
    )
    reporter.event("estimate", text, steps=run.total, tiles=len(tiles), seconds=round(seconds * run.total, 1))


def step_count(request: TrainRequest, tiles: int, seconds: float, world: int) -> int:
    """Steps of a run over a number of tiles.

    Args:
        seconds: that one step takes.
        world: processes that share the tiles.
    """
    if request.minutes is not None:
        return max(1, int(request.minutes * 60 / seconds))
    per_epoch = -(-tiles // world)
    if request.epochs is not None:
        return max(1, round(request.epochs * per_epoch))
    return min(max(MIN_STEPS, DEFAULT_EPOCHS * per_epoch), MAX_STEPS)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def train(run: Adaptation, out: Path, identity: Mapping[str, Any], reporter: Reporter) -> list[str]:
    """As :func:`training.adapt.trainer.fit`; if the loss diverges, save the adapter of the last good step."""
    try:
        return fit(run, checkpoint_of(out), identity, reporter)
    except Diverged:
        if run.compute.rank == 0:
            with run.student.using(run.options.final):
                save_in(out, run.student.model, card_of_diverged(run))
        raise


def save(
    out: Path, card: Mapping[str, Any], ready: SetUp, evaluation: Evaluation, reporter: Reporter
) -> Path:
    """Write adapter, card and report; returns the folder, see :func:`adapter_folder.save_in`."""
    run = ready.run
    with run.student.using(run.options.final):
        folder = save_in(out, run.student.model, card)
    if folder != out:
        reporter.event("note", f"note: {out} {KEPT}")
    write_report(folder, card, run.logs, evaluation, [source.raster for source in ready.sources])
    shutil.rmtree(out / WORK, ignore_errors=True)
    return folder
