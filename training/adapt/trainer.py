"""The loop around the step: order of tiles, schedule, averages, checkpoints; the same after a kill."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from engine.console import Reporter
from engine.errors import ModelError
from engine.models.base import Segmenter
from training import schedule
from training.adapt import ssa
from training.adapt.checkpoint import read_checkpoint, write_checkpoint
from training.adapt.compute import Compute
from training.adapt.lessons import Lessons
from training.adapt.options import AdaptOptions
from training.adapt.prototypes import EVERY, Memory
from training.adapt.samples import TrainingTile
from training.adapt.size_prior import with_size_priors
from training.adapt.step import Log, StepResult, adapt_step
from training.adapt.student import Student

WARM_UP_SHARE = 0.2
"""The warm-up takes at most this share of all steps."""
EXPLODED = 1e4
"""A loss beyond this is as good as none."""
DRIFT, DRIFT_STEPS = 4.0, 20
"""A run stops early when targets differ by this factor from the clicks' own masks for this many steps."""
MOST_SHARE = 0.7
"""It also stops when targets fill more of their tiles than this."""
SAVE_SECONDS = 20.0
"""Time between two checkpoints."""
NOTHING_LEARNED = (
    "nothing was learned: at none of the clicks did the model find a mask to learn from. "
    "Look at what it makes of them without an adapter"
)


class Diverged(ModelError):
    """The loss is no number any more, or has exploded."""


def learned_from(logs: Sequence[Log]) -> bool:
    """Whether any step of a run found something to learn from."""
    return any("loss" in log for log in logs)


def learning_rate(step: int, total: int, options: AdaptOptions) -> float:
    """Linear warm-up, then ×1, ×0.1, ×0.01 after the milestones."""
    warming = schedule.warm_up(step, max(1, min(options.warm_up, round(total * WARM_UP_SHARE))))
    return options.rate * warming * schedule.step_decay(step, total, options.milestones)


def order(seed: int, epoch: int, count: int) -> np.ndarray:
    """(count,) in which order an epoch visits the tiles."""
    return np.random.default_rng((seed, 1, epoch)).permutation(count)


