"""What the benchmark measured, on disk: a line a task, which is there whole or not at all.

The files are small, so that a grid of tasks that takes hours can be kept under version control and gone on
with on another machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import ConfigError
from training.checkpoint import write_whole

DIGITS = 4
Row = dict[str, Any]
"""IoU and F1 of one test image: ``arm``, ``points``, ``seed``, ``way``, ``image``, ``iou``, ``f1``,
``watched``."""


@dataclass(frozen=True)
class Task:
    """One arm with so many clicks per object, and one draw of them."""

    arm: str
    points: int
    seed: int


def check_same(path: Path, identity: Mapping[str, Any], option: str) -> None:
    """Refuse to mix rows of different settings in one folder; ``option`` names the folder to the user."""
    text = json.dumps(identity, indent=1) + "\n"
    if path.exists() and path.read_text() != text:
        raise ConfigError(f"{path.parent} holds rows of other settings; choose another {option}")
    path.write_text(text)


def line_of(task: Task, rows: Iterable[Row]) -> str:
    """The rows of one task as a line of JSON: ``ways`` holds, by way and image, IoU and F1."""
    ways: dict[str, dict[str, list[float]]] = {}
    watched: Mapping[str, Any] = {}
    for row in rows:
        ways.setdefault(row["way"], {})[row["image"]] = [round(row["iou"], DIGITS), round(row["f1"], DIGITS)]
        watched = row["watched"]
    return json.dumps({**asdict(task), "watched": watched, "ways": ways}) + "\n"


def read_rows(path: Path) -> dict[Task, list[Row]]:
    """The rows measured so far, by task; a line that a kill cut short is left out."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    found = {}
    for entry in (json.loads(line) for line in lines if line.endswith("\n")):
        task = Task(entry["arm"], entry["points"], entry["seed"])
        found[task] = [
            {**asdict(task), "way": way, "image": image, "iou": iou, "f1": f1, "watched": entry["watched"]}
            for way, images in entry["ways"].items()
            for image, (iou, f1) in images.items()
        ]
    return found


def tidy(path: Path) -> dict[Task, list[Row]]:
    """As :func:`read_rows`; what a kill cut short is taken off the file, so that lines can be added."""
    rows = read_rows(path)
    write_whole(path, "".join(line_of(task, own) for task, own in rows.items()))
    return rows
