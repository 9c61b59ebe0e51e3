"""Many kinds of object on one sheet: at their true scale around a main subject, or at any scale at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.scenes import airport, courts, ground, panels, roofs, ships, tanks, trees, vehicles
from training.scenes.canvas import Canvas
from training.scenes.colours import pick
from training.scenes.frame import Pose
from training.scenes.placing import Plots


@dataclass(frozen=True)
class Element:
    """A kind of object. ``paint`` takes canvas, pose, length and width in pixels."""

    metres: float
    """Typical length."""
    slim: float
    """Width over length."""
    paint: Callable[[Canvas, Pose, float, float], None]


def _house(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    roofs.house(canvas, pose, length, width, roofs.cover(canvas))


def _array(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    panels.array(canvas, pose, length, width, canvas.add("solar_panel"))


def _tree(canvas: Canvas, pose: Pose, length: float, _: float) -> None:
    trees.crown(canvas, pose.x, pose.y, length / 2, pick(canvas.rng, "tree"))


def _pitch(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    courts.pitch(canvas, pose, length, width, canvas.add("pitch"))


_ELEMENTS: tuple[Element, ...] = (
    Element(14, 0.7, _house),
    Element(25, 0.6, roofs.flat),
    Element(30, 0.35, roofs.row),
    Element(4.5, 0.43, vehicles.car),
    Element(14, 0.2, vehicles.lorry),
    Element(8, 1.0, _tree),
    Element(20, 1.0, lambda canvas, pose, length, _: tanks.tank(canvas, pose.x, pose.y, length / 2)),
    Element(35, 1.0, lambda canvas, pose, length, _: airport.plane(canvas, pose, length, "jet")),
    Element(10, 1.0, lambda canvas, pose, length, _: airport.plane(canvas, pose, length, "light")),
    Element(60, 0.2, ships.ship),
    Element(36, 0.52, lambda canvas, pose, length, _: courts.tennis(canvas, pose, length)),
    Element(30, 0.58, lambda canvas, pose, length, _: courts.basketball(canvas, pose, length)),
    Element(60, 1.2, lambda canvas, pose, length, _: courts.diamond(canvas, pose, length * 0.7)),
    Element(170, 0.56, lambda canvas, pose, length, _: courts.track(canvas, pose, length)),
    Element(100, 0.64, _pitch),
    Element(10, 0.6, lambda canvas, pose, length, _: courts.pool(canvas, pose, length * 0.8)),
    Element(12, 0.4, _array),
)
_URBAN = _ELEMENTS[:6]


def jumble(canvas: Canvas) -> None:
    """A few kinds of object side by side, each kind at a scale of its own: looks count, context does not."""
    rng = canvas.rng
    size = canvas.size
    ground.lay(
        canvas, str(rng.choice(["grass", "asphalt", "soil", "concrete", "water", "scrub", "sand"])), "grass"
    )
    ground.parcels(canvas, 0.6)
    ground.roads(canvas, int(rng.integers(0, 2)))
    ground.clutter(canvas, int(rng.integers(0, 10)))
    plots = Plots(rng, size)
    for index in rng.choice(len(_ELEMENTS), int(rng.integers(2, 6)), replace=False):
        element = _ELEMENTS[int(index)]
        typical = size * np.exp(rng.uniform(np.log(0.03), np.log(0.35)))
        canvas.gsd = element.metres / typical
        for _ in range(int(rng.integers(1, 9))):
            _place(canvas, plots, element, typical * np.exp(rng.normal(0, 0.25)), 1.08)


def surroundings(canvas: Canvas, plots: Plots, count: int) -> None:
    """Up to ``count`` houses, halls, cars and trees at the scale of the sheet, where ground is left."""
    rng = canvas.rng
    for _ in range(count):
        element = _URBAN[int(rng.integers(len(_URBAN)))]
        length = canvas.pixels(element.metres) * np.exp(rng.normal(0, 0.25))
        if 6 < length < 0.6 * canvas.size:
            _place(canvas, plots, element, length, 1.1)


def _place(canvas: Canvas, plots: Plots, element: Element, length: float, room: float) -> None:
    length = max(7.0, length)
    width = max(3.0, length * element.slim * canvas.rng.uniform(0.85, 1.15))
    pose = plots.find(length * room, width * room)
    if pose is not None:
        element.paint(canvas, pose, length, width)
