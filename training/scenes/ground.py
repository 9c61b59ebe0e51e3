"""What lies under the objects: ground covers, roads, paths and clutter that only looks like an object."""

from __future__ import annotations

import numpy as np

from training.scenes import partition
from training.scenes.canvas import BACKGROUND, Box, Canvas, coverage, plain
from training.scenes.colours import pick
from training.scenes.finish import Finish
from training.scenes.frame import Pose, anywhere, blob, ellipse, rectangle
from training.scenes.noise import sample
from training.scenes.surfaces import surface, wild


def lay(canvas: Canvas, *kinds: str) -> None:
    """Cover the whole sheet with the first kind of ground, and parts of it with the others."""
    whole = Box(0, 0, canvas.size, canvas.size)
    canvas.image[:] = surface(canvas, kinds[0]).render(canvas.rng, 0, 0, canvas.size, canvas.size)
    for kind in kinds[1:]:
        canvas.blend(whole, _drift(canvas), surface(canvas, kind))


def lay_any(canvas: Canvas) -> None:
    """Cover the sheet with a surface of any look."""
    canvas.image[:] = wild(canvas).render(canvas.rng, 0, 0, canvas.size, canvas.size)
    if canvas.rng.random() < 0.5:
        canvas.blend(Box(0, 0, canvas.size, canvas.size), _drift(canvas), wild(canvas))


def _drift(canvas: Canvas) -> np.ndarray:
    """A soft or hard random map in 0..1 that splits the sheet into patches of a random size."""
    rng = canvas.rng
    size = canvas.size
    field = sample(rng, "smooth", size, size, size / 512 * rng.uniform(0.5, 2.0))
    hardness = rng.choice([0.7, 2.0, 12.0])
    return np.clip((field - rng.uniform(-0.4, 1.0)) * np.float32(hardness) + 0.5, 0, 1)


def curve(canvas: Canvas, bend: float = 0.25) -> np.ndarray:
    """A line right across the sheet, from one random side to another, gently bent: (n, 2) pixels."""
    rng = canvas.rng
    size = canvas.size
    t = np.linspace(-1.2, 0.9, 24) * size
    bow = rng.normal(0, bend) * size * (t / size) ** 2 + rng.normal(0, bend / 4) * size * np.sin(t / size * 5)
    return anywhere(rng, size, 0.2)(np.stack([t, bow], axis=1))


def road(canvas: Canvas, line: np.ndarray, width: float, kind: str = "asphalt") -> None:
    """A road ``width`` pixels wide, with verges and markings when there is room for them."""
    rng = canvas.rng
    if rng.random() < 0.5:
        verge = surface(canvas, str(rng.choice(["paved", "soil", "grass"])))
        canvas.stroke(line, width * rng.uniform(1.15, 1.5), verge, instance=BACKGROUND)
    canvas.stroke(line, width, surface(canvas, kind), instance=BACKGROUND)
    if width > 8 and kind == "asphalt" and rng.random() < 0.7:
        _markings(canvas, line, width)


def _markings(canvas: Canvas, line: np.ndarray, width: float) -> None:
    rng = canvas.rng
    paint = plain(pick(rng, "paint"))
    thin = max(0.5, canvas.pixels(0.15))
    steps = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    dash = max(3.0, canvas.pixels(3.0))
    at = np.arange(0, steps[-1], dash)
    dense = np.stack([np.interp(at, steps, line[:, 0]), np.interp(at, steps, line[:, 1])], axis=1)
    across = np.gradient(dense, axis=0)[:, ::-1] * (1, -1)
    across /= np.maximum(np.hypot(*across.T), 1e-6)[:, None]
    if rng.random() < 0.7:
        for edge in (-0.44, 0.44):
            canvas.stroke(dense + across * edge * width, thin, paint, opacity=0.8)
    for i in range(0, len(dense) - 1, 2):
        canvas.stroke(dense[i : i + 2], thin, paint, opacity=0.8)


def roads(canvas: Canvas, count: int, metres: float = 6.0) -> None:
    """A few roads or tracks across the sheet."""
    rng = canvas.rng
    for _ in range(count):
        kind = str(rng.choice(["asphalt", "asphalt", "concrete", "soil", "gravel"]))
        width = canvas.pixels(metres * rng.uniform(0.5, 1.6))
        road(canvas, curve(canvas, rng.choice([0.0, 0.1, 0.3])), max(width, 1.0), kind)


