"""Did it help? A paired comparison of the same held-out objects before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

Word = Literal["better", "no evidence", "worse"]
RESAMPLES = 4000
FEWEST = 5
"""With fewer objects nothing is claimed to be better."""
LEAST = 0.002
"""Smaller mean differences are no evidence of anything, however narrow their interval."""
COLLAPSE = 2.5
"""Masks whose median area changes by more than this factor count as worse, whatever the proxies say."""


@dataclass(frozen=True)
class Verdict:
    """What the comparison says.

    Attributes:
        word: better, no evidence, or worse.
        measure: what was compared.
        n: objects.
        before, after: means.
        low, high: 95 % interval of the mean difference; None if there were no objects.
        reason: one sentence for a person.
    """

    word: Word
    measure: str
    n: int
    before: float
    after: float
    low: float | None
    high: float | None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def compare(
    before: Mapping[Any, float],
    after: Mapping[Any, float],
    measure: str,
    areas: tuple[np.ndarray, np.ndarray] | None = None,
    seed: int = 0,
) -> Verdict:
    """Judge by the paired bootstrap of the mean difference over objects.

    Args:
        before, after: the figure of each object, by its id; the same ids.
        measure: its name, for people.
        areas: of the same objects' masks before and after, to notice a collapse.
    """
    ids = sorted(before)
    old, new = np.array([before[i] for i in ids]), np.array([after[i] for i in ids])
    if not ids:
        return Verdict("no evidence", measure, 0, 0.0, 0.0, None, None, "no object was held out")
    difference = new - old
    picks = np.random.default_rng(seed).integers(len(ids), size=(RESAMPLES, len(ids)))
    low, high = (float(value) for value in np.quantile(difference[picks].mean(axis=1), [0.025, 0.975]))
    word, reason = _judge(len(ids), float(difference.mean()), low, high)
    if areas is not None and (factor := _change(*areas)) > COLLAPSE:
        word, reason = "worse", f"masks changed in size {factor:.1f}-fold: the model has drifted"
    return Verdict(word, measure, len(ids), float(old.mean()), float(new.mean()), low, high, reason)


def _judge(n: int, mean: float, low: float, high: float) -> tuple[Word, str]:
    if abs(mean) < LEAST:
        return "no evidence", "next to nothing changed"
    if high < 0:
        return "worse", "the whole interval of the difference lies below zero"
    if low > 0 and n >= FEWEST:
        return "better", "the whole interval of the difference lies above zero"
    if low > 0:
        return "no evidence", f"too few objects to tell: at least {FEWEST} are needed"
    return "no evidence", "the interval of the difference holds zero"


def _change(before: np.ndarray, after: np.ndarray) -> float:
    """Factor by which the median area grew or shrank."""
    old, new = max(float(np.median(before)), 1.0), max(float(np.median(after)), 1.0)
    return max(old / new, new / old)
