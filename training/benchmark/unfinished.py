"""Arms that were killed on their way: their state lies beside the rows until the arm has its own."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from training import progress
from training.adapt.trainer import Adaptation
from training.benchmark.arms import options_hash
from training.benchmark.rows import Task
from training.benchmark.setting import Setting

FOLDER = "unfinished"
SECONDS = 60.0
"""Time between two saves."""


@dataclass
class Unfinished:
    """Where the state of a task lies.

    Attributes:
        path: None where nothing is kept.
        identity: what a state must have in common with the run that takes it up.
    """

    task: Task
    path: Path | None
    identity: dict[str, Any]
    _saved: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, task: Task, setting: Setting) -> Unfinished:
        """The place of a task's state in the folder of the rows."""
        identity = {"setting": setting.identity(), "arm": [str(task), options_hash(task.arm)]}
        path = None if setting.work is None else place(setting.work, task)
        return cls(task, path, json.loads(json.dumps(identity)))

    def resume(self, run: Adaptation) -> None:
        """Take up the state, if there is one of this very task; another, or a damaged one, is replaced."""
        if self.path is None or not self.path.exists():
            return
        try:
            run.resume(self.path, self.identity)
        except EngineError as error:
            progress.say(f"{self.task}: begun anew, since its state cannot be used ({error})")
        else:
            progress.say(f"{self.task}: continued at step {run.step}")

    def save(self, run: Adaptation, now: bool = False) -> None:
        """Save the state if it is time, or ``now``."""
        if self.path is None or (not now and time.monotonic() - self._saved < SECONDS):
            return
        self.path.parent.mkdir(exist_ok=True)
        run.save(self.path, self.identity)
        self._saved = time.monotonic()


def place(work: Path, task: Task) -> Path:
    """The file of a task's state."""
    return work / FOLDER / f"{task.arm}-{task.points}-{task.seed}.pt"


def forget(work: Path, task: Task) -> None:
    """Remove the state of a task that has its rows, and the folder with the last one."""
    path = place(work, task)
    path.unlink(missing_ok=True)
    if path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()