class Adaptation:
    """An adaptation under way. Every step is a function of the seed, its number, and the state before it.

    Attributes:
        student: the network with its adapter.
        step: steps done.
        compute: precision, and the processes that share the run.
        logs: what each step reported, with its number.
        seconds: that the steps took so far, before a stop too; for whoever runs it to count.
    """

    def __init__(
        self,
        model: Segmenter,
        tiles: Sequence[TrainingTile],
        options: AdaptOptions,
        total: int,
        seed: int,
        compute: Compute | None = None,
        stop_on_drift: bool = True,
    ) -> None:
        """
        Args:
            tiles: each process of a run that has several visits its share of them.
            total: steps of the whole run.
            stop_on_drift: False continues where targets drift away, as comparisons at equal steps need.
        """
        self.student = Student(model, options.lora, seed, options.comparator)
        if options.teacher.size_prior:
            visited = sorted({int(index) for index in order(seed, 0, len(tiles))[: max(total, 1)]})
            with self.student.using("frozen") as frozen:
                tiles = with_size_priors(frozen, tiles, visited)
        self.options, self.total, self.seed = options, total, seed
        self.stop_on_drift = stop_on_drift
        self.step = 0
        self.logs: list[Log] = []
        self.seconds = 0.0
        self._good: tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]] | None = None
        self._tiles = tiles
        self.compute = compute or Compute(self.student.model.device)
        self._memory = Memory(ssa.Queue(options.queue))
        self._lessons: Lessons | None = Lessons(options.teacher)
        self._optimiser = torch.optim.Adam(
            self.student.parameters, lr=options.rate, weight_decay=options.decay
        )

    def run(self, after: Callable[[Log], None] = lambda log: None) -> None:
        """Run to the last step; ``after`` receives what each step reported.

        Raises:
            Diverged: the loss is NaN or has exploded; the student has the weights of the last good step.
            RasterError: a tile cannot be read.
        """
        while self.step < self.total and not self.drifted:
            log = self._one()
            self.logs.append(log)
            after(log)
        if self.compute.any(not all(bool(p.isfinite().all()) for p in self.student.parameters)):
            raise self._diverged("the weights are no numbers any more")

    @property
    def drifted(self) -> bool:
        """Whether the targets drift away from the clicks; true masks and a frozen teacher's cannot.

        It does where of late hardly anything could be labelled, or nearly the whole tile was, or where
        targets and the clicks' own masks differ much in size.
        """
        recent = self.logs[-DRIFT_STEPS:]
        teacher = self.options.teacher
        fixed = teacher.kind == "supervised" or teacher.weights == "frozen"
        if fixed or not self.stop_on_drift or len(recent) < DRIFT_STEPS:
            return False
        labelled = [log for log in recent if "area_ratio" in log]
        lost = len(labelled) < DRIFT_STEPS / 4
        share, ratio = (
            np.median([log[name] for log in labelled] or [1.0]) for name in ("share", "area_ratio")
        )
        return self.compute.any(bool(lost or share > MOST_SHARE or not 1 / DRIFT <= ratio <= DRIFT))

    def time_step(self, tries: int = 3, clock: Callable[[], float] = time.monotonic) -> float:
        """Seconds that a step takes that meets a view for the first time; the run is left as it was.

        The mean of a few tiles after a first one.
        """
        seconds = []
        lessons, self._lessons = self._lessons, None
        for visit in range(tries + 1):
            started = clock()
            loss = self._result(visit).loss
            if loss is not None:
                loss.backward()
                loss.item()  # a GPU works behind: what is read from it waits for all that was asked before
            seconds.append(clock() - started)
        self._lessons = lessons
        self._optimiser.zero_grad()
        return float(np.mean(seconds[1:]))

    def _one(self) -> Log:
        self._optimiser.zero_grad()
        result = self._result(self.step * self.compute.world + self.compute.rank)
        self._check(0.0 if result.loss is None else result.loss.item())
        learned = self.compute.backward(result.loss, self.student.parameters)
        if learned and self.compute.unscaled(self._optimiser):
            self._update()
        for name, embeddings in result.learned.items():
            getattr(self._memory, name).push(embeddings)
        self.step += 1
        return {"step": float(self.step), **result.log}

    def _result(self, visit: int) -> StepResult:
        """The step on the tile of the ``visit``-th visit, counted over all processes."""
        epoch, index = divmod(visit, len(self._tiles))
        tile = self._tiles[order(self.seed, epoch, len(self._tiles))[index]]
        rng = np.random.default_rng((self.seed, 2, visit))
        sample = tile.read(self.student.model.mask_size)
        with self.compute.autocast():
            due = self.step % EVERY == EVERY - 1
            return adapt_step(self.student, sample, self.options, self._memory, rng, due, self._lessons)

    def _check(self, loss: float) -> None:
        if self.compute.any(not math.isfinite(loss) or loss > EXPLODED):
            raise self._diverged(f"the loss became {loss:g}")

    def _diverged(self, what: str) -> Diverged:
        """Go back to the weights before the last update, from which all this comes."""
        if self._good is not None:
            self.student.restore(*self._good)
        return Diverged(f"{what} at step {self.step + 1}; an adapter from before is kept. Try a lower --rate")

    def _update(self) -> None:
        grads = [p.grad for p in self.student.parameters if p.grad is not None]
        if self.compute.any(not all(bool(grad.isfinite().all()) for grad in grads)):
            raise self._diverged("the gradient became infinite or no number")
        self._good = (self.student.state(), self.student.state("ema"))
        schedule.set_rate(self._optimiser, learning_rate(self.step, self.total, self.options))
        if self.options.clip is not None:
            nn.utils.clip_grad_norm_(self.student.parameters, self.options.clip)
        self._optimiser.step()
        self.student.update_ema(schedule.ema_decay(self.step, self.options.ema_decay))

    def save(self, path: Path, identity: Mapping[str, Any]) -> None:
        """Write everything that is needed to continue; see :func:`write_checkpoint`."""
        state = {
            "step": self.step,
            "total": self.total,
            "logs": self.logs,
            "seconds": self.seconds,
            "own": self.student.state(),
            "ema": self.student.state("ema"),
            "optimiser": self._optimiser.state_dict(),
            "good": self._good,
            "memory": self._memory.state(),
            "compute": self.compute.state(),
        }
        write_checkpoint(path, identity, state)

    def resume(self, path: Path, identity: Mapping[str, Any]) -> None:
        """Continue where :meth:`save` left off; see :func:`read_checkpoint` for the errors."""
        state = read_checkpoint(path, identity)
        self.student.restore(state["own"], state["ema"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._memory.restore(state["memory"])
        self.compute.restore(state["compute"])
        self._good = state["good"]
        self.logs, self.seconds = list(state["logs"]), state["seconds"]
        self.step, self.total = state["step"], state["total"]


def fit(run: Adaptation, checkpoint: Path, identity: Mapping[str, Any], reporter: Reporter) -> list[str]:
    """Run to the last step; save before the first, every :data:`SAVE_SECONDS`, when stopped, and at the end.

    Args:
        checkpoint: the file; its folder must exist.
        identity: see :func:`training.adapt.checkpoint.identity_of`.

    Returns:
        What a reader of the adapter's card must know of the run; nothing if all went well.

    Raises:
        Diverged: the loss is no number any more; the checkpoint is removed.
        KeyboardInterrupt: at the end of the step in which Ctrl-C was pressed, after saving.
    """
    first = run.compute.rank == 0
    saved = time.monotonic()
    begun = saved - run.seconds
    if first:
        run.save(checkpoint, identity)
    reporter.start(run.total, "steps")
    reporter.advance(run.step)
    with _interruption() as asked_to_stop:

        def after(log: Log) -> None:
            nonlocal saved
            run.seconds = time.monotonic() - begun
            reporter.event("step", "", **{key: round(value, 5) for key, value in log.items()})
            reporter.advance(1)
            # All processes stop at one step, or the others would wait for the stopped ones for hours.
            if run.compute.any(asked_to_stop()):
                raise KeyboardInterrupt
            if first and time.monotonic() - saved > SAVE_SECONDS:
                run.save(checkpoint, identity)
                saved = time.monotonic()

        try:
            run.run(after)
        except Diverged:
            if first:
                checkpoint.unlink(missing_ok=True)
            raise
        finally:
            if first and checkpoint.exists():
                run.save(checkpoint, identity)
    return _notes(run, reporter)


def _notes(run: Adaptation, reporter: Reporter) -> list[str]:
    if not run.compute.any(learned_from(run.logs)):
        reporter.event("note", f"note: {NOTHING_LEARNED}")
        return [NOTHING_LEARNED]
    if run.drifted:
        text = f"stopped at step {run.step} of {run.total}: the targets drifted away from the clicks"
        reporter.event("drifted", text, step=run.step)
        return [text]
    return []


@contextmanager
def _interruption() -> Iterator[Callable[[], bool]]:
    """A function that says whether Ctrl-C was pressed, so that no step is cut in two."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.set())
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)