def parcels(canvas: Canvas, chance: float, *kinds: str) -> None:
    """With this chance, divide the ground into plots of different covers, with hedges or fences between."""
    rng = canvas.rng
    if rng.random() > chance:
        return
    share = float(np.exp(rng.uniform(np.log(0.12), np.log(0.5))))
    labels = partition.splits(rng, canvas.size, share, rng.uniform(0, np.pi))
    if rng.random() < 0.4:
        labels = partition.bent(rng, labels, rng.uniform(0.01, 0.06) * canvas.size)
    kinds = kinds or ("grass", "meadow", "scrub", "soil", "orchard", "forest", "gravel", "asphalt", "crop")
    few = [surface(canvas, str(rng.choice(kinds))) for _ in range(int(rng.integers(2, 5)))]
    for label in range(1, int(labels.max()) + 1):
        place = partition.soft(labels, label)
        if place is not None and rng.random() < 0.7:
            canvas.blend(*place, few[int(rng.integers(len(few)))])
    if rng.random() < 0.5:
        _fences(canvas, labels)


def _fences(canvas: Canvas, labels: np.ndarray) -> None:
    rng = canvas.rng
    width = int(min(max(1.0, canvas.pixels(rng.uniform(0.5, 4))), canvas.size / 40))
    strip = partition.edges(labels, width).astype(np.float32)
    strip *= sample(rng, "cloud", canvas.size, canvas.size) > rng.uniform(-2, 0.5)
    kind = str(rng.choice(["forest", "paved", "soil", "grass"]))
    canvas.blend(
        Box(0, 0, canvas.size, canvas.size), strip, surface(canvas, kind), opacity=rng.uniform(0.4, 1)
    )


def clutter(canvas: Canvas, count: int, reach: float = 0.06) -> None:
    """Patches, stains, lines and lone shadows that no mask belongs to."""
    rng = canvas.rng
    for _ in range(count):
        pose = anywhere(rng, canvas.size)
        scale = canvas.size * reach * np.exp(rng.uniform(-2.0, 0.8))
        draw = rng.random()
        if draw < 0.3:
            _stain(canvas, pose, scale)
        elif draw < 0.55:
            patch = pose(rectangle(scale * 2, scale * rng.uniform(0.3, 2)))
            canvas.fill(patch, _ground(canvas), opacity=rng.uniform(0.2, 0.8))
        elif draw < 0.75:
            line = pose(np.stack([np.linspace(-3, 3, 8), rng.normal(0, 0.25, 8)], axis=1) * scale)
            width = max(0.6, scale * rng.uniform(0.02, 0.2))
            canvas.stroke(line, width, _ground(canvas), opacity=rng.uniform(0.2, 0.9))
        elif draw < 0.88:
            _lone_shadow(canvas, pose, scale)
        else:
            canvas.fill(pose(blob(rng, scale * 0.4, 0.2)), _ground(canvas), opacity=rng.uniform(0.2, 0.8))


def _ground(canvas: Canvas) -> Finish:
    kinds = ["grass", "soil", "asphalt", "concrete", "paved", "gravel", "sand", "scrub"]
    return surface(canvas, str(canvas.rng.choice(kinds)))


def _stain(canvas: Canvas, pose: Pose, scale: float) -> None:
    """A soft darker or lighter spot."""
    rng = canvas.rng
    ring = pose(ellipse(scale, scale * rng.uniform(0.3, 1)))
    box = canvas.box(ring)
    if box is not None:
        grain = sample(rng, "cloud", box.height, box.width)
        soft = coverage([ring], box) * (0.6 + 0.4 * grain)
        canvas.relief(box, 1 + np.float32(rng.normal(0, 0.12)) * soft)


def _lone_shadow(canvas: Canvas, pose: Pose, scale: float) -> None:
    ring = pose(blob(canvas.rng, scale * 0.5, 0.3, waves=8))
    box = canvas.box(ring)
    if box is not None:
        shade = canvas.shade[box.slices]
        np.maximum(shade, coverage([ring], box), out=shade)
