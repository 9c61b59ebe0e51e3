"""Fitting a calibration to rows of signals and IoU, and saying how far its scores can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from engine.calibration import KINDS, SIGNALS, Calibration, Calibrations
from engine.metrics import bootstrap_interval
from engine.schema import ACCEPTED_FROM

KNOTS = 12
RIDGE = 1.0
BINS = 10
GOOD, WRONG = 0.5, 0.25
"""IoU from which on an answer is good, and below which it is wrong."""

Rows = Sequence[dict[str, Any]]


def fit_all(rows: Rows) -> Calibrations:
    """For every kind of prompt the calibration that fits its rows best."""
    return Calibrations(*(fit([row for row in rows if row["prompt"] == kind]) for kind in KINDS))


def fit(rows: Rows) -> Calibration:
    """The calibration that fits the rows best; every set counts alike, however many rows it has.

    Weights by least squares with a small ridge, none of them negative; then the mean IoU by weighted sum,
    made to rise (pool adjacent violators) and thinned to :data:`KNOTS` knots.
    """
    signals, iou, share = _arrays(rows)
    weights = _weights(signals, iou, share)
    sums = signals @ weights
    order = np.argsort(sums, kind="stable")
    rising = pooled(iou[order], share[order])
    at, values = _thinned(sums[order], rising, share[order])
    return Calibration(tuple(weights.tolist()), tuple(at.tolist()), tuple(values.tolist()))


def _arrays(rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, 4) signals, (n,) IoU, and (n,) what a row counts."""
    signals = np.array([[row[name] for name in SIGNALS] for row in rows], np.float64)
    iou = np.array([row["iou"] for row in rows], np.float64)
    names = np.array([row["set"] for row in rows])
    share = np.array([1 / (names == name).sum() for name in names])
    return signals, iou, share / share.sum() * len(rows)


