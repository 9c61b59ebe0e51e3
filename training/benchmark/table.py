"""The benchmark's rows as means, paired intervals, gap closed, gates, and a Markdown table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.metrics import bootstrap_interval
from training.benchmark.arms import DIRECT, NAMES

SUPERVISED = "supervised"
SINGLE = "single pass"
COMPARED = ("self-training", "pointsam")
"""Arms that the others are compared with, besides the unadapted model."""
LEAST_SUPERVISED = 8.0
Means = dict[str, float]
"""Mean IoU over seeds, by image."""


def summarise(rows: Sequence[Mapping[str, Any]], setting: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the table shows, and more, as plain JSON types."""
    groups: dict[tuple[int, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["points"], row["way"], row["arm"]), []).append(row)
    entries = []
    for points, way, arm in sorted(groups, key=lambda key: (key[0], key[1] != SINGLE, NAMES.index(key[2]))):
        own = groups[points, way, arm]
        direct, supervised = (groups.get((points, way, other), []) for other in (DIRECT, SUPERVISED))
        entry = {"points": points, "way": way, "arm": arm, **_figures(own)}
        if way != SINGLE and (twins := _paired(groups.get((points, SINGLE, arm), []), own)):
            entry["single_pass"] = _mean(twins[0])
        if arm != DIRECT and (above := _difference(own, direct)):
            entry["above_direct"] = above
            entry["gap_closed"] = _gap(own, direct, supervised)
        entry["above"] = {
            other: difference
            for other in COMPARED
            if arm != other and (difference := _difference(own, groups.get((points, way, other), [])))
        }
        entry["watched"] = _watched(own)
        entry["target_gains"] = _target_gains(own)
        entries.append(entry)
    return {"setting": dict(setting), "entries": entries, "gates": gates(entries)}


