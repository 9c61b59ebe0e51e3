"""Shapes of no particular kind, for class-agnostic segmentation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.scenes import ground
from training.scenes.canvas import Canvas
from training.scenes.colours import near
from training.scenes.finish import Finish
from training.scenes.frame import anywhere, blob, ellipse, rectangle, rounded, stadium
from training.scenes.noise import sample
from training.scenes.surfaces import wild


def paint(canvas: Canvas) -> None:
    """Blobs, polygons, ellipses and stars of any finish, overlapping as they fall."""
    rng = canvas.rng
    ground.lay_any(canvas)
    ground.parcels(canvas, 0.15)
    ground.clutter(canvas, int(rng.integers(0, 9)), 0.1)
    biggest = canvas.size * rng.uniform(0.08, 0.3)
    count = int(np.exp(rng.uniform(np.log(3), np.log(40))))
    finishes = [wild(canvas) for _ in range(int(rng.integers(1, 6)))]
    for _ in range(count):
        radius = max(3.0, biggest * np.exp(rng.uniform(-2.5, 0)))
        finish = finishes[int(rng.integers(len(finishes)))] if rng.random() < 0.7 else wild(canvas)
        pose = anywhere(rng, canvas.size)
        _shape(canvas, pose(outline(rng, radius)), radius, finish)


def outline(rng: np.random.Generator, radius: float) -> np.ndarray:
    """A closed outline of a random kind around the origin."""
    flat = rng.uniform(0.25, 1.0)
    kind = int(rng.integers(8))
    if kind == 0:
        return ellipse(radius, radius * flat)
    if kind == 1:
        return rectangle(2 * radius, 2 * radius * flat)
    if kind == 2:
        return rounded(2 * radius, 2 * radius * flat, radius * rng.uniform(0.1, 0.6))
    if kind == 3:
        return stadium(2 * radius, 2 * radius * min(flat, 0.8))
    if kind == 4:
        return _star(rng, radius)
    if kind == 5:
        return _angular(rng, radius)
    return blob(rng, radius * 0.8, rng.uniform(0.05, 0.35)) * (1, flat)


def _star(rng: np.random.Generator, radius: float) -> np.ndarray:
    points = int(rng.integers(3, 8))
    t = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False)
    r = radius * np.where(np.arange(2 * points) % 2, rng.uniform(0.4, 0.85), 1.0)
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)


def _angular(rng: np.random.Generator, radius: float) -> np.ndarray:
    t = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 9))))
    return np.stack([np.cos(t), np.sin(t)], axis=1) * rng.uniform(0.5, 1.0, (len(t), 1)) * radius


def _shape(canvas: Canvas, ring: np.ndarray, radius: float, finish: Finish) -> None:
    rng = canvas.rng
    if rng.random() < 0.5:
        canvas.shadow(ring, radius * rng.uniform(0.05, 0.6))
    base = replace(finish, colour=near(rng, finish.colour))
    canvas.fill(ring, base, canvas.add("shape"))
    draw = rng.random()
    if draw < 0.2:
        canvas.stroke(
            ring, max(0.7, radius * rng.uniform(0.02, 0.12)), wild(canvas), closed=True, opacity=0.8
        )
    elif draw < 0.45 and radius > 5:
        centre = ring.mean(axis=0)
        inner = (ring - centre) * rng.uniform(0.2, 0.8) + centre
        canvas.fill(inner, wild(canvas), 0, rng.uniform(0.3, 1.0))
    elif draw < 0.6:
        _gradient(canvas, ring)


def _gradient(canvas: Canvas, ring: np.ndarray) -> None:
    box = canvas.box(ring)
    if box is not None:
        mine = canvas.instances[box.slices] == len(canvas.classes)
        light = sample(canvas.rng, "smooth", box.height, box.width, 2.0)
        canvas.relief(box, 1 + mine * np.float32(0.15) * light)
