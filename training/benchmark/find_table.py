"""The tables of the finder's benchmark: ``python -m training.benchmark.find_table FOLDER`` of committed rows.

Each file ``NAME.jsonl`` of the folder is what ``training.benchmark.find`` measured on one set. Means go over
draws, then over images; intervals are 95 % bootstrap intervals over images.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.console import Parser, Reporter, run_command
from engine.metrics import bootstrap_interval
from training.results import go_on_with

FIGURES = ("ap", "best_f1", "rough_f1", "f1", "precision", "pq", "calibration")
TITLES = (
    "AP50",
    "best F1",
    "best F1 at IoU 0.25",
    "F1",
    "precision",
    "PQ",
    "calibration error",
)
SHORT = ("ap", "best_f1", "f1", "precision", "calibration")
"""Figures of the table over all sets."""
OURS = "find"


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Markdown of one set: every arm and number of examples; what a layer costs, where that was measured."""
    rows = list(rows)
    lines = [_line(["examples", "arm", *TITLES]), _line(["---"] * (2 + len(TITLES)))]
    for examples in sorted({row["examples"] for row in rows}):
        for arm in dict.fromkeys(row["arm"] for row in rows):
            mine = [row for row in rows if (row["examples"], row["arm"]) == (examples, arm)]
            if mine:
                lines.append(_line([str(examples), arm, *(_cell(mine, name) for name in FIGURES)]))
    scenes = {row["scene"]: row for row in rows}.values()
    recall, seconds, times = (
        float(np.mean([row[name] for row in scenes]))
        for name in ("recall", "seconds_per_mp", "times_encoding")
    )
    note = f"{len(scenes)} images; candidates outline {100 * recall:.0f} % of the objects, in "
    note += (
        f"{seconds:.1f} s of processor time a megapixel, {times:.1f} times that for encoding the same tiles"
    )
    costly = [row for row in rows if "actions_0" in row]
    return "\n".join([*lines, "", note, *(["", *actions(costly)] if costly else [])])


def actions(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What a layer costs a simulated user, for each number of examples and of rounds, over all images."""
    names = ("examples", "rounds of review", "actions", "good", "wrong left", "objects")
    lines = [_line([*names, "actions per hundred good"]), _line(["---"] * 7)]
    for examples in sorted({row["examples"] for row in rows}):
        draws = {(row["scene"], row["seed"]): row for row in rows if row["examples"] == examples}.values()
        seeds = len({row["seed"] for row in draws})
        for rounds in sorted(int(key.removeprefix("good_")) for key in rows[0] if key.startswith("good_")):
            spent, good, wrong = (
                sum(row[f"{name}_{rounds}"] for row in draws) / seeds for name in ("actions", "good", "wrong")
            )
            objects = sum(row["objects"] for row in draws) / seeds
            counts = [f"{value:.0f}" for value in (spent, good, wrong, objects)]
            lines.append(_line([str(examples), str(rounds), *counts, f"{100 * spent / max(good, 1):.0f}"]))
    return lines


def overview(sets: dict[str, list[dict[str, Any]]]) -> str:
    """Markdown of all sets: what ``find`` reaches on each, and what its candidates outline."""
    names = [title for name, title in zip(FIGURES, TITLES, strict=True) if name in SHORT]
    head = ["set", "images", "examples", "candidates' recall", *names]
    lines = [_line(head), _line(["---"] * len(head))]
    for title, rows in sets.items():
        images = {row["scene"]: row["recall"] for row in rows}
        for examples in sorted({row["examples"] for row in rows}):
            mine = [row for row in rows if row["examples"] == examples and row["arm"] == OURS]
            facts = [title, str(len(images)), str(examples), f"{np.mean([*images.values()]):.2f}"]
            lines.append(_line([*facts, *(_cell(mine, name) for name in SHORT)]))
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(rows: Sequence[dict[str, Any]], name: str) -> str:
    by_scene: dict[str, list[float]] = {}
    for row in rows:
        if row[name] is not None:
            by_scene.setdefault(row["scene"], []).append(row[name])
    if not by_scene:
        return ""
    means = np.array([np.mean(values) for values in by_scene.values()])
    low, high = bootstrap_interval(means, np.random.default_rng(0))
    return f"{means.mean():.2f} ({low:.2f} to {high:.2f})"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.find_table", description=__doc__)
    parser.add_argument("folder", type=Path, help="of rows, such as benchmarks/rows/find")
    options = parser.parse_args(argv)

    def work(reporter: Reporter) -> None:
        files = sorted(options.folder.glob("*.jsonl"), key=lambda path: path.stem)
        print(overview({path.stem.replace("-", " "): go_on_with(path) for path in files}))

    return run_command(work, Reporter("find_table"))


if __name__ == "__main__":
    sys.exit(main())