def gates(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What must hold before the arms say anything about the method.

    In a single pass, true masks gain at least 8 points; requery's targets beat the clicks' own masks. (That
    the oracle box beats the click is a matter of the model: :mod:`training.benchmark.measure`.)
    """
    found = []
    for entry in entries:
        if entry["way"] != SINGLE:
            continue
        if entry["arm"] == SUPERVISED and "above_direct" in entry:
            gain = entry["above_direct"]["mean"]
            name = f"supervised at least {LEAST_SUPERVISED:g} above direct"
            found.append(_gate(entry, name, gain, gain >= LEAST_SUPERVISED))
        if entry["arm"] == "resam" and (gains := entry["target_gains"]):
            name = "targets above the clicks' own masks, in every draw"
            found.append(_gate(entry, name, float(np.mean(gains)), min(gains) > 0))
    return found


def _gate(entry: Mapping[str, Any], name: str, gain: float, holds: bool) -> dict[str, Any]:
    return {"points": entry["points"], "gate": name, "measured": round(gain, 1), "holds": bool(holds)}


def _means(rows: Iterable[Mapping[str, Any]], figure: str = "iou") -> Means:
    images: dict[str, list[float]] = {}
    for row in rows:
        images.setdefault(row["image"], []).append(row[figure])
    return {image: float(np.mean(values)) * 100 for image, values in images.items()}


def _figures(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    iou, f1 = _means(rows), _means(rows, "f1")
    by_seed: dict[int, list[float]] = {}
    for row in rows:
        by_seed.setdefault(row["seed"], []).append(row["iou"] * 100)
    values = np.array(list(iou.values()))
    return {
        "iou": float(values.mean()),
        "interval": _interval(values),
        "f1": float(np.mean(list(f1.values()))),
        "by_seed": [float(np.mean(by_seed[seed])) for seed in sorted(by_seed)],
        "images": len(values),
    }


def _interval(values: np.ndarray) -> list[float]:
    return list(bootstrap_interval(values, np.random.default_rng(0)))


def _mean(rows: Sequence[Mapping[str, Any]]) -> float:
    return float(np.mean(list(_means(rows).values())))


def _difference(
    one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Mean paired difference over images, with its interval; over the seeds that both have, if any."""
    paired = _paired(one, other)
    if not paired:
        return None
    mine, theirs = (_means(rows) for rows in paired)
    values = np.array([mine[image] - theirs[image] for image in sorted(mine.keys() & theirs.keys())])
    return {"mean": float(values.mean()), "interval": _interval(values)}


def _paired(*arms: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The rows of each arm whose seed all of them have, if any: other seeds are other clicks."""
    common = set.intersection(*({row["seed"] for row in rows} for rows in arms))
    return [[row for row in rows if row["seed"] in common] for rows in arms] if common else []


def _gap(
    own: Sequence[Mapping[str, Any]],
    direct: Sequence[Mapping[str, Any]],
    supervised: Sequence[Mapping[str, Any]],
) -> float | None:
    """(arm - direct) / (supervised - direct); None unless supervision was measured and helps."""
    paired = _paired(own, direct, supervised)
    if not paired:
        return None
    a, b, c = map(_mean, paired)
    return (a - b) / (c - b) if c > b else None


def _watched(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Figures of the training at its beginning and end, means over seeds."""
    runs = {row["seed"]: row["watched"] for row in rows}
    names = {name for watched in runs.values() for name in watched}
    return {
        name: [round(float(np.mean([w[name][end] for w in runs.values() if name in w])), 3) for end in (0, 1)]
        for name in sorted(names)
    }


def _target_gains(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """By seed, how far the IoU of targets is above that of the clicks' own masks: beginning and end together.

    The more steps it is over the surer it is, and what a frozen teacher gives is the same at both.
    """
    runs = {row["seed"]: row["watched"] for row in rows}
    pairs = [
        (np.mean(watched["label_iou"]), np.mean(watched["click_iou"]))
        for _, watched in sorted(runs.items())
        if {"label_iou", "click_iou"} <= watched.keys()
    ]
    return [float(label - click) * 100 for label, click in pairs]


def table(results: Mapping[str, Any]) -> str:
    """Markdown: a row per number of clicks, way and arm; then paired differences, and the gates.

    Differences and gaps are over the draws that the arms have in common; beside a row of another way stands
    its single pass with the same draws. The peak is the most memory that the training took beyond the model
    and the images, the mean over draws.
    """
    lines = [
        "| clicks | way | arm | draws | IoU | 95 % | its single pass | F1 | above direct | gap closed | "
        "peak MiB |",
        "|---" * 11 + "|",
    ]
    for entry in results["entries"]:
        low, high = entry["interval"]
        twin = f"{entry['single_pass']:.1f}" if "single_pass" in entry else ""
        peak = entry["watched"].get("peak_mib")
        memory = f"{peak[1]:.0f}" if peak and entry["way"] == SINGLE else ""
        gap = f"{entry['gap_closed'] * 100:.0f} %" if entry.get("gap_closed") is not None else ""
        lines.append(
            f"| {entry['points']} | {entry['way']} | {entry['arm']} | {len(entry['by_seed'])} | "
            f"{entry['iou']:.1f} | {low:.1f} to {high:.1f} | {twin} | {entry['f1']:.1f} | "
            f"{_span(entry.get('above_direct'))} | {gap} | {memory} |"
        )
    lines += [
        "",
        "| clicks | single pass, paired | above self-training | above pointsam |",
        "|---|---|---|---|",
    ]
    for entry in results["entries"]:
        if entry["way"] == SINGLE and entry["arm"] not in (DIRECT, *COMPARED):
            cells = (_span(entry["above"].get(other)) for other in COMPARED)
            lines.append(f"| {entry['points']} | {entry['arm']} | {' | '.join(cells)} |")
    lines += ["", "| clicks | gate | measured | |", "|---|---|---|---|"]
    for gate in results["gates"]:
        holds = "holds" if gate["holds"] else "**fails**"
        lines.append(f"| {gate['points']} | {gate['gate']} | {gate['measured']:+.1f} | {holds} |")
    return "\n".join(lines)


def _span(difference: Mapping[str, Any] | None) -> str:
    if difference is None:
        return ""
    low, high = difference["interval"]
    return f"{difference['mean']:+.1f} ({low:+.1f} to {high:+.1f})"
