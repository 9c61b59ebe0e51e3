"""What makes a mask one of the wanted kind, learned from a few examples and from all candidates.

Nobody says what everything else is, so all candidates of a raster together stand for it: most are no such
objects. A candidate's value is the sum of three logarithms of likelihood ratios, up to constants:

* Fisher's discriminant on what the encoder sees of it, ``w·z`` with ``w = R⁻¹ m``: z are features in
  deviations from the mean of all candidates, R their correlations shrunk towards none, m the mean of the
  examples; a mean example has ``w·z = 1``;
* a normal density of the logarithm of its area around the examples' median;
* the logit of the model's predicted IoU: how whole an object it is.

A click does not say which of the masks around it is meant: a chimney, a roof, a block. Each example therefore
chooses, in turns with the fit, that of its masks which is most like those of the other examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

SHRINKAGE = 0.8
"""Share of no correlation in R."""
LOOKS, WHOLENESS = 3.0, 0.7
"""Weights of the discriminant and of the predicted IoU; that of the area is 1."""
LEAST_SPREAD = 0.5
"""Standard deviation of the logarithm of the area that a few examples of one size do not undercut."""
FARTHEST = 10.0
"""Deviation, in spreads, that counts as such: a feature that hardly varies would outweigh all others."""
LEAST_LEFT = 0.2
"""Share of the candidates that say what is usual, however many are likely finds."""
LEAST_VARIANCE = 1e-3
"""Share of a feature's variance that stays without likely finds."""
ROUNDS = 4
"""Turns of fit and choice; it settles after two or three."""
MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True, eq=False)
class Masks:
    """What is known of n masks: ``features`` (n, F), ``area`` (n,) in raster pixels, predicted IoU (n,)."""

    features: np.ndarray
    area: np.ndarray
    score: np.ndarray

    def __len__(self) -> int:
        return len(self.area)

    def take(self, chosen: np.ndarray | slice) -> Masks:
        """Some of them, in that order."""
        return Masks(self.features[chosen], self.area[chosen], self.score[chosen])

    @classmethod
    def joined(cls, parts: Sequence[Masks]) -> Masks:
        """All of several."""
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("features", "area", "score")
            )
        )


class Moments:
    """Sums over all candidates, added a part at a time, so that memory stays the same."""

    def __init__(self) -> None:
        self.count = 0
        self._sum: np.ndarray | None = None
        self._products: np.ndarray | None = None

    def add(self, features: np.ndarray) -> None:
        """Add (n, F) features."""
        if not len(features):
            return
        wide = features.astype(np.float64)
        if self._sum is None or self._products is None:
            self._sum, self._products = np.zeros(wide.shape[1]), np.zeros((wide.shape[1],) * 2)
        self.count += len(wide)
        self._sum += wide.sum(axis=0)
        self._products += wide.T @ wide

    def background(self) -> Background:
        """What is usual; ValueError if nothing was added."""
        if self._sum is None or self._products is None:
            raise ValueError("no candidates")
        mean = self._sum / self.count
        covariance = self._products / self.count - np.outer(mean, mean)
        spread = np.sqrt(np.maximum(np.diag(covariance), 0)) + 1e-6
        correlation = covariance / np.outer(spread, spread)
        return Background(mean, spread, correlation, self.count)


@dataclass(frozen=True, eq=False)
class Background:
    """What is usual among ``count`` candidates: mean and spread (F,), and correlations (F, F)."""

    mean: np.ndarray
    spread: np.ndarray
    correlation: np.ndarray
    count: int

    @cached_property
    def inverse(self) -> np.ndarray:
        """(F, F) of R."""
        return self.shrunk(SHRINKAGE)

    def shrunk(self, share: float) -> np.ndarray:
        """(F, F) inverse of the correlation matrix, shrunk by ``share`` towards the identity."""
        return np.asarray(np.linalg.inv((1 - share) * self.correlation + share * np.eye(len(self.mean))))

    def without(self, features: np.ndarray, weight: np.ndarray) -> Background:
        """What is usual once some of the candidates count less; a share of all stays, whatever goes.

        Args:
            features: (n, F) of those candidates.
            weight: (n,) by how much less each counts, from 0 to 1.
        """
        left = max(self.count - weight.sum(), LEAST_LEFT * self.count)
        gone = weight * ((self.count - left) / max(weight.sum(), 1e-9))
        away = features - self.mean  # The sums stay small, and so do the errors of their differences.
        shift = -(gone @ away) / left
        products = self.count * self.correlation * np.outer(self.spread, self.spread)
        covariance = (products - (away * gone[:, None]).T @ away) / left - np.outer(shift, shift)
        spread = np.sqrt(np.maximum(np.diag(covariance), LEAST_VARIANCE * self.spread**2))
        correlation = np.clip(covariance / np.outer(spread, spread), -1, 1)
        return Background(self.mean + shift, spread, correlation, round(left))

    def deviations(self, features: np.ndarray) -> np.ndarray:
        """(n, F) features in spreads from the mean."""
        return np.asarray(np.clip((features - self.mean) / self.spread, -FARTHEST, FARTHEST))


