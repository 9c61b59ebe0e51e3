"""Finishes by name: which colours and which grain grass, asphalt, water and the rest are drawn with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.scenes.canvas import Canvas
from training.scenes.colours import anything, pick
from training.scenes.finish import Colour, Finish, Grain, Rows

_KINDS = (
    "white",
    "fine",
    "pink",
    "cloud",
    "smooth",
    "blotch",
    "ridged",
    "patchy",
    "slabs",
    "crowns",
    "gravel",
    "leaves",
)


def _grains(rng: np.random.Generator, *specs: tuple[str, float, float]) -> tuple[Grain, ...]:
    """Grains from (kind, amount, scale), each amount and scale varied."""
    out = []
    for kind, amount, scale in specs:
        size = 1.0 if scale == 1.0 and rng.random() < 0.5 else scale * rng.uniform(0.6, 1.7)
        out.append(Grain(kind, amount * rng.uniform(0.4, 1.6), size))
    return tuple(out)


_GROUND: dict[str, tuple[str, tuple[tuple[str, float, float], ...]]] = {
    "grass": ("grass", (("cloud", 0.06, 2.0), ("fine", 0.06, 1.0))),
    "meadow": ("grass", (("smooth", 0.08, 1.0), ("pink", 0.05, 1.0))),
    "scrub": ("grass", (("pink", 0.10, 1.0), ("crowns", 0.12, 0.4))),
    "forest": ("forest", (("leaves", 0.10, 0.8), ("crowns", 0.20, 0.5), ("cloud", 0.06, 1.0))),
    "soil": ("soil", (("cloud", 0.08, 1.0), ("fine", 0.05, 1.0))),
    "sand": ("sand", (("cloud", 0.05, 2.0), ("fine", 0.02, 1.0))),
    "gravel": ("paved", (("gravel", 0.08, 0.6), ("cloud", 0.05, 1.0))),
    "asphalt": ("asphalt", (("cloud", 0.06, 1.0), ("fine", 0.04, 1.0))),
    "concrete": ("concrete", (("cloud", 0.05, 1.0), ("slabs", 0.02, 1.0))),
    "paved": ("paved", (("pink", 0.05, 1.0), ("slabs", 0.03, 0.4))),
    "orchard": ("forest", (("leaves", 0.12, 0.7), ("cloud", 0.08, 1.0))),
    "water": ("water", (("smooth", 0.06, 2.0), ("waves", 0.05, 0.6))),
    "crop": ("crop", (("cloud", 0.05, 2.0), ("pink", 0.03, 1.0))),
}


def surface(canvas: Canvas, name: str, colour: Colour | None = None) -> Finish:
    """The finish of a kind of ground; now and then one of the canvas's photographs instead of noise."""
    rng = canvas.rng
    palette, specs = _GROUND[name]
    base = colour or pick(rng, palette)
    if photo := photograph(canvas):
        return replace(photo, colour=base)
    green = name in ("grass", "meadow", "scrub", "crop")
    tint = _tint(rng, 0.02) if green or rng.random() < 0.3 else None
    finish = Finish(base, _grains(rng, *specs), tint=tint)
    if name == "water":
        turned = [replace(g, angle=rng.uniform(0, np.pi)) if g.kind == "waves" else g for g in finish.grains]
        return replace(finish, grains=tuple(turned))
    if name == "orchard":
        period = float(np.clip(canvas.pixels(rng.uniform(2.5, 5.0)), 3.0, canvas.size / 16))
        rows = Rows(period, rng.uniform(0, np.pi), rng.uniform(0.15, 0.45), 0.5, 0.06 * period)
        return replace(finish, rows=(rows,))
    return finish


def _tint(rng: np.random.Generator, spread: float) -> Colour:
    red, green, blue = rng.normal(0, spread, 3)
    return float(red), float(green), float(blue)


def photograph(canvas: Canvas) -> Finish | None:
    """One of the photographs the caller supplied, at the chance the scene drew for them."""
    rng = canvas.rng
    if not canvas.photos or rng.random() > canvas.photo_share:
        return None
    return Finish(anything(rng), photo=canvas.photos[int(rng.integers(len(canvas.photos)))])


def wild(canvas: Canvas) -> Finish:
    """A surface of any colour and any grain: pure domain randomisation."""
    rng = canvas.rng
    if photo := photograph(canvas):
        return photo
    count = int(rng.integers(0, 4))
    grains = [
        Grain(
            str(rng.choice(_KINDS)),
            float(rng.uniform(0.01, 0.22)),
            float(np.exp(rng.uniform(-1.2, 1.5))),
            float(rng.uniform(0, np.pi)),
        )
        for _ in range(count)
    ]
    rows: tuple[Rows, ...] = ()
    if rng.random() < 0.25:
        rows = (stripes(canvas, float(np.exp(rng.uniform(0.8, 3.2))), rng.uniform(0, np.pi), 0.12),)
    tint = _tint(rng, 0.05) if rng.random() < 0.4 else None
    return Finish(anything(rng), tuple(grains), rows, tint)


def stripes(canvas: Canvas, period: float, angle: float, amount: float) -> Rows:
    """Stripes with varied contrast, hardness and wobble."""
    rng = canvas.rng
    return Rows(
        period,
        angle,
        amount * rng.uniform(0.3, 1.6),
        rng.choice([0.0, 0.0, 1.0, 3.0]),
        rng.uniform(0, 0.3) * period,
    )


def grained(canvas: Canvas, palette: str, amount: float = 0.04) -> Finish:
    """A palette colour with a little fine grain: the finish of made things."""
    rng = canvas.rng
    colour = pick(rng, palette)
    if rng.random() < 0.25:
        return Finish(colour)
    kind = str(rng.choice(["white", "fine", "pink", "cloud"]))
    return Finish(colour, (Grain(kind, amount * rng.uniform(0.3, 1.7)),))


def flat_roof(canvas: Canvas, angle: float) -> Finish:
    """Membrane, gravel, sheet metal with seams, or a planted roof."""
    rng = canvas.rng
    if photo := photograph(canvas):
        return photo
    grains = (
        Grain(
            str(rng.choice(["cloud", "smooth", "pink", "patchy"])),
            rng.uniform(0.0, 0.08),
            rng.uniform(0.4, 1.2),
        ),
        Grain(str(rng.choice(["fine", "white", "gravel"])), rng.uniform(0.0, 0.05)),
    )
    rows: tuple[Rows, ...] = ()
    if rng.random() < 0.35:
        rows = (Rows(canvas.pixels(rng.choice([0.8, 1.5, 4.0])), angle, rng.uniform(0.02, 0.1), 2.0),)
    return Finish(pick(rng, "grass" if rng.random() < 0.05 else "flat"), grains, rows)
