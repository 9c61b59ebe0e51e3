"""Farmland: fields that share borders, by recursive splits or as Voronoi cells."""

from __future__ import annotations

import cv2
import numpy as np

from training.scenes import ground, trees
from training.scenes.canvas import Box, Canvas
from training.scenes.colours import pick
from training.scenes.finish import Finish
from training.scenes.frame import Pose, ellipse, rectangle
from training.scenes.surfaces import stripes, surface


def farmland(canvas: Canvas) -> None:
    """Fields that fill the sheet, some left out, with tracks, hedges, a farm road."""
    rng = canvas.rng
    ground.lay(canvas, str(rng.choice(["grass", "scrub", "soil", "forest"])))
    labels = _voronoi(canvas) if rng.random() < 0.35 else _splits(canvas)
    _gaps(canvas, labels)
    palette = [pick(rng, "crop") for _ in range(int(rng.integers(2, 6)))]
    for label in range(1, int(labels.max()) + 1):
        if rng.random() < 0.9:
            _field(canvas, labels, label, palette[int(rng.integers(len(palette)))])
    if rng.random() < 0.15:
        _pivots(canvas)
    _borders(canvas)


def _splits(canvas: Canvas) -> np.ndarray:
    """A label map of turned rectangles, cut again and again in two."""
    rng = canvas.rng
    size = canvas.size
    smallest = (size * np.exp(rng.uniform(np.log(0.1), np.log(0.5)))) ** 2
    angle = rng.choice([0.0, rng.uniform(0, np.pi)])
    skew = rng.normal(0, 0.1)
    frame = Pose(size / 2, size / 2, angle)
    reach = size * (0.75 if angle else 0.52)
    queue = [np.array([[-reach, -reach], [reach, -reach], [reach, reach], [-reach, reach]])]
    labels = np.zeros((size, size), np.int32)
    count = 0
    while queue:
        ring = queue.pop()
        sides = np.hypot(*(ring[1] - ring[0])), np.hypot(*(ring[3] - ring[0]))
        if sides[0] * sides[1] > smallest * rng.uniform(0.7, 3) and min(sides) > 8:
            queue += _halves(rng, ring, sides, skew)
            continue
        count += 1
        corners = np.round(frame(ring) - 0.5).astype(np.int32)
        cv2.fillPoly(labels, [corners], count)
    return labels


def _halves(
    rng: np.random.Generator, ring: np.ndarray, sides: tuple[float, float], skew: float
) -> list[np.ndarray]:
    longer_first = sides[0] * rng.uniform(0.6, 1.6) > sides[1]
    a, b, c, d = ring if longer_first else np.roll(ring, -1, axis=0)
    share = rng.uniform(0.3, 0.7)
    other = np.clip(share + rng.normal(0, 0.3) * skew, 0.2, 0.8)
    top, bottom = a + (b - a) * share, d + (c - d) * other
    if longer_first:
        return [np.array([a, top, bottom, d]), np.array([top, b, c, bottom])]
    return [np.array([d, a, top, bottom]), np.array([bottom, top, b, c])]


def _voronoi(canvas: Canvas) -> np.ndarray:
    """A label map of Voronoi cells, stretched along one direction."""
    rng = canvas.rng
    count = int(np.exp(rng.uniform(np.log(5), np.log(40))))
    seeds = rng.uniform(0, canvas.size, (count, 2))
    turn = Pose(0, 0, rng.uniform(0, np.pi))
    stretch = np.array([1.0, rng.uniform(1.0, 2.5)])
    side = canvas.size // 2
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32) * 2
    grid = turn(np.stack([xs.ravel(), ys.ravel()], axis=1)).astype(np.float32) * stretch.astype(np.float32)
    at = turn(seeds).astype(np.float32) * stretch.astype(np.float32)
    # |g - s|^2 without the |g|^2 that all seeds have in common.
    score = grid @ at.T - 0.5 * (at**2).sum(axis=1)
    nearest = score.argmax(axis=1).reshape(side, side).astype(np.float32) + 1
    return cv2.resize(nearest, (canvas.size, canvas.size), interpolation=cv2.INTER_NEAREST).astype(np.int32)


def _gaps(canvas: Canvas, labels: np.ndarray) -> None:
    """Borders between fields: none at all, a thin strip, or a wide one."""
    rng = canvas.rng
    width = int(rng.choice([0, 1, 2, 3, 5]) * canvas.size / 512 + 0.5)
    if width == 0:
        return
    edge = np.zeros(labels.shape, np.uint8)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    labels[cv2.dilate(edge, kernel) > 0] = 0


def _field(canvas: Canvas, labels: np.ndarray, label: int, colour: tuple[float, float, float]) -> None:
    rng = canvas.rng
    x, y, width, height = cv2.boundingRect((labels == label).astype(np.uint8))
    if width * height == 0:
        return
    box = Box(x, y, x + width, y + height)
    mask = (labels[box.slices] == label).astype(np.float32)
    same = tuple(np.clip(np.array(colour) * rng.normal(1, 0.08) + rng.normal(0, 0.02, 3), 0.02, 1))
    finish = surface(canvas, "crop", same)
    rows: tuple = ()
    if rng.random() < 0.6:
        period = max(2.2, canvas.pixels(np.exp(rng.uniform(np.log(1.0), np.log(12)))))
        rows = (stripes(canvas, min(period, canvas.size / 12), rng.uniform(0, np.pi), 0.08),)
    finish = Finish(finish.colour, finish.grains, rows, finish.tint, finish.photo)
    canvas.blend(box, mask, finish, canvas.add("field"))


def _pivots(canvas: Canvas) -> None:
    """Round fields under a pivot sprinkler."""
    rng = canvas.rng
    radius = canvas.size * rng.uniform(0.08, 0.25)
    for _ in range(int(rng.integers(1, 4))):
        pose = Pose(*rng.uniform(0.1, 0.9, 2) * canvas.size)
        canvas.fill(pose(ellipse(radius, radius)), surface(canvas, "crop"), canvas.add("field"))


def _borders(canvas: Canvas) -> None:
    rng = canvas.rng
    if rng.random() < 0.5:
        ground.roads(canvas, int(rng.integers(1, 3)), 5.0)
    _cut_roads(canvas)
    if rng.random() < 0.5:
        trees.scatter(canvas, int(rng.integers(1, 25)), max(2.5, canvas.pixels(4)), labelled=False)


def _cut_roads(canvas: Canvas) -> None:
    """Now and then a farmstead: a yard that is no field."""
    rng = canvas.rng
    if rng.random() < 0.3:
        pose = Pose(*rng.uniform(0.1, 0.9, 2) * canvas.size, rng.uniform(0, np.pi))
        side = canvas.size * rng.uniform(0.03, 0.1)
        canvas.fill(pose(rectangle(side, side * 0.7)), surface(canvas, "gravel"), canvas.add("yard"))
