"""Woods and gardens as one ragged, dark canopy that hangs over eaves and roads; nobody outlines its trees."""

from __future__ import annotations

import numpy as np

from training.scenes import trees
from training.scenes.canvas import Canvas
from training.scenes.colours import near, pick


def overhang(canvas: Canvas, places: np.ndarray, metres: float) -> None:
    """Unlabelled crowns in clumps of about ``metres`` around ``places`` (n, 2); they hide what is below."""
    rng = canvas.rng
    palette = [pick(rng, "tree") for _ in range(2)]
    for place in places:
        spread = canvas.pixels(metres) * rng.uniform(0.4, 1.2)
        for _ in range(int(rng.integers(2, 9))):
            x, y = place + rng.normal(0, spread, 2)
            radius = max(2.0, canvas.pixels(metres) * rng.uniform(0.25, 0.8))
            dark = near(rng, palette[int(rng.integers(2))], 0.2)
            trees.crown(canvas, float(x), float(y), radius, dark, labelled=False)


def somewhere(canvas: Canvas, count: int) -> np.ndarray:
    """(count, 2) places; half of them where objects end, so that outlines get hidden."""
    rng = canvas.rng
    edge = canvas.instances[1:, 1:] != canvas.instances[:-1, :-1]
    rows, columns = np.nonzero(edge)
    places = rng.uniform(0, canvas.size, (count, 2))
    for index in range(count // 2 if len(rows) else 0):
        pick_at = int(rng.integers(len(rows)))
        places[index] = columns[pick_at], rows[pick_at]
    return places
