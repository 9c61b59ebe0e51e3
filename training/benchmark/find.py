"""How well ``find`` finds: ``python -m training.benchmark.find --data roofs --only roof --work DIR``.

Of each scene k objects are drawn as examples, with one click each; all others are the question. Candidates
are kept in the folder; a line a scene, draw and arm goes to ``find.jsonl`` as it is done, so that a run which
is started again leaves it out; the table to ``find.md``. Masks are measured as they are found, before they
are outlined again. ``--fit`` prints the weights of :mod:`training.find.judge`, learned from the scenes of the
split.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from engine.config import SegmentConfig
from engine.console import Parser, Reporter, count, run_command
from engine.metrics import bootstrap_interval
from engine.options import model_loader
from training.benchmark.datasets import load
from training.benchmark.find_arms import ARMS, Order, Shown, ours, supervised
from training.benchmark.find_rounds import costs
from training.benchmark.find_scene import CLICKED_IOU, GOOD_IOU, FindScene, prepare, score_of
from training.find.judge import FIRST, Regression
from training.results import add_lines, check_folder, check_same, go_on_with, write_whole

ROWS, TABLE = "find.jsonl", "find.md"
CEILING = "supervised on the other scenes"
FITTED = (5, 10, 20)
"""Numbers of examples that the judge learns from."""
ROUNDS = (0, 2)
"""Rounds of review that a simulated user goes through."""
PENALTY = 100.0
FIGURES = ("ap", "best_f1", "f1", "pq", "calibration")


def drawn(scene: FindScene, examples: int, seed: int) -> np.ndarray:
    """Numbers of the objects that are examples: at most half of all."""
    objects = len(scene.clicks)
    chosen = np.random.default_rng(seed).permutation(objects)
    return np.asarray(chosen[: min(examples, objects // 2)])


def measure(scene: FindScene, examples: int, seed: int, others: Sequence[FindScene]) -> list[dict[str, Any]]:
    """A row for each arm."""
    clicked = drawn(scene, examples, seed)
    shown = Shown.on(scene, clicked)
    orders: dict[str, Order] = {name: arm(scene, shown) for name, arm in ARMS.items()}
    if others:
        orders[CEILING] = supervised(scene, tuple(others))
    same = {"scene": scene.name, "examples": examples, "seed": seed, "objects": len(scene.clicks)}
    same |= {"recall": round(scene.recall, 4), "seconds_per_mp": round(scene.seconds, 3)}
    for rounds, spent in zip(ROUNDS, costs(scene, clicked, ROUNDS), strict=True):
        same |= {
            f"actions_{rounds}": spent.actions,
            f"good_{rounds}": spent.good,
            f"wrong_{rounds}": spent.wrong,
        }
    return [
        {**same, "arm": name, **asdict(score_of(scene, order.rows, clicked, order.chance, order.threshold))}
        for name, order in orders.items()
    ]


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Markdown: means over draws, then over scenes, with 95 % bootstrap intervals over scenes."""
    rows = list(rows)
    lines = [
        "| examples | arm | AP50 | best F1 | F1 | PQ | calibration error |",
        "|---|---|---|---|---|---|---|",
    ]
    for examples in sorted({row["examples"] for row in rows}):
        for arm in dict.fromkeys(row["arm"] for row in rows):
            mine = [row for row in rows if (row["examples"], row["arm"]) == (examples, arm)]
            lines.append(f"| {examples} | {arm} | {' | '.join(_cell(mine, name) for name in FIGURES)} |")
    scenes = {row["scene"]: row for row in rows}.values()
    recall, seconds = (np.mean([row[name] for row in scenes]) for name in ("recall", "seconds_per_mp"))
    note = f"{len(scenes)} scenes; candidates outline {100 * recall:.0f} % of the objects, "
    note += f"{seconds:.1f} s of processor time a megapixel"
    return "\n".join([*lines, "", note, "", *_actions(rows)])


