"""Ways to put a scene's candidates in order, given a few clicked objects: ours, and its comparators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np

from engine.stages.candidates import Candidate
from engine.stages.suppression import best_apart
from training.benchmark.find_scene import GOOD_IOU, FindScene
from training.find.calibration import default_threshold
from training.find.judge import Judgement, Regression, judged
from training.find.likeness import learn
from training.find.pool import Pool, masks_of
from training.find.ranking import LEAST_VALUE, Kind, hold_clicks, holding, likeliest, surer

RIDGE = 100.0
"""Weight of the penalty of the supervised comparator."""


@dataclass(frozen=True, eq=False)
class Order:
    """Candidates by number, the best first; with probabilities and a threshold, where there are any.

    Attributes:
        judged: candidates by number, and what was judged of them; None for comparators.
    """

    rows: np.ndarray
    chance: np.ndarray | None = None
    threshold: float = 0.0
    judged: tuple[np.ndarray, Judgement] | None = None


@dataclass(frozen=True, eq=False)
class Shown:
    """Examples of a draw.

    Attributes:
        options: of each the masks that it may mean, none empty.
        clicked: the scene's objects that they are; of another scene, none.
        here: whether they lie on the scene itself.
    """

    options: list[list[Candidate]]
    clicked: np.ndarray
    here: bool

    @classmethod
    def on(cls, scene: FindScene, clicked: np.ndarray) -> Shown:
        """Clicked objects (k,) of a scene."""
        kind = Kind(None, scene.level, scene.clicks[clicked], [])
        hold_clicks(kind, scene.candidates)
        return cls(kind.examples(), clicked, True)

    def elsewhere(self) -> Shown:
        """The same, for another scene."""
        return Shown(self.options, self.clicked[:0], False)


def drawn(scene: FindScene, examples: int, seed: int) -> np.ndarray:
    """Numbers of the objects that are examples: at most half of all."""
    objects = len(scene.clicks)
    chosen = np.random.default_rng(seed).permutation(objects)
    return np.asarray(chosen[: min(examples, objects // 2)])


def ours(scene: FindScene, shown: Shown, first: Regression | None = None) -> Order:
    """As ``resam find`` does it, without outlining again."""
    examples = shown.options
    if not examples:
        return Order(np.zeros(0, int), np.zeros(0))
    here = len(examples) if shown.here else 0
    likeness, _ = learn(scene.background, [masks_of(some) for some in examples])
    rows = np.flatnonzero(likeness(masks_of(scene.candidates)) > LEAST_VALUE)
    pool = Pool.of([scene.candidates[row] for row in rows], chain(*examples[:here]), scene.sharing)
    likeness, chosen = surer(pool, scene.background, examples, [], here)
    means = [some[row] for some, row in zip(examples, chosen, strict=True)]
    found = judged(pool, likeness, means, first)
    chosen = likeliest(pool, found.chance, examples, chosen)
    means = [some[row] for some, row in zip(examples, chosen, strict=True)]
    clicks = scene.clicks[shown.clicked]
    kept = pool.free(found.chance, means[:here], holding(pool.near, clicks))
    chance = found.chance[kept]
    return Order(rows[kept], chance, default_threshold(chance), (rows, found))


@lru_cache(maxsize=2)
def _everything(scene: FindScene) -> np.ndarray:
    """What everything mode finds: the candidates of the highest predicted IoU, none overlapping another."""
    worth = np.array([one.score * one.stability for one in scene.candidates])
    return best_apart(worth, scene.shared)


def _answers(shown: Shown) -> list[Candidate]:
    """The mask of each click by predicted IoU alone, as a single click is answered."""
    return [max(some, key=lambda one: one.score) for some in shown.options]


def _by(worth: Callable[[FindScene, Shown, np.ndarray], np.ndarray]) -> Callable[..., Order]:
    """An order of what everything mode finds, by its worth (n,)."""

    def arm(scene: FindScene, shown: Shown) -> Order:
        rows = _everything(scene)
        return Order(rows[np.argsort(-worth(scene, shown, rows), kind="stable")])

    return arm


def _cosine(scene: FindScene, shown: Shown, rows: np.ndarray) -> np.ndarray:
    """Cosine of the mean features inside with the mean example's, as PerSAM and its kin compare."""
    examples = _answers(shown)
    if not examples:
        return np.zeros(len(rows))
    own, theirs = (
        _unit(np.stack([one.features[: scene.channels] for one in some]))
        for some in ([scene.candidates[row] for row in rows], examples)
    )
    return np.asarray(own @ theirs.mean(axis=0))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def _size(scene: FindScene, shown: Shown, rows: np.ndarray) -> np.ndarray:
    """Minus the distance of the logarithm of the area from the examples' median."""
    areas = [one.area for one in _answers(shown)] or [1.0]
    logs = np.log([scene.candidates[row].area for row in rows])
    return np.asarray(-np.abs(logs - np.median(np.log(areas))))


def _contrast(scene: FindScene, shown: Shown, rows: np.ndarray) -> np.ndarray:
    """As ``suggest`` compares: inside less ring, along the way from the mean place to the mean example."""

    def contrasts(some: Sequence[Candidate]) -> np.ndarray:
        n = scene.channels
        return np.stack([one.features[:n] - one.features[n : 2 * n] for one in some])

    examples = _answers(shown)
    if not examples:
        return np.zeros(len(rows))
    others = contrasts([scene.candidates[row] for row in rows])
    usual = others.mean(axis=0)
    return np.asarray((others - usual) @ (contrasts(examples).mean(axis=0) - usual))


def _chance(scene: FindScene, shown: Shown, rows: np.ndarray) -> np.ndarray:
    return np.random.default_rng([*shown.clicked.tolist(), len(shown.options)]).random(len(rows))


ARMS: dict[str, Callable[[FindScene, Shown], Order]] = {
    "find": ours,
    "everything, by mean feature": _by(_cosine),
    "everything, by contrast (suggest)": _by(_contrast),
    "everything, by size": _by(_size),
    "everything, by chance": _by(_chance),
}


@lru_cache(maxsize=2)
def supervised(scene: FindScene, others: tuple[FindScene, ...]) -> Order:
    """The ceiling: a ridge regression on the same features, from all objects of all other scenes."""
    design = np.concatenate([_described(other) for other in others])
    truth = np.concatenate([other.iou.max(axis=1) >= GOOD_IOU for other in others]).astype(float)
    middle = design.mean(axis=0)
    centred = design - middle
    gram = centred.T @ centred + RIDGE * np.eye(design.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (truth - truth.mean()))
    worth = (_described(scene) - middle) @ weights
    return Order(best_apart(worth, scene.shared))


def _described(scene: FindScene) -> np.ndarray:
    masks = masks_of(scene.candidates)
    shape = np.stack([np.log(masks.area), np.log(masks.area) ** 2, masks.score], axis=1)
    steady = np.array([one.stability for one in scene.candidates])[:, None]
    return np.concatenate([scene.background.deviations(masks.features), shape, steady], axis=1)
