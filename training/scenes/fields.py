"""Farmland: fields that share borders, pastures, pivots, ponds, woods and farmsteads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.scenes import ground, partition, roofs, trees
from training.scenes.canvas import Box, Canvas
from training.scenes.colours import near, pick
from training.scenes.finish import Colour, Finish, Grain, Rows
from training.scenes.frame import anywhere, blob, ellipse, rectangle
from training.scenes.noise import sample
from training.scenes.surfaces import stripes, surface


def farmland(canvas: Canvas) -> None:
    """Fields that fill the sheet, some left out, with tracks, hedges, a farm road."""
    rng = canvas.rng
    share = float(np.exp(rng.uniform(np.log(0.1), np.log(0.55))))
    canvas.gsd = float(np.exp(rng.uniform(np.log(100), np.log(500)))) / (share * canvas.size)
    ground.lay(canvas, str(rng.choice(["grass", "scrub", "soil", "forest"])))
    labels = _parcels(canvas, share)
    palette = [pick(rng, "crop") for _ in range(int(rng.integers(2, 6)))]
    for label in range(1, int(labels.max()) + 1):
        if rng.random() < 0.9:
            _field(canvas, labels, label, palette[int(rng.integers(len(palette)))])
    if rng.random() < 0.15:
        _pivots(canvas)
    _landscape(canvas)


def _parcels(canvas: Canvas, share: float) -> np.ndarray:
    """The label map of the fields; the strips between them, if any, are 0."""
    rng = canvas.rng
    size = canvas.size
    if rng.random() < 0.35:
        labels = partition.voronoi(rng, size, int(np.clip(0.8 / share**2, 4, 40)))
    else:
        labels = partition.splits(rng, size, share, rng.choice([0.0, rng.uniform(0, np.pi)]))
    if rng.random() < 0.35:
        labels = partition.bent(rng, labels, rng.uniform(0.01, 0.06) * size)
    width = int(rng.choice([0, 1, 2, 3, 5]) * size / 512 + 0.5)
    if width:
        labels[partition.edges(labels, width)] = 0
    return labels


def _field(canvas: Canvas, labels: np.ndarray, label: int, colour: Colour) -> None:
    place = partition.soft(labels, label)
    if place is None:
        return
    box, mask = place
    canvas.blend(box, mask, _crop(canvas, colour), canvas.add("field"))
    if canvas.rng.random() < 0.3:
        _uneven(canvas, box, mask, colour)


def _crop(canvas: Canvas, colour: Colour) -> Finish:
    """A crop of about this colour: plain, drilled in rows, mown in swathes, or an orchard."""
    rng = canvas.rng
    finish = surface(canvas, "crop", near(rng, colour))
    draw = rng.random()
    if draw < 0.5:
        period = max(2.2, canvas.pixels(np.exp(rng.uniform(np.log(2.0), np.log(30)))))
        rows = stripes(canvas, min(period, canvas.size / 12), rng.uniform(0, np.pi), 0.08)
        return replace(finish, rows=(rows,))
    if draw < 0.6:
        spacing = max(3.0, canvas.pixels(4.0))
        orchard = Rows(spacing, rng.uniform(0, np.pi), rng.uniform(0.1, 0.35), 0.5, 0.1 * spacing)
        return replace(finish, rows=(orchard,), grains=(*finish.grains, Grain("fine", 0.1)))
    return finish


def _uneven(canvas: Canvas, box: Box, mask: np.ndarray, colour: Colour) -> None:
    """Wet hollows, bare patches, lodged crop: the field's colour drifts, its mask stays."""
    rng = canvas.rng
    kind = str(rng.choice(["smooth", "ridged", "cloud"]))
    field = sample(rng, kind, box.height, box.width, rng.uniform(0.3, 1.2))
    soft = np.clip((field - np.float32(rng.uniform(0.3, 1.2))) * np.float32(rng.uniform(1, 5)), 0, 1)
    canvas.blend(box, mask * soft, Finish(near(rng, colour, 0.25)), opacity=rng.uniform(0.3, 0.9))


def _pivots(canvas: Canvas) -> None:
    """Round fields under a pivot sprinkler."""
    rng = canvas.rng
    radius = canvas.size * rng.uniform(0.08, 0.25)
    for _ in range(int(rng.integers(1, 4))):
        ring = anywhere(rng, canvas.size, 0.1)(ellipse(radius, radius))
        canvas.fill(ring, surface(canvas, "crop"), canvas.add("field"))


def _landscape(canvas: Canvas) -> None:
    """What lies between and upon the fields: roads, a stream, a pond, a wood, a farm, trees."""
    rng = canvas.rng
    if rng.random() < 0.5:
        ground.roads(canvas, int(rng.integers(1, 3)), 8.0)
    if rng.random() < 0.15:
        ground.road(canvas, ground.curve(canvas, 0.4), canvas.size * rng.uniform(0.01, 0.06), "water")
    for kind, name, chance in (("water", "pond", 0.15), ("forest", "wood", 0.25)):
        if rng.random() < chance:
            radius = canvas.size * rng.uniform(0.02, 0.12)
            ring = anywhere(rng, canvas.size)(blob(rng, radius, 0.25, waves=8))
            canvas.fill(ring, surface(canvas, kind), canvas.add(name))
    if rng.random() < 0.3:
        _farmstead(canvas)
    if rng.random() < 0.5:
        trees.scatter(canvas, int(rng.integers(1, 25)), max(2.0, canvas.pixels(5)), labelled=False)


def _farmstead(canvas: Canvas) -> None:
    """A yard with a few roofs on it."""
    rng = canvas.rng
    yard = anywhere(rng, canvas.size, 0.1)
    side = canvas.size * rng.uniform(0.04, 0.12)
    canvas.fill(yard(rectangle(side, side * 0.8)), surface(canvas, "gravel"), canvas.add("yard"))
    cover = roofs.cover(canvas)
    for x, y in rng.uniform(-0.35, 0.35, (int(rng.integers(1, 4)), 2)) * side:
        turn = rng.choice([0, np.pi / 2])
        roofs.house(canvas, yard.at(x, y, turn), max(6.0, 0.35 * side), max(5.0, 0.2 * side), cover)
