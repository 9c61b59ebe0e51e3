"""The benchmark's rows as means, paired intervals, gap closed, gates, and a Markdown table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from training.adapt.arms import DIRECT, NAMES
from training.protocol import interval

SUPERVISED = "supervised"
SINGLE = "single pass"
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
        if direct and arm != DIRECT:
            entry["above_direct"] = _difference(own, direct)
            if supervised:
                entry["gap_closed"] = _gap(own, direct, supervised)
        entry["watched"] = _watched(own)
        entries.append(entry)
    return {"setting": dict(setting), "entries": entries}


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
    return list(interval(values, np.random.default_rng(0)))


def _difference(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean paired difference over images, with its interval."""
    mine, theirs = _means(one), _means(other)
    values = np.array([mine[image] - theirs[image] for image in sorted(mine.keys() & theirs.keys())])
    return {"mean": float(values.mean()), "interval": _interval(values)}


def _gap(
    own: Sequence[Mapping[str, Any]],
    direct: Sequence[Mapping[str, Any]],
    supervised: Sequence[Mapping[str, Any]],
) -> float | None:
    """(arm - direct) / (supervised - direct); None unless supervision helps."""
    a, b, c = (float(np.mean(list(_means(rows).values()))) for rows in (own, direct, supervised))
    return (a - b) / (c - b) if c > b else None


def _watched(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Figures of the training at its beginning and end, means over seeds."""
    runs = {row["seed"]: row["watched"] for row in rows}
    names = {name for watched in runs.values() for name in watched}
    return {
        name: [round(float(np.mean([w[name][end] for w in runs.values() if name in w])), 3) for end in (0, 1)]
        for name in sorted(names)
    }


def table(results: Mapping[str, Any]) -> str:
    """Markdown: a row per number of clicks, way and arm."""
    lines = [
        "| clicks | way | arm | IoU | 95 % | F1 | above direct | gap closed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for entry in results["entries"]:
        low, high = entry["interval"]
        above, gap = "", ""
        if "above_direct" in entry:
            first, last = entry["above_direct"]["interval"]
            above = f"{entry['above_direct']['mean']:+.1f} ({first:+.1f} to {last:+.1f})"
        if entry.get("gap_closed") is not None:
            gap = f"{entry['gap_closed'] * 100:.0f} %"
        lines.append(
            f"| {entry['points']} | {entry['way']} | {entry['arm']} | {entry['iou']:.1f} | "
            f"{low:.1f} to {high:.1f} | {entry['f1']:.1f} | {above} | {gap} |"
        )
    return "\n".join(lines)
