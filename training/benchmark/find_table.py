"""The tables of the finder's benchmark: ``python -m training.benchmark.find_table FOLDER [PAGE]``.

Each file ``NAME.jsonl`` of the folder is what ``training.benchmark.find`` measured on one set; the tables go
to ``table.md`` beside them. Means go over draws, then over images; intervals are 95 % bootstrap intervals
over images. In a page of Markdown, what stands between ``<!-- find: overview 10 -->`` (of ten examples),
``<!-- find: arms SET -->`` or ``<!-- find: actions SET -->`` and ``<!-- end -->`` is replaced.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.console import Parser, Reporter, run_command
from engine.metrics import bootstrap_interval
from training.results import read_lines, write_whole

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
PLACE = re.compile(
    r"(?P<start><!-- find: (?P<kind>overview|arms|actions) (?P<what>[^>]+?) -->)\n.*?(?P<end><!-- end -->)",
    re.DOTALL,
)
Sets = Mapping[str, list[dict[str, Any]]]
"""Rows by the name of their set."""


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Markdown of one set: every arm and number of examples; what a layer costs, where that was measured."""
    rows = list(rows)
    costly = [row for row in rows if "actions_0" in row]
    return "\n".join([arms(rows), *(["", *actions(costly)] if costly else [])])


def arms(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown of one set: every arm and number of examples."""
    lines = [_line(["examples", "arm", *TITLES]), _rule(2 + len(TITLES))]
    for examples in sorted({row["examples"] for row in rows}):
        for arm in dict.fromkeys(row["arm"] for row in rows):
            mine = [row for row in rows if (row["examples"], row["arm"]) == (examples, arm)]
            if mine:
                lines.append(_line([str(examples), arm, *(_cell(mine, name) for name in FIGURES)]))
    scenes = {row["scene"]: row for row in rows}.values()
    recall, seconds = (float(np.mean([row[name] for row in scenes])) for name in ("recall", "seconds_per_mp"))
    note = f"{len(scenes)} images; candidates outline {100 * recall:.0f} % of the objects, "
    note += f"in {seconds:.1f} s of processor time a megapixel"
    if times := [row["times_encoding"] for row in scenes if row["times_encoding"] is not None]:
        note += f", {np.mean(times):.1f} times that for encoding the same tiles"
    return "\n".join([*lines, "", note])


def actions(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What a layer costs a simulated user, for each number of examples and of rounds, over all images."""
    names = ("examples", "rounds of review", "actions", "good", "wrong left", "objects")
    lines = [_line([*names, "actions per hundred good"]), _rule(7)]
    for examples in sorted({row["examples"] for row in rows}):
        draws = {(row["scene"], row["seed"]): row for row in rows if row["examples"] == examples}.values()
        seeds = len({row["seed"] for row in draws})
        for rounds in sorted(int(key[len("good_") :]) for key in rows[0] if key.startswith("good_")):
            spent, good, wrong = (
                sum(row[f"{name}_{rounds}"] for row in draws) / seeds for name in ("actions", "good", "wrong")
            )
            objects = sum(row["objects"] for row in draws) / seeds
            counts = [f"{value:.0f}" for value in (spent, good, wrong, objects)]
            lines.append(_line([str(examples), str(rounds), *counts, f"{100 * spent / max(good, 1):.0f}"]))
    return lines


def overview(sets: Sets, only: int | None = None) -> str:
    """Markdown of all sets: what ``find`` reaches on each, and what its candidates outline.

    Args:
        only: the one number of examples that is shown; None shows all.
    """
    names = [title for name, title in zip(FIGURES, TITLES, strict=True) if name in SHORT]
    head = ["set", "images", "examples", "candidates' recall", *names]
    lines = [_line(head), _rule(len(head))]
    for title, rows in sets.items():
        images = {row["scene"]: row["recall"] for row in rows}
        for examples in sorted({row["examples"] for row in rows}):
            mine = [row for row in rows if row["examples"] == examples and row["arm"] == OURS]
            facts = [title, str(len(images)), str(examples), f"{np.mean([*images.values()]):.2f}"]
            if only in (None, examples):
                lines.append(_line([*facts, *(_cell(mine, name) for name in SHORT)]))
    return "\n".join(lines)


def filled(page: str, sets: Sets) -> str:
    """A page with its tables made anew."""

    def made(found: re.Match[str]) -> str:
        kind, what = found["kind"], found["what"]
        if kind == "overview":
            text = overview(sets, int(what))
        else:
            text = arms(sets[what]) if kind == "arms" else "\n".join(actions(sets[what]))
        return f"{found['start']}\n{text}\n{found['end']}"

    return PLACE.sub(made, page)


def read_sets(folder: Path) -> Sets:
    """The rows of each set, by its name."""
    files = sorted(folder.glob("*.jsonl"), key=lambda path: path.stem)
    return {path.stem.replace("-", " "): read_lines(path) for path in files}


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns


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
    parser.add_argument("page", type=Path, nargs="?", help="whose tables are made anew, docs/finding.md")
    options = parser.parse_args(argv)

    def work(reporter: Reporter) -> None:
        sets = read_sets(options.folder)
        single = (f"## {title}\n\n{table(rows)}" for title, rows in sets.items())
        write_whole(options.folder / "table.md", "\n\n".join([overview(sets), *single]) + "\n")
        if options.page is not None:
            write_whole(options.page, filled(options.page.read_text(encoding="utf-8"), sets))

    return run_command(work, Reporter("find_table"))


if __name__ == "__main__":
    sys.exit(main())
