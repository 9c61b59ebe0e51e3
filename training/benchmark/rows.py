"""What the benchmark measured, on disk: a line a task, which is there whole or not at all.

The files are small, so that a grid of tasks that takes hours can be kept under version control and
continued on another machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import ConfigError
from training.benchmark.arms import options_hash
from training.results import read_lines

DIGITS = 4
Row = dict[str, Any]
"""IoU and F1 of one test image: ``arm``, ``points``, ``seed``, ``way``, ``image``, ``iou``, ``f1``,
``watched``."""


@dataclass(frozen=True)
class Task:
    """One arm with a number of clicks per object, and one draw of them."""

    arm: str
    points: int
    seed: int

    def __str__(self) -> str:
        return f"{self.arm}, {self.points} click{'s' if self.points > 1 else ''}, draw {self.seed + 1}"


def line_of(task: Task, rows: Iterable[Row]) -> dict[str, Any]:
    """The rows of one task as one entry: ``ways`` holds, by way and image, IoU and F1.

    ``options`` says what the arm's options were, so that figures of others are never mixed in.
    """
    ways: dict[str, dict[str, list[float]]] = {}
    watched: Mapping[str, Any] = {}
    for row in rows:
        ways.setdefault(row["way"], {})[row["image"]] = [round(row["iou"], DIGITS), round(row["f1"], DIGITS)]
        watched = row["watched"]
    return {**asdict(task), "options": options_hash(task.arm), "watched": watched, "ways": ways}


def check_options(path: Path) -> None:
    """ConfigError where an arm's rows were measured with other options than it has now."""
    entries = read_lines(path)
    stale = sorted({entry["arm"] for entry in entries if entry["options"] != options_hash(entry["arm"])})
    if stale:
        raise ConfigError(
            f"{path}: the rows of {', '.join(stale)} were measured with other options than these arms have "
            "now; delete their lines, or choose another --work"
        )


def read_rows(path: Path) -> dict[Task, list[Row]]:
    """The rows measured so far, by task; of a task that was measured again, the later ones."""
    found = {}
    for entry in read_lines(path):
        task = Task(entry["arm"], entry["points"], entry["seed"])
        found[task] = [
            {**asdict(task), "way": way, "image": image, "iou": iou, "f1": f1, "watched": entry["watched"]}
            for way, images in entry["ways"].items()
            for image, (iou, f1) in images.items()
        ]
    return found