def _weights(signals: np.ndarray, iou: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(4,) by least squares about the means, without negative ones: those are left out, the worst first."""
    centred = signals - np.average(signals, axis=0, weights=share)
    target = iou - np.average(iou, weights=share)
    kept = np.ones(signals.shape[1], bool)
    while True:
        part = centred[:, kept]
        gram = (part * share[:, None]).T @ part + RIDGE * np.eye(int(kept.sum()))
        found = np.linalg.solve(gram, (part * share[:, None]).T @ target)
        if (found >= 0).all() or kept.sum() == 1:
            weights = np.zeros(signals.shape[1])
            weights[kept] = found.clip(0)
            return weights if weights.any() else np.eye(signals.shape[1])[1]
        kept[np.flatnonzero(kept)[found.argmin()]] = False


def pooled(values: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(n,) the rising sequence closest to ``values`` in weighted squares (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), share.tolist(), strict=True):
        mean, total, length = value, weight, 1
        while blocks and blocks[-1][0] >= mean:
            before, much, many = blocks.pop()
            mean = (mean * total + before * much) / (total + much)
            total, length = total + much, length + many
        blocks.append((mean, total, length))
    return np.concatenate([np.full(length, mean) for mean, _, length in blocks])


def _thinned(sums: np.ndarray, values: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Knots at the middles of equal parts of the rows: mean sum and mean value of each part."""
    parts = np.array_split(np.arange(len(sums)), min(KNOTS, len(sums)))
    at = np.array([np.average(sums[part], weights=share[part]) for part in parts])
    found = np.array([np.average(values[part], weights=share[part]) for part in parts])
    distinct = np.concatenate([[True], np.diff(at) > 1e-6])
    return at[distinct].round(6), np.maximum.accumulate(found[distinct]).clip(0, 1).round(6)


def calibration_error(scores: np.ndarray, iou: np.ndarray) -> float:
    """Expected calibration error: mean over rows of |mean score - mean IoU| of their tenth of the scale."""
    place = _tenths(scores)
    gaps = [abs(scores[place == n].sum() - iou[place == n].sum()) for n in np.unique(place)]
    return float(sum(gaps) / len(scores))


def same_kept(before: np.ndarray, after: np.ndarray, iou: np.ndarray) -> float:
    """The score ``after`` from which on as many good answers are accepted as were from ``before``."""
    good = iou >= GOOD
    kept = int((before[good] >= ACCEPTED_FROM).sum())
    return float(np.sort(after[good])[::-1][kept - 1]) if kept else 1.0


def judged(rows: Rows, calibrations: Calibrations, sets: Sequence[str]) -> str:
    """Markdown: per set and prompt the error and the share of confidently wrong answers, before and after."""
    names = ["error before", "after", "accepted, wrong before", "after", "good ones kept before", "after"]
    titles = ["set", "prompt", "objects", *names, "wrong at as many good", "from"]
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for name, kind in product(sets, KINDS):
        if some := _of(rows, name, kind):
            before, after, iou = _scores(some, calibrations.of_kind(kind))
            lines.append(f"| {name} | {kind} | {len(some)} | {' | '.join(_figures(before, after, iou))} |")
    return "\n".join(lines)


def _scores(rows: Rows, calibration: Calibration) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) the score that the model says, (n,) the calibrated one, and (n,) IoU."""
    signals, iou, _ = _arrays(rows)
    return signals[:, SIGNALS.index("last")], np.array([calibration(row) for row in signals]), iou


def _figures(before: np.ndarray, after: np.ndarray, iou: np.ndarray) -> list[str]:
    """The cells of a line of :func:`judged`."""
    least = same_kept(before, after, iou)
    ways = ((before, ACCEPTED_FROM), (after, ACCEPTED_FROM))
    return [
        *(f"{calibration_error(scores, iou):.3f}" for scores, _ in ways),
        *(_wrong(scores >= limit, iou) for scores, limit in ways),
        *(_kept(scores >= limit, iou) for scores, limit in ways),
        _wrong(after >= least, iou),
        f"{least:.2f}",
    ]


def _kept(accepted: np.ndarray, iou: np.ndarray) -> str:
    """Share of the good ones that are accepted."""
    good = iou >= GOOD
    return f"{accepted[good].mean() * 100:.0f} %" if good.any() else "none good"


def reliability(rows: Rows, calibrations: Calibrations, sets: Sequence[str]) -> str:
    """Markdown: by tenths of the scale, what a score was worth before and is worth after, and of how many."""
    columns = [(name, kind) for name, kind in product(sets, KINDS) if _of(rows, name, kind)]
    lines = [f"| score | {' | '.join(f'{name}, {kind}' for name, kind in columns)} |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    found = [_scores(_of(rows, name, kind), calibrations.of_kind(kind)) for name, kind in columns]
    for tenth in range(BINS):
        cells = [" → ".join(_worth(scores, iou, tenth) for scores in pair) for *pair, iou in found]
        if any(cell != "– → –" for cell in cells):
            lines.append(f"| {tenth / BINS:.1f} to {(tenth + 1) / BINS:.1f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _of(rows: Rows, name: str, kind: str) -> Rows:
    return [row for row in rows if (row["set"], row["prompt"]) == (name, kind)]


def _worth(scores: np.ndarray, iou: np.ndarray, tenth: int) -> str:
    """Mean IoU of the scores of a tenth of the scale, and how many there are."""
    inside = _tenths(scores) == tenth
    return f"{iou[inside].mean():.2f} ({inside.sum()})" if inside.any() else "–"


def _tenths(scores: np.ndarray) -> np.ndarray:
    """(n,) which tenth of the scale each score lies in, from 0."""
    return np.minimum((scores * BINS).astype(int), BINS - 1)


def _wrong(accepted: np.ndarray, iou: np.ndarray) -> str:
    """Share of the accepted that are wrong, with its interval over objects, and how many are accepted."""
    if not accepted.any():
        return "none accepted"
    wrong = (iou[accepted] < WRONG).astype(np.float64) * 100
    low, high = bootstrap_interval(wrong, np.random.default_rng(0))
    return f"{wrong.mean():.0f} % ({low:.0f} to {high:.0f}) of {int(accepted.sum())}"