@dataclass(frozen=True, eq=False)
class Likeness:
    """A fitted kind; called, it gives the value (n,) of masks."""

    background: Background
    direction: np.ndarray
    log_area: float
    spread: float

    def __call__(self, masks: Masks) -> np.ndarray:
        return LOOKS * self.looks(masks) + self.size(masks) + WHOLENESS * logit(masks.score)

    def looks(self, masks: Masks) -> np.ndarray:
        """(n,) the discriminant: 0 for the mean candidate, 1 for the mean example."""
        return np.asarray(self.background.deviations(masks.features) @ self.direction)

    def size(self, masks: Masks) -> np.ndarray:
        """(n,) logarithm of the density of the area."""
        away = (np.log(np.maximum(masks.area, 1)) - self.log_area) / self.spread
        return np.asarray(-0.5 * away**2)


def logit(p: np.ndarray) -> np.ndarray:
    """``log(p / (1 - p))``, finite."""
    clipped = np.clip(p, 1e-3, 1 - 1e-3)
    return np.asarray(np.log(clipped / (1 - clipped)))


def learn(
    background: Background, options: Sequence[Masks], sure: Masks | None = None
) -> tuple[Likeness, np.ndarray]:
    """Fit a kind to its examples.

    Args:
        options: of each example the masks that it may mean, at least one.
        sure: finds that count as examples of their looks.

    Returns:
        The kind, and (k,) which mask each example means.
    """
    chosen = np.array([int(masks.score.argmax()) for masks in options])
    for _ in range(ROUNDS):
        likeness = _fitted(background, _meant(options, chosen), sure)
        again = np.array([int(likeness(masks).argmax()) for masks in options])
        if (again == chosen).all():
            break
        chosen = again
    return _fitted(background, _meant(options, chosen), sure), chosen


def _meant(options: Sequence[Masks], chosen: np.ndarray) -> Masks:
    return Masks.joined([masks.take(slice(row, row + 1)) for masks, row in zip(options, chosen, strict=True)])


def direction_of(background: Background, examples: np.ndarray, more: np.ndarray | None = None) -> np.ndarray:
    """(F,) Fisher's discriminant for examples (k, F): 0 for what is usual, 1 for their mean.

    Args:
        more: (s, F) features that count as examples, but do not set the scale.
    """
    own = background.deviations(examples)
    others = own[:0] if more is None else background.deviations(more)
    direction = background.inverse @ np.concatenate([own, others]).mean(axis=0)
    return np.asarray(direction / max(float((own @ direction).mean()), 1e-6))


def _fitted(background: Background, examples: Masks, sure: Masks | None) -> Likeness:
    direction = direction_of(background, examples.features, None if sure is None else sure.features)
    logs = np.log(np.maximum(examples.area, 1))
    middle = float(np.median(logs))
    spread = MAD_TO_DEVIATION * float(np.median(np.abs(logs - middle)))
    return Likeness(background, direction, middle, max(spread, LEAST_SPREAD))


def held_out(background: Background, options: Sequence[Masks], sure: Masks | None = None) -> np.ndarray:
    """(k,) value of each example by what the others alone teach; of a single one, by itself."""
    values = []
    for row, masks in enumerate(options):
        others = [*options[:row], *options[row + 1 :]] or [masks]
        values.append(float(learn(background, others, sure)[0](masks).max()))
    return np.array(values)
