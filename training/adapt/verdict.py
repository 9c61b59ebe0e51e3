"""Did it help? A paired comparison of the same held-out objects before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.stats import binom

from engine.metrics import bootstrap_interval

if TYPE_CHECKING:
    from training.adapt.estimate import Estimate

Word = Literal["better", "no evidence", "worse"]
Soundness = tuple[Mapping[Any, bool], Mapping[Any, bool]]
"""Before and after, by object: whether its mask holds its click, is not empty, and fills no half tile."""
EXPECTED, SCORES = "expected IoU (no reference polygons)", "mean score (no reference polygons)"
"""What is compared by clicks alone: of a model with calibrated scores, and of others."""
RESAMPLES = 4000
MIN_COMPARED = 5
"""With fewer objects nothing is claimed to be better or worse."""
LEAST = 0.002
"""Smaller mean differences are no evidence of anything, however narrow their interval."""
TELLING = 0.03
"""An expected gain of the mean IoU from which on runs had nearly always gained (docs/adapting.md)."""
TOLERATED = 0.05
"""A mask may break with this chance in an adapter that is as good as the model before it."""
SIGNIFICANT = 0.05
"""If chance alone breaks as many masks with a lower probability than this, the adapter is worse."""


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

    @property
    def trend(self) -> str:
        """The word for a proxy on its own: its rise or fall makes no model better or worse."""
        return {"better": "rose", "no evidence": "unclear", "worse": "fell"}[self.word]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def compare(
    before: Mapping[Any, float],
    after: Mapping[Any, float],
    measure: str,
    seed: int = 0,
) -> Verdict:
    """Judge by the paired bootstrap of the mean difference over objects.

    Args:
        before, after: the figure of each object, by its id; the same ids.
        measure: its name, for people.
    """
    ids = sorted(before)
    old, new = np.array([before[i] for i in ids]), np.array([after[i] for i in ids])
    if not ids:
        return Verdict("no evidence", measure, 0, 0.0, 0.0, None, None, "no object was held out")
    difference = new - old
    low, high = bootstrap_interval(difference, np.random.default_rng(seed), RESAMPLES)
    word, reason = _word_and_reason(len(ids), float(difference.mean()), low, high)
    return Verdict(word, measure, len(ids), float(old.mean()), float(new.mean()), low, high, reason)


def _word_and_reason(n: int, mean: float, low: float, high: float) -> tuple[Word, str]:
    if abs(mean) < LEAST:
        return "no evidence", "next to nothing changed"
    if low <= 0 <= high:
        return "no evidence", "the interval of the difference holds zero"
    if n < MIN_COMPARED:
        return "no evidence", f"too few objects to tell: at least {MIN_COMPARED} are needed"
    if high < 0:
        return "worse", "the whole interval of the difference lies below zero"
    return "better", "the whole interval of the difference lies above zero"


def verdict_by_clicks(expected: Estimate | None, sound: Soundness) -> Verdict:
    """Judge without reference polygons: better by the estimate, worse only if masks break.

    An expected gain was nearly always one, an expected loss in eight runs of ten.

    Args:
        expected: None if no object was held out.
    """
    if expected is None:
        return Verdict("no evidence", EXPECTED, 0, 0.0, 0.0, None, None, "no object was held out")
    word, reason = _expected(expected)
    broken, left, reason_broken = _broken(sound)
    if broken:
        doubt = f"{reason_broken}; so few may have broken by chance"
        too_many = by_chance(broken, broken + left) < SIGNIFICANT
        word, reason = ("worse", reason_broken) if too_many else ("no evidence", doubt)
    measure, after = EXPECTED if expected.calibrated else SCORES, expected.before + expected.change
    return Verdict(word, measure, expected.objects, expected.before, after, None, None, reason)


def _expected(expected: Estimate) -> tuple[Word, str]:
    if not expected.calibrated:
        return "no evidence", "no mask broke, and scores without a calibration cannot tell better from worse"
    if expected.objects < MIN_COMPARED:
        return "no evidence", f"too few objects to tell: at least {MIN_COMPARED} are needed"
    if expected.change > TELLING:
        return "better", "the clicks are answered with much higher scores"
    if expected.change < -TELLING:
        return "no evidence", "the scores let expect a loss: look at what changed"
    return "no evidence", "the expected change is too small to tell its sign"


def with_clicks(measured: Verdict, by_clicks: Verdict, sound: Soundness) -> Verdict:
    """A verdict by reference polygons, and by clicks where these are too few to tell and clicks are not.

    A few references, or a few held-out objects, must not hide that the others lost their masks. But where
    the few references fell, the clicks' estimate of a gain is not believed.
    """
    contradicted = by_clicks.word == "better" and measured.n and measured.after < measured.before
    if measured.n < MIN_COMPARED and by_clicks.word != "no evidence" and not contradicted:
        return by_clicks
    broken, left, reason = _broken(sound)
    if measured.word == "no evidence" and broken and by_chance(broken, broken + left) < SIGNIFICANT:
        return replace(measured, word="worse", reason=f"{measured.reason}; but {reason}")
    return measured


def _broken(sound: Soundness) -> tuple[int, int, str]:
    """How many masks broke of those that were sound, how many are left, and both in words."""
    was, still = sound
    old = [key for key in was if was[key]]
    broken = sum(not still[key] for key in old)
    left = len(old) - broken
    text = f"of {len(old)} masks that were sound {left} are left: the others lost their click or its bounds"
    return broken, left, text


def by_chance(broken: int, n: int, chance: float = TOLERATED) -> float:
    """How likely at least ``broken`` of ``n`` masks break if each does with ``chance`` (binomial tail)."""
    return float(binom.sf(broken - 1, n, chance))
