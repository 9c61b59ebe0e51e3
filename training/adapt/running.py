"""A run from here to its end: what is told meanwhile, what is saved, and what stops it."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from engine.errors import ModelError
from engine.models.lora import save_adapter
from engine.report import Reporter
from training.adapt.adapter_folder import folder_for
from training.adapt.report import clear_report
from training.adapt.trainer import NOTHING_LEARNED, Adaptation, Diverged, Log, learned_from

SAVE_SECONDS = 20.0
NO_ROOM = re.compile(r"(not enough|can't allocate) memory")


def fit(run: Adaptation, checkpoint: Path, identity: Mapping[str, Any], reporter: Reporter) -> list[str]:
    """Run to the end; save before, now and then, when interrupted, and at the end.

    Args:
        checkpoint: in a folder within that of the adapter.

    Returns:
        What a reader of the adapter's card must know of the run; nothing if all went well.

    Raises:
        Diverged: the loss is no number any more; the adapter of the last good step is kept, marked as such.
        KeyboardInterrupt: at the end of the step in which it was asked for, after saving.
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
            # All processes stop at one step, or those that went on would wait for the others for hours.
            if run.compute.any(asked_to_stop()):
                raise KeyboardInterrupt
            if first and time.monotonic() - saved > SAVE_SECONDS:
                run.save(checkpoint, identity)
                saved = time.monotonic()

        try:
            run.run(after)
        except Diverged:
            if first:
                _save_diverged(run, checkpoint.parent.parent)
                checkpoint.unlink(missing_ok=True)
            raise
        finally:
            if first and checkpoint.exists():
                run.save(checkpoint, identity)
    if not run.compute.any(learned_from(run.logs)):
        reporter.event("note", f"note: {NOTHING_LEARNED}")
        return [NOTHING_LEARNED]
    if run.drifted:
        text = f"stopped at step {run.step} of {run.total}: the targets drifted away from the clicks"
        reporter.event("drifted", text, step=run.step)
        return [text]
    return []


def _save_diverged(run: Adaptation, out: Path) -> None:
    """Keep the adapter of the last good step, which nobody has judged."""
    status = "diverged"
    folder = folder_for(out, status)
    card = {"base_sha256": run.student.model.sha256, "status": status, "steps": run.step}
    with run.student.using(run.options.final):
        save_adapter(run.student.model, folder, card)
    clear_report(folder)


@contextmanager
def explain_out_of_memory() -> Iterator[None]:
    """ModelError, which says what to do, where the memory of the device does not suffice."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        # On a processor torch reports it as a plain RuntimeError.
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and not NO_ROOM.search(str(error)):
            raise
        raise ModelError(
            "the device has too little memory; use --checkpointing on, a smaller model, or --device cpu"
        ) from error


@contextmanager
def _interruption() -> Iterator[Any]:
    """A function that tells whether Ctrl-C was pressed: a step is never cut in two."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.set())
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)
