"""What an adaptation did, as a page: verdict, curves, the objects that changed most, the command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from PIL import Image, ImageDraw

from engine.metrics import polygon_agreement
from engine.writing.picture import render, save_picture
from training import html
from training.adapt.adapter_folder import CHANGES, CURVES_FILE, PAGE
from training.adapt.estimate import Key
from training.adapt.evaluation import Evaluation
from training.adapt.verdict import Verdict
from training.results import write_whole

if TYPE_CHECKING:
    from engine.reading.raster import RasterSource

SHOWN = 8
"""Objects shown before and after."""
SIDE = 300
MARGIN = 0.6
"""Share of an object's extent that is shown around it."""
SMALLEST_PX = 48.0
CURVES = ("loss", "dice", "ssa", "area_ratio")
CURVE_SIZE = (860, 180)
INK, GRID, LINE = (70, 82, 94), (213, 220, 227), (31, 108, 176)
WORDS = {
    "better": "Better: the adapter helps on objects it did not learn from.",
    "no evidence": "No evidence: on held-out objects the adapter is not clearly better, nor clearly worse.",
    "worse": "Worse: the adapter is marked rejected. Keep using the model without it.",
}


def write_report(
    out: Path,
    card: Mapping[str, Any],
    logs: Sequence[Mapping[str, float]],
    evaluation: Evaluation,
    rasters: Sequence[RasterSource],
) -> None:
    """Write ``report.html``, ``curves.png`` and ``changes.png`` into the adapter's folder.

    Raises:
        OutputError: they cannot be written.
    """
    curves = draw_curves(logs)
    changes = draw_changes(evaluation, rasters)
    save_picture(curves, out / CURVES_FILE)
    if changes is not None:
        save_picture(changes, out / CHANGES)
    write_whole(out / PAGE, _page(card, evaluation, curves, changes))


def _page(
    card: Mapping[str, Any], evaluation: Evaluation, curves: Image.Image, changes: Image.Image | None
) -> str:
    return html.page(
        "adaptation.html",
        conclusion=WORDS[evaluation.verdict.word],
        card=card,
        verdict=evaluation.verdict,
        measures=_measures(evaluation),
        curves=curves,
        changes=changes,
        use=f"resam segment --model {shlex.quote(card['model'])} --adapter DIR --raster … --points … --out …",
        card_json=json.dumps(card, indent=2, ensure_ascii=False),
    )


def _measures(evaluation: Evaluation) -> html.Table:
    """A row for what the verdict rests on, and one for every proxy."""
    verdict = evaluation.verdict
    rows = [_row(verdict.measure, verdict, verdict.word)]
    rows += [_row(name, part, part.trend) for name, part in evaluation.parts.items()]
    return html.Table(("measure", "objects", "before", "after", "change", "95 % interval", "verdict"), rows)


def _row(name: str, verdict: Verdict, word: str) -> tuple[str, ...]:
    interval = "–" if verdict.low is None else f"{verdict.low:+.3f} to {verdict.high:+.3f}"
    change = f"{verdict.after - verdict.before:+.3f}"
    return name, str(verdict.n), f"{verdict.before:.3f}", f"{verdict.after:.3f}", change, interval, word


def draw_curves(logs: Sequence[Mapping[str, float]]) -> Image.Image:
    """A line a figure, over the steps."""
    names = [name for name in CURVES if any(name in log for log in logs)]
    width, height = CURVE_SIZE
    picture = Image.new("RGB", (width, max(1, len(names)) * height), "white")
    for row, name in enumerate(names):
        points = np.array([(log["step"], log[name]) for log in logs if name in log])
        picture.paste(_curve(name, points), (0, row * height))
    return picture


def _curve(name: str, points: np.ndarray) -> Image.Image:
    width, height = CURVE_SIZE
    picture = Image.new("RGB", CURVE_SIZE, "white")
    draw = ImageDraw.Draw(picture)
    left, right, top, bottom = 60, width - 12, 26, height - 22
    low, high = float(points[:, 1].min()), float(points[:, 1].max())
    high = high if high > low else low + 1
    last = max(float(points[-1, 0]), 1.0)
    xy = np.column_stack(
        [
            left + points[:, 0] / last * (right - left),
            bottom - (points[:, 1] - low) / (high - low) * (bottom - top),
        ]
    )
    draw.line([(left, bottom), (right, bottom)], fill=GRID)
    draw.line([(left, top), (right, top)], fill=GRID)
    draw.text((left, 6), name, fill=INK)
    draw.text((6, top - 6), f"{high:.3g}", fill=INK)
    draw.text((6, bottom - 6), f"{low:.3g}", fill=INK)
    draw.text((right - 60, bottom + 6), f"step {last:.0f}", fill=INK)
    draw.point([tuple(p) for p in xy], fill=LINE)
    span = max(1, len(xy) // 20)
    smooth = np.convolve(
        np.pad(xy[:, 1], (span // 2, span - 1 - span // 2), mode="edge"), np.ones(span) / span, "valid"
    )
    if len(xy) > 1:
        draw.line([(x, y) for x, y in zip(xy[:, 0], smooth, strict=True)], fill=LINE, width=2)
    return picture


def draw_changes(evaluation: Evaluation, rasters: Sequence[RasterSource]) -> Image.Image | None:
    """The held-out objects whose outline changed most, before above after; None if there are none."""
    columns = list(_columns(evaluation, rasters))
    if not columns:
        return None
    picture = Image.new("RGB", (len(columns) * (SIDE + 6) - 6, 2 * SIDE + 6), "white")
    for column, (before, after) in enumerate(columns):
        picture.paste(before, (column * (SIDE + 6), 0))
        picture.paste(after, (column * (SIDE + 6), SIDE + 6))
    return picture


def _columns(
    evaluation: Evaluation, rasters: Sequence[RasterSource]
) -> Iterator[tuple[Image.Image, Image.Image]]:
    for number, prompt_id in _most_changed(evaluation)[:SHOWN]:
        frames = [
            figures.layers[number].loc[lambda f, i=prompt_id: f["prompt_id"] == i]
            for figures in (evaluation.before, evaluation.after)
        ]
        grid = rasters[number].grid
        shapes = [shape for frame in frames for shape in frame.geometry if shape is not None]
        corners = grid.to_pixel(np.concatenate([shapely.get_coordinates(shape) for shape in shapes]))
        low, high = corners.min(axis=0), corners.max(axis=0)
        side = max(float((high - low).max()) * (1 + 2 * MARGIN), SMALLEST_PX)
        x, y = (low + high) / 2 - side / 2
        yield tuple(  # type: ignore[misc]  # two frames, two pictures
            render(
                rasters[number], frame[frame["status"] != "rejected"], None, SIDE, (x, y, side, side)
            ).resize((SIDE, SIDE))
            for frame in frames
        )


def _most_changed(evaluation: Evaluation) -> list[Key]:
    """Objects by how little their outlines before and after agree."""
    agreement: dict[Key, float] = {}
    pairs = zip(evaluation.before.layers, evaluation.after.layers, strict=True)
    for number, (before, after) in enumerate(pairs):
        later = dict(zip(after["prompt_id"], after.geometry, strict=True))
        for prompt_id, old in zip(before["prompt_id"], before.geometry, strict=True):
            new = later.get(prompt_id)
            if old is None and new is None:
                continue
            old, new = old or shapely.Polygon(), new or shapely.Polygon()
            found = polygon_agreement(old, new)
            agreement[number, int(prompt_id)] = 0.0 if found is None else found[0]
    return sorted((key for key in agreement if agreement[key] < 1), key=agreement.__getitem__)
