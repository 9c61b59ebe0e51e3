"""Single sports grounds: tennis and basketball courts, baseball diamonds, running tracks, pitches, pools."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.scenes.canvas import Canvas, plain
from training.scenes.finish import Finish
from training.scenes.frame import Pose, blob, ellipse, rectangle, rounded, stadium
from training.scenes.surfaces import grained, stripes, surface


def _line(canvas: Canvas, pose: Pose, points: object, scale: float, closed: bool = False) -> None:
    canvas.stroke(
        pose(np.asarray(points, float) * scale),
        max(0.35, 0.05 * scale),
        plain((0.93, 0.93, 0.9)),
        closed,
        0.9,
    )


def tennis(canvas: Canvas, pose: Pose, length: float) -> None:
    """A tennis court, ``length`` pixels over its apron (36.6 m by 18.3 m): two tones, white lines, a net."""
    unit = length / 36.6
    canvas.fill(
        pose(rectangle(36.6, 18.3) * unit), grained(canvas, "court", 0.03), canvas.add("tennis_court")
    )
    if canvas.rng.random() < 0.75:
        canvas.fill(pose(rectangle(23.8, 11.0) * unit), grained(canvas, "court", 0.03))
    _line(canvas, pose, rectangle(23.8, 11.0), unit, True)
    _line(canvas, pose, rectangle(23.8, 8.2), unit, True)
    _line(canvas, pose, rectangle(12.8, 8.2), unit, True)
    _line(canvas, pose, [[-6.4, 0], [6.4, 0]], unit)
    net = pose(np.array([[0, -6.4], [0, 6.4]]) * unit)
    canvas.stroke(net, max(0.5, 0.1 * unit), plain((0.25, 0.25, 0.25)), opacity=0.7)


def basketball(canvas: Canvas, pose: Pose, length: float) -> None:
    """A basketball court, ``length`` pixels over its apron (30 m by 17 m)."""
    unit = length / 30.0
    canvas.fill(
        pose(rectangle(30, 17) * unit), grained(canvas, "court", 0.03), canvas.add("basketball_court")
    )
    if canvas.rng.random() < 0.6:
        canvas.fill(pose(rectangle(28, 15) * unit), grained(canvas, "court", 0.03))
    _line(canvas, pose, rectangle(28, 15), unit, True)
    _line(canvas, pose, [[0, -7.5], [0, 7.5]], unit)
    _line(canvas, pose, ellipse(1.8, 1.8), unit, True)
    key = grained(canvas, "court", 0.03)
    for side in (-1, 1):
        lane = rectangle(5.8, 4.9, side * 11.1)
        if unit > 1.5:
            canvas.fill(pose(lane * unit), key)
        _line(canvas, pose, lane, unit, True)
        t = np.linspace(-np.pi / 2, np.pi / 2, 16)
        arc = np.stack([side * (12.4 - 6.75 * np.cos(t)), 6.75 * np.sin(t)], axis=1)
        _line(canvas, pose, arc, unit)


def _fan(radius: float, half: float, back: float = 0.0) -> np.ndarray:
    t = np.linspace(-half, half, 24)
    return np.concatenate([[[-back, 0.0]], np.stack([np.cos(t), np.sin(t)], axis=1) * radius])


def diamond(canvas: Canvas, pose: Pose, size: float) -> None:
    """A baseball diamond: the skinned infield (``size`` pixels from home plate to its arc) is the object.

    The grass inside the base paths belongs to it; the outfield around it does not.
    """
    rng = canvas.rng
    home = pose.at(-size * 0.5, 0)
    if rng.random() < 0.6:
        canvas.fill(
            home(_fan(size * rng.uniform(1.9, 2.8), np.pi / 4 + 0.03, 0.05 * size)), surface(canvas, "grass")
        )
    dirt = grained(canvas, "soil" if rng.random() < 0.7 else "sand", 0.06)
    instance = canvas.add("baseball_diamond")
    canvas.fill(home(_fan(size, np.pi / 4 + 0.12, 0.1 * size)), dirt, instance)
    canvas.fill(home(ellipse(size * 0.16, size * 0.16)), dirt, instance)
    base = size * 0.62
    square = np.array([[0.0, 0.0], [base, -base], [2 * base, 0.0], [base, base]]) / np.sqrt(2)
    if rng.random() < 0.7:
        inner = (square - (base / np.sqrt(2), 0)) * rng.uniform(0.75, 0.88) + (base / np.sqrt(2), 0)
        canvas.fill(home(inner), surface(canvas, "grass"))
        canvas.fill(home(ellipse(size * 0.1, size * 0.1, base / np.sqrt(2))), dirt)
        canvas.fill(home(ellipse(size * 0.12, size * 0.12)), dirt)
    chalk = plain((0.92, 0.92, 0.9))
    for side in (-1, 1):
        foul = home(np.array([[0, 0], [1, side]]) * size * rng.uniform(0.6, 1.2))
        canvas.stroke(foul, max(0.4, 0.01 * size), chalk, opacity=rng.uniform(0.2, 0.9))


def track(canvas: Canvas, pose: Pose, length: float) -> None:
    """A running track with the field inside it: the whole stadium is the object."""
    rng = canvas.rng
    width = length * rng.uniform(0.48, 0.56)
    lanes = width * rng.uniform(0.09, 0.16)
    canvas.fill(pose(stadium(length, width)), grained(canvas, "track"), canvas.add("running_track"))
    for i in range(1, 8):
        if lanes / 8 > 1.5:
            gap = 2 * i * lanes / 8
            canvas.stroke(pose(stadium(length - gap, width - gap)), 0.5, plain((0.9, 0.88, 0.85)), True, 0.5)
    canvas.fill(pose(stadium(length - 2 * lanes, width - 2 * lanes)), surface(canvas, "grass"))
    pitch(canvas, pose, (length - width) * 1.0, (width - 2 * lanes) * 0.85, 0)


def pitch(canvas: Canvas, pose: Pose, length: float, width: float, instance: int) -> None:
    """A football pitch with mown stripes and lines."""
    rng = canvas.rng
    grass = surface(canvas, "grass")
    if rng.random() < 0.5:
        rows = (stripes(canvas, length / rng.integers(5, 9), pose.angle, 0.06),)
        grass = replace(grass, rows=rows)
    canvas.fill(pose(rectangle(length, width)), grass, instance)
    unit = length / 105
    line = plain((0.9, 0.92, 0.88))
    marks = [rectangle(0.96 * length, 0.94 * width), ellipse(9 * unit, 9 * unit)]
    marks += [rectangle(16 * unit, 0.55 * width, side * (0.48 * length - 8 * unit)) for side in (-1, 1)]
    for ring in marks:
        canvas.stroke(pose(ring), max(0.4, 0.25 * unit), line, True, rng.uniform(0.3, 0.9))
    canvas.stroke(pose([[0, -0.47 * width], [0, 0.47 * width]]), max(0.4, 0.25 * unit), line, opacity=0.6)


def pool(canvas: Canvas, pose: Pose, length: float) -> None:
    """A swimming pool with its paved rim; the water is the object."""
    rng = canvas.rng
    ring = rounded(length, length * 0.5, length * 0.1)
    if rng.random() < 0.5:
        ring = blob(rng, length * 0.4, 0.15, waves=3)
    canvas.stroke(pose(ring), length * rng.uniform(0.1, 0.4), grained(canvas, "concrete"), closed=True)
    shade = rng.uniform(0.8, 1.1)
    canvas.fill(pose(ring), Finish((0.3, 0.72, 0.8)).lit(shade), canvas.add("pool"))
