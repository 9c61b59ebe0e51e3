"""The weights of the finder's judge, learned from scenes whose objects are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.benchmark.find_arms import Shown, drawn, ours
from training.benchmark.find_scene import CLICKED_IOU, GOOD_IOU, FindScene
from training.find.judge import FIRST, Regression

FITTED = (5, 10, 20)
"""Numbers of examples that the judge learns from."""
PENALTY = 100.0


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