def _actions(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What a layer costs a simulated user, for each number of examples and of rounds, over all scenes."""
    lines = [
        "| examples | rounds of review | actions | good | wrong left | objects | actions per hundred good |",
        "|---|---|---|---|---|---|---|",
    ]
    for examples in sorted({row["examples"] for row in rows}):
        draws = {(row["scene"], row["seed"]): row for row in rows if row["examples"] == examples}.values()
        seeds = len({row["seed"] for row in draws})
        for rounds in ROUNDS:
            actions, good, wrong = (
                sum(row[f"{name}_{rounds}"] for row in draws) / seeds for name in ("actions", "good", "wrong")
            )
            objects = sum(row["objects"] for row in draws) / seeds
            counts = " | ".join(f"{count:.0f}" for count in (actions, good, wrong, objects))
            lines.append(f"| {examples} | {rounds} | {counts} | {100 * actions / max(good, 1):.0f} |")
    return lines


def _cell(rows: Sequence[dict[str, Any]], name: str, digits: int = 2) -> str:
    by_scene: dict[str, list[float]] = {}
    for row in rows:
        if row[name] is not None:
            by_scene.setdefault(row["scene"], []).append(row[name])
    if not by_scene:
        return ""
    means = np.array([np.mean(values) for values in by_scene.values()])
    low, high = bootstrap_interval(means, np.random.default_rng(0))
    return f"{means.mean():.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def fit(scenes: Sequence[FindScene], seeds: int) -> tuple[Regression, Regression]:
    """The first and the second judgement: logistic regressions on what was judged, clicked objects apart."""
    evidence, truth = _judged(scenes, seeds, FIRST)
    first = logistic(evidence[:, :-1], truth)
    return first, logistic(*_judged(scenes, seeds, first))


def _judged(scenes: Sequence[FindScene], seeds: int, first: Regression) -> tuple[np.ndarray, np.ndarray]:
    """Evidence (n, 11) of the second judgement over all draws, and whether each is right (n,)."""
    found, truth = [], []
    for scene in scenes:
        for examples in FITTED:
            for seed in range(seeds):
                clicked = drawn(scene, examples, seed)
                evidence = ours(scene, Shown.on(scene, clicked), first).evidence
                if evidence is not None:
                    rows, values = evidence
                    other = scene.iou[np.ix_(rows, clicked)].max(axis=1, initial=0) < CLICKED_IOU
                    found.append(values[other])
                    truth.append(scene.iou[rows[other]].max(axis=1) >= GOOD_IOU)
    return np.concatenate(found), np.concatenate(truth).astype(float)


def logistic(evidence: np.ndarray, truth: np.ndarray) -> Regression:
    """A logistic regression of truth (n,) on evidence (n, d), by Newton."""
    middle, spread = evidence.mean(axis=0), evidence.std(axis=0) + 1e-9
    design = np.column_stack([(evidence - middle) / spread, np.ones(len(truth))])
    penalty = PENALTY * np.diag([*np.ones(evidence.shape[1]), 0.0])
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (p - truth) + penalty @ weights
        curve = (design * (p * (1 - p))[:, None]).T @ design + penalty
        weights -= np.linalg.solve(curve + 1e-9 * np.eye(len(weights)), slope)
    scaled = weights[:-1] / spread
    return Regression(tuple(scaled.tolist()), float(weights[-1] - scaled @ middle))


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.find", description=__doc__)
    parser.add_argument("--data", required=True, help="as for training.benchmark")
    parser.add_argument("--work", type=Path, required=True, help="folder of candidates, rows and table")
    parser.add_argument("--only", metavar="CLASS", help="objects of this class alone")
    parser.add_argument("--split", choices=("train", "test"), default="test", help="train is for choosing")
    parser.add_argument("--examples", type=count, nargs="+", default=[1, 5, 10, 20], metavar="K")
    parser.add_argument("--seeds", type=count, default=3, help="draws of the examples")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--fit", action="store_true", help="print the judge's weights and stop")
    options = parser.parse_args(argv)
    interrupted = "interrupted; run it again to continue"
    return run_command(lambda reporter: _work(options, reporter), Reporter("find"), interrupted)


def _work(options: argparse.Namespace, reporter: Reporter) -> None:
    path = options.work / ROWS
    check_folder(path)
    identity = {name: getattr(options, name) for name in ("only", "split", "model")}
    check_same(options.work / "setting.json", {"data": Path(options.data).name, **identity}, "--work")
    images = getattr(load(options.data, only=options.only), options.split)
    model = model_loader(SegmentConfig(model=options.model, device="cpu"), 1)()
    reporter.start(len(images), "scenes")
    scenes = []
    for example in images:
        scenes.append(prepare(example, model, options.work))
        reporter.advance(1)
    if options.fit:
        for name, judgement in zip(("first", "second"), fit(scenes, options.seeds), strict=True):
            weights = ", ".join(f"{weight:.3g}" for weight in judgement.weights)
            print(f"{name}: {weights}; constant {judgement.constant:.3g}")
        return
    _measure(scenes, options, reporter, path)


def _measure(
    scenes: Sequence[FindScene], options: argparse.Namespace, reporter: Reporter, path: Path
) -> None:
    rows = go_on_with(path)
    done = {(row["scene"], row["examples"], row["seed"]) for row in rows}
    waiting = [
        (scene, examples, seed)
        for scene in scenes
        for examples in options.examples
        for seed in range(options.seeds)
        if (scene.name, examples, seed) not in done
    ]
    reporter.start(len(waiting), "draws")
    for scene, examples, seed in waiting:
        found = measure(scene, examples, seed, [other for other in scenes if other is not scene])
        add_lines(path, found)
        rows += found
        reporter.advance(1)
    text = table(rows)
    write_whole(options.work / TABLE, text + "\n")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
