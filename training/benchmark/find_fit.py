"""The weights of the finder's judge: ``python -m training.benchmark.find_fit --data DIR --work DIR``.

Learned from objects that are known: the training halves of the roof scenes (``roofs``), whole and cut to the
size of a small raster, on which the objects themselves are a large part of what is usual; and of the trees
(``urban_trees``), which are known by a point alone. Candidates are kept in the folder ``--work``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.config import SegmentConfig
from engine.console import Parser, Reporter, count, run_command
from engine.models.base import Segmenter
from engine.options import model_loader
from training.benchmark.find_arms import Shown, drawn, ours
from training.benchmark.find_images import images
from training.benchmark.find_scene import CLICKED_IOU, GOOD_IOU, FindScene, prepare
from training.find.judge import Judgement, Regression, Rule
from training.find.likeness import Moments
from training.find.pool import masks_of

FITTED = {"OF_FEW": (1, 2, 5, 10, 20), "OF_MANY": (5, 10, 20)}
"""Numbers of examples that each rule of the judge learns from."""
PENALTY = 100.0
SETS: tuple[tuple[str, str | None, int], ...] = (("roofs", "roof", 7), ("urban_trees", None, 5))
"""Folders of the data, the class that is taken, and from how many images, spread over the training half."""
CUT_SIDE, CUT_STEP = 1000, 250
"""Pixels of a cut scene's side, and between the places that are tried."""
FEWEST_IN_CUT, FEWEST = 8, 10
"""Objects that a cut scene and an image with points hold at least."""


def scenes_in(data: Path, model: Segmenter, work: Path) -> Iterator[FindScene]:
    """What the judge learns from, in a folder of data."""
    for name, only, most in SETS:
        found = images(str(data / name), only, "train")
        able = [one for one in found.examples if not found.points or len(one.objects) >= FEWEST]
        for number in np.unique(np.linspace(0, len(able) - 1, min(most, len(able))).astype(int)):
            example = able[number]
            scene = prepare(example, model, work, found.level(example, model), found.agreement)
            yield scene
            if not found.points:
                boxes = np.stack([patch.box for patch in example.objects])
                yield from cut(scene, (boxes[:, :2] + boxes[:, 2:]) / 2, example.image.shape[:2])


def cut(scene: FindScene, middles: np.ndarray, shape: tuple[int, ...]) -> Iterator[FindScene]:
    """The square of a scene with the most objects, if that has some.

    Args:
        middles: (m, 2) of the objects, in raster pixels.
        shape: height and width of the raster.
    """
    places = [np.array([x, y]) for y in _starts(shape[0]) for x in _starts(shape[1])]
    low = max(places, key=lambda place: int(_inside(middles, place).sum()))
    objects = np.flatnonzero(_inside(middles, low))
    if len(objects) < FEWEST_IN_CUT:
        return
    boxes = np.stack([one.box for one in scene.candidates])
    rows = np.flatnonzero(_inside((boxes[:, :2] + boxes[:, 2:]) / 2, low))
    sums, candidates = Moments(), [scene.candidates[row] for row in rows]
    sums.add(masks_of(candidates).features)
    yield replace(
        scene,
        candidates=candidates,
        iou=scene.iou[np.ix_(rows, objects)],
        clicks=scene.clicks[objects],
        background=sums.background(),
    )


def _starts(side: int) -> range:
    return range(0, max(side - CUT_SIDE, 1), CUT_STEP)


def _inside(xy: np.ndarray, low: np.ndarray) -> np.ndarray:
    return np.asarray(((xy > low) & (xy < low + CUT_SIDE)).all(axis=1))


def fit(scenes: Sequence[FindScene], numbers: Sequence[int], seeds: int) -> Rule:
    """Both judgements: logistic regressions on what was judged, clicked objects apart.

    Args:
        numbers: of examples.
    """
    draws = [(scene, examples, seed) for scene in scenes for examples in numbers for seed in range(seeds)]
    first = logistic(*_judged(draws, None))
    return Rule(first, logistic(*_judged(draws, first)))


def _judged(
    draws: Sequence[tuple[FindScene, int, int]], first: Regression | None
) -> tuple[np.ndarray, np.ndarray]:
    """Evidence over all draws, of the judgement that follows on ``first``, and whether each is right (n,)."""
    found, truth = [], []
    for scene, examples, seed in draws:
        clicked = drawn(scene, examples, seed)
        judged = ours(scene, Shown.on(scene, clicked), first).judged
        if judged is not None:
            rows, judgement = judged
            other = scene.iou[np.ix_(rows, clicked)].max(axis=1, initial=0) < CLICKED_IOU
            found.append(_of(judgement, first)[other])
            truth.append(scene.iou[rows[other]].max(axis=1) >= GOOD_IOU)
    return np.concatenate(found), np.concatenate(truth).astype(float)


def _of(judgement: Judgement, first: Regression | None) -> np.ndarray:
    return judgement.alone if first is None else judgement.evidence


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
    parser = Parser(prog="python -m training.benchmark.find_fit", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets roofs and urban_trees")
    parser.add_argument("--work", type=Path, required=True, help="folder of candidates")
    parser.add_argument("--seeds", type=count, default=3, help="draws of the examples")
    parser.add_argument("--model", default="nano")
    options = parser.parse_args(argv)
    interrupted = "interrupted; run it again to continue"
    return run_command(lambda reporter: _work(options), Reporter("find_fit"), interrupted)


def _work(options: argparse.Namespace) -> None:
    options.work.mkdir(parents=True, exist_ok=True)
    model = model_loader(SegmentConfig(model=options.model, device="cpu"), 1)()
    scenes = list(scenes_in(options.data, model, options.work))
    for name, numbers in FITTED.items():
        rule = fit(scenes, numbers, options.seeds)
        print(f"{name} = Rule({_stated(rule.first)}, {_stated(rule.second)})")


def _stated(judgement: Regression) -> str:
    weights = ", ".join(f"{weight:.3g}" for weight in judgement.weights)
    return f"Regression(({weights}), {judgement.constant:.3g})"


if __name__ == "__main__":
    sys.exit(main())
