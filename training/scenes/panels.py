"""Solar panels: arrays on roofs and solar farms on the ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.scenes import ground
from training.scenes.canvas import Canvas, plain
from training.scenes.colours import near, pick
from training.scenes.finish import Colour, Finish, Grain, Rows
from training.scenes.frame import Pose, anywhere, rectangle
from training.scenes.surfaces import flat_roof


def finish(canvas: Canvas, angle: float, colour: Colour | None = None) -> Finish:
    """Dark glass in a grid of cells; now and then a panel that mirrors the sun."""
    rng = canvas.rng
    base = near(rng, colour or pick(rng, "panel"), 0.08)
    if rng.random() < 0.03:
        base = pick(rng, "tank")
    cell = canvas.pixels(rng.choice([1.0, 1.0, 1.7]))
    grid = rng.uniform(0.1, 0.8)
    rows = (
        Rows(cell, angle, grid, thin=True),
        Rows(cell * rng.choice([1.0, 1.65]), angle + np.pi / 2, grid * rng.uniform(0.3, 1), thin=True),
    )
    return Finish(base, (Grain("cloud", rng.uniform(0, 0.08)),), rows)


def array(canvas: Canvas, pose: Pose, length: float, width: float, instance: int, gaps: bool = False) -> None:
    """One array, in lines with gaps between them or in one piece, painted as ``instance`` (0: no object)."""
    rng = canvas.rng
    glass = finish(canvas, pose.angle)
    lines = max(1, int(width / max(canvas.pixels(3.0), 4.0))) if gaps else 1
    pitch = width / lines
    for i in range(lines):
        spot = pose.at(0, (i + 0.5) * pitch - width / 2)
        canvas.fill(spot(rectangle(length, pitch * (0.65 if gaps else 1.0))), glass, instance)
    if not gaps and rng.random() < 0.5:
        frame = plain(pick(rng, "plane"))
        canvas.stroke(pose(rectangle(length, width)), max(0.4, canvas.pixels(0.08)), frame, True, opacity=0.6)


def farm(canvas: Canvas) -> None:
    """Rows of tables across the sheet; tables of one row touch or nearly so."""
    rng = canvas.rng
    size = canvas.size
    depth = max(5.0, size * np.exp(rng.uniform(np.log(0.03), np.log(0.16))))
    canvas.gsd = rng.uniform(2, 6) / depth
    ground.lay(canvas, str(rng.choice(["grass", "soil", "scrub", "gravel", "meadow"])), "soil")
    ground.parcels(canvas, 0.3)
    ground.roads(canvas, int(rng.integers(0, 2)), 4.0)
    angle = rng.uniform(0, np.pi)
    length = depth * np.exp(rng.uniform(np.log(1.5), np.log(10)))
    length = min(length, size * 0.8)
    pitch_y = depth * rng.uniform(1.1, 2.2)
    pitch_x = length * rng.choice([1.0, 1.02, 1.15]) + 1.0
    colour = pick(rng, "panel")
    centre = Pose(size / 2, size / 2, angle)
    for i in range(int(-size / pitch_y), int(size / pitch_y) + 1):
        for j in range(int(-size / pitch_x) - 1, int(size / pitch_x) + 2):
            if rng.random() < 0.08 or len(canvas.classes) >= 70:
                continue
            table = centre.at((j + (i % 2) * 0.3) * pitch_x, i * pitch_y)
            ring = table(rectangle(length, depth))
            if canvas.box(ring) is not None:
                _table(canvas, table, ring, colour)


def _table(canvas: Canvas, pose: Pose, ring: np.ndarray, colour: Colour) -> None:
    rng = canvas.rng
    canvas.shadow(ring, canvas.pixels(rng.uniform(0.5, 1.5)))
    canvas.fill(ring, finish(canvas, pose.angle, colour), canvas.add("solar_panel"))
    if rng.random() < 0.3:
        canvas.stroke(ring, max(0.4, canvas.pixels(0.08)), plain(pick(rng, "plane")), True, opacity=0.5)


def rooftops(canvas: Canvas) -> None:
    """Big roofs whose panel arrays are the objects."""
    rng = canvas.rng
    size = canvas.size
    canvas.gsd = rng.uniform(20, 80) / size
    ground.lay(canvas, str(rng.choice(["asphalt", "concrete", "grass"])))
    ground.parcels(canvas, 0.5)
    ground.roads(canvas, 1)
    angle = rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(1, 5))):
        length, width = size * rng.uniform(0.3, 0.8), size * rng.uniform(0.2, 0.5)
        pose = replace(anywhere(rng, size, 0.2), angle=angle)
        canvas.shadow(pose(rectangle(length, width)), canvas.pixels(6))
        canvas.fill(pose(rectangle(length, width)), flat_roof(canvas, angle), canvas.add("roof"))
        columns, lines = int(rng.integers(1, 5)), int(rng.integers(1, 4))
        for i in range(columns):
            for j in range(lines):
                spot = pose.at(((i + 0.5) / columns - 0.5) * length, ((j + 0.5) / lines - 0.5) * width)
                if rng.random() < 0.8:
                    share = rng.uniform(0.5, 0.95, 2)
                    array(
                        canvas,
                        spot,
                        length / columns * share[0],
                        width / lines * share[1],
                        canvas.add("solar_panel"),
                    )
