"""From a domain's name to a finished scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.errors import ConfigError
from training.scenes import (
    airport,
    bridges,
    fields,
    mixed,
    panels,
    parks,
    quarters,
    sensor,
    shapes,
    ships,
    tanks,
    towns,
    trees,
    vehicles,
    works,
)
from training.scenes.canvas import Canvas, Sun
from training.scenes.relabel import relabel
from training.scenes.scene import Scene

Recipe = Callable[[Canvas], None]

# domain -> the recipes it draws from, all equally likely.
_RECIPES: dict[str, tuple[Recipe, ...]] = {
    "roofs": (towns.town, towns.town, towns.halls),
    "ships": (ships.sea,),
    "airport": (airport.apron,),
    "fields": (fields.farmland,),
    "panels": (panels.farm, panels.rooftops),
    "courts": (parks.park,),
    "tanks": (tanks.depot,),
    "vehicles": (vehicles.lot,),
    "trees": (trees.grove,),
    "harbour": (ships.harbour, ships.harbour, bridges.crossing),
    "shapes": (shapes.paint,),
}
# Drawn by name alone, so that scenes of any kind, on which models are measured, stay what they were.
_BY_NAME: dict[str, Recipe] = {"quarters": quarters.quarter, "works": works.works}
_JUMBLE_SHARE = 0.12
"""Chance that a scene of any content shows a jumble of kinds instead of one place."""
_SAR = (ships.sea, ships.sea, ships.harbour, bridges.crossing, fields.farmland, tanks.depot, towns.halls)
_METAL = ("ship", "storage_tank", "bridge", "roof", "vehicle", "airplane")
"""Classes that shine in a radar image, and stand up."""

SIDE_LOOKING = "side-looking"
"""A radar that nano has never seen: no other domain draws it, training's ``mixed`` least of all, so that
adapting to a new sensor can be shown on it. Do not train on it."""
DOMAINS = ("mixed", "optical", *_RECIPES, *_BY_NAME, "sar", "hazy", "grey", SIDE_LOOKING)


def generate(
    rng: np.random.Generator,
    size: int = 512,
    *,
    domain: str = "mixed",
    textures: Sequence[np.ndarray] | None = None,
) -> Scene:
    """Paint one scene of ``size`` by ``size`` pixels; the same generator state gives the same bytes.

    ``domain`` is one of :data:`DOMAINS`: a kind of content (``roofs``, ``ships``, …, ``shapes``), a kind of
    sensor (``optical``, ``hazy``, ``grey`` over any content, ``sar``, ``side-looking`` over that of radars),
    or ``mixed`` for any of everything but the last.
    ``textures`` are (h, w, 3) uint8 photographs of at least 8 by 8 pixels; some surfaces are then filled with
    recoloured crops of them. Raises ConfigError for an unknown domain or a size under 32.

    OpenCV spreads its work over threads: a worker process should call ``cv2.setNumThreads(1)`` once.
    """
    if domain not in DOMAINS:
        raise ConfigError(f"unknown scene domain {domain!r}; choose one of {', '.join(DOMAINS)}")
    if size < 32:
        raise ConfigError(f"a scene needs a size of at least 32 pixels, not {size}")
    style, recipe = _choose(rng, domain)
    for _ in range(8):
        canvas = _canvas(rng, size, tuple(textures or ()))
        recipe(canvas)
        instances, classes = relabel(canvas.instances, canvas.classes)
        if classes:
            break
    return Scene(_sense(canvas, style), instances, classes, float(canvas.gsd))


def _choose(rng: np.random.Generator, domain: str) -> tuple[str, Recipe]:
    """The sensor and the recipe of a scene."""
    style = domain if domain in ("sar", "hazy", "grey", SIDE_LOOKING) else "optical"
    if domain == "mixed":
        style = str(rng.choice(["optical", "hazy", "grey", "sar"], p=[0.8, 0.06, 0.05, 0.09]))
    if style in ("sar", SIDE_LOOKING):
        return style, _SAR[int(rng.integers(len(_SAR)))]
    if domain in _BY_NAME:
        return style, _BY_NAME[domain]
    if domain not in _RECIPES:
        if rng.random() < _JUMBLE_SHARE:
            return style, mixed.jumble
        domain = _content(rng, shapes_too=domain == "mixed")
    options = _RECIPES[domain]
    return style, options[int(rng.integers(len(options)))]


def _content(rng: np.random.Generator, shapes_too: bool) -> str:
    """A domain of content: roofs three times as likely as each other, shapes one scene in eight or never."""
    if shapes_too and rng.random() < 1 / 8:
        return "shapes"
    names = ["roofs", "roofs", *(name for name in _RECIPES if name != "shapes")]
    return names[int(rng.integers(len(names)))]


def _canvas(rng: np.random.Generator, size: int, photos: tuple[np.ndarray, ...]) -> Canvas:
    sun = Sun(
        azimuth=float(rng.uniform(0, 2 * np.pi)),
        length=float(np.exp(rng.uniform(np.log(0.2), np.log(1.6)))),
        depth=float(np.clip(rng.normal(0.55, 0.2), 0.0, 0.85)),
    )
    gsd = float(np.exp(rng.uniform(np.log(0.1), np.log(2.0))))
    share = float(rng.choice([0.0, 0.15, 0.5], p=[0.5, 0.3, 0.2])) if photos else 0.0
    return Canvas(rng, size, gsd, sun, photos, share)


def _sense(canvas: Canvas, style: str) -> np.ndarray:
    rng = canvas.rng
    if style == "sar":
        metal = np.array([False] + [name in _METAL for name in canvas.classes])
        strong = metal[canvas.instances] if rng.random() < 0.85 else np.zeros(canvas.instances.shape, bool)
        return sensor.radar(rng, canvas.finish(), strong)
    if style == SIDE_LOOKING:
        tall = np.array([False] + [name in _METAL for name in canvas.classes])
        return sensor.side_looking_radar(rng, canvas.finish(), canvas.instances, tall)
    haze = float(rng.uniform(0.2, 0.55)) if style == "hazy" else None
    return sensor.optical(rng, canvas.finish(), haze, style == "grey")
