"""Ships and boats: at sea with a wake, at anchor, or side by side along a pier."""

from __future__ import annotations

import numpy as np

from training.scenes import ground
from training.scenes.canvas import Box, Canvas, coverage, plain
from training.scenes.colours import pick
from training.scenes.finish import Finish, Grain
from training.scenes.frame import Pose, ellipse, rectangle, rounded, spindle
from training.scenes.noise import sample
from training.scenes.placing import Plots
from training.scenes.surfaces import grained, surface


def ship(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """A ship of any kind that heads along local +x; sizes in pixels."""
    rng = canvas.rng
    instance = canvas.add("ship")
    hull = pose(spindle(length, width, rng.uniform(0.12, 0.4), rng.uniform(0.02, 0.15)))
    canvas.shadow(hull, width * rng.uniform(0.1, 0.4))
    canvas.fill(hull, grained(canvas, "hull"), instance)
    if width >= 5:
        inset = max(0.5, width * rng.uniform(0.04, 0.12))
        deck = pose(spindle(length - 2.4 * inset, width - 2 * inset, 0.25, 0.08))
        canvas.fill(deck, grained(canvas, "deck"))
        fit_out = (_cargo, _tanker, _warship, _yacht)[int(rng.integers(4))]
        fit_out(canvas, pose, length, width)


def _bridge(canvas: Canvas, pose: Pose, x: float, length: float, width: float) -> None:
    ring = pose(rectangle(length, width, x))
    canvas.shadow(ring, width * canvas.rng.uniform(0.2, 0.8))
    canvas.fill(ring, grained(canvas, "plane"))
    canvas.unshade(ring)
    canvas.fill(pose(rectangle(length * 0.5, width * 0.6, x)), grained(canvas, "plane"))


def _cargo(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """Containers or hatches, and the bridge astern."""
    rng = canvas.rng
    count = int(rng.integers(3, 10))
    step = length * 0.6 / count
    boxes = rng.random() < 0.5
    hatch = grained(canvas, "deck")
    for i in range(count):
        x = -0.22 * length + (i + 0.5) * step
        finish = plain(pick(rng, "vehicle")) if boxes else hatch
        canvas.fill(pose(rectangle(step * rng.uniform(0.75, 0.98), width * 0.7, x)), finish)
    _bridge(canvas, pose, -0.36 * length, 0.1 * length, 0.8 * width)


def _tanker(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """A pipe along an even deck, tank hatches, the bridge astern."""
    pipe = grained(canvas, "plane")
    canvas.stroke(pose([[-0.25 * length, 0], [0.35 * length, 0]]), max(0.6, 0.06 * width), pipe)
    manifold = pose([[0.05 * length, -0.4 * width], [0.05 * length, 0.4 * width]])
    canvas.stroke(manifold, max(0.6, 0.05 * width), pipe)
    _bridge(canvas, pose, -0.37 * length, 0.12 * length, 0.8 * width)


def _warship(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """Blocks of superstructure amidships and a helicopter deck."""
    rng = canvas.rng
    for x in np.linspace(-0.2, 0.2, int(rng.integers(2, 5))):
        _bridge(canvas, pose, x * length, rng.uniform(0.06, 0.14) * length, rng.uniform(0.4, 0.75) * width)
    canvas.fill(pose(ellipse(0.03 * length, 0.03 * length, 0.32 * length, 0, 12)), grained(canvas, "deck"))


def _yacht(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """A cabin with dark windows, an open cockpit."""
    rng = canvas.rng
    canvas.fill(pose(rounded(0.5 * length, 0.7 * width, 0.3 * width)), plain(pick(rng, "plane")))
    canvas.fill(pose(rounded(0.12 * length, 0.6 * width, 0.2 * width)), Finish((0.15, 0.17, 0.2)))
    canvas.fill(pose(rectangle(0.14 * length, 0.6 * width, -0.38 * length)), grained(canvas, "deck"))


def wake(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """Foam behind the stern and the two arms of the bow wave; background, drawn before the ship."""
    rng = canvas.rng
    foam = Finish((0.85, 0.9, 0.9), (Grain("fine", 0.15),))
    reach, spread, stern = length * rng.uniform(0.5, 3.0), width * rng.uniform(0.5, 1.3), -0.45 * length
    strength = rng.uniform(0.2, 0.9)
    for near_end, far_end in zip((0, 0.25, 0.55), (0.25, 0.55, 1.0), strict=True):
        half = width * 0.35 + (spread - width * 0.35) * np.array([near_end, far_end])
        x = stern - reach * np.array([near_end, far_end])
        trail = pose([[x[0], -half[0]], [x[0], half[0]], [x[1], half[1]], [x[1], -half[1]]])
        box = canvas.box(trail)
        if box is not None:
            froth = np.clip(0.4 + 0.35 * sample(rng, "pink", box.height, box.width), 0, 1)
            canvas.blend(box, coverage([trail], box) * froth, foam, opacity=strength * (1 - near_end))
    for side in (-1, 1):
        tail = [-0.6 * length - reach / 2, side * width * 2.2]
        arm = pose([[0.45 * length, 0], [-0.5 * length, side * width], tail])
        canvas.stroke(arm, max(0.6, 0.1 * width), foam, opacity=rng.uniform(0.0, 0.5))


def sea(canvas: Canvas) -> None:
    """Open water with a few ships, perhaps a coast."""
    rng = canvas.rng
    size = canvas.size
    ground.lay(canvas, "water", *(["water"] if rng.random() < 0.5 else []))
    plots = Plots(rng, size)
    typical = size * np.exp(rng.uniform(np.log(0.03), np.log(0.35)))
    canvas.gsd = min(5.0, rng.uniform(15, 200) / typical)
    if rng.random() < 0.4:
        coast(canvas, plots, rng.uniform(0.05, 0.35))
    for _ in range(int(np.exp(rng.uniform(np.log(2), np.log(25))))):
        length = max(7.0, min(typical * np.exp(rng.normal(0, 0.4)), 0.6 * size))
        width = max(3.0, length / rng.uniform(2.6, 7.5))
        pose = plots.find(length * 1.1, width * 1.4)
        if pose is not None:
            if rng.random() < 0.4:
                wake(canvas, pose, length, width)
            ship(canvas, pose, length, width)


def coast(canvas: Canvas, plots: Plots, share: float) -> Pose:
    """Land along one side of the sheet, ``share`` of its width deep on average, taken in ``plots``.

    Returns the pose of the shore's middle; local +y points inland.
    """
    rng = canvas.rng
    size = canvas.size
    knots = rng.normal(0, 0.05 * rng.random(), 9) * size
    t = np.linspace(-1, 1, 40)
    wobble = np.interp(t, np.linspace(-1, 1, 9), knots)
    middle = Pose(size / 2, size / 2, rng.choice([0, 1, 2, 3]) * np.pi / 2 + rng.normal(0, 0.25))
    pose = middle.at(0, (0.5 - share) * size)
    edge = np.stack([t * size, wobble], axis=1)
    land = pose(np.concatenate([edge, [[size, size * 1.5], [-size, size * 1.5]]]))
    kind = str(rng.choice(["grass", "scrub", "concrete", "sand", "forest", "soil", "paved"]))
    canvas.fill(land, surface(canvas, kind))
    if rng.random() < 0.7:
        canvas.stroke(
            pose(edge), min(0.05 * size, canvas.pixels(rng.uniform(0.5, 8))), surface(canvas, "sand")
        )
    plots.block(coverage([land], Box(0, 0, size, size)) > 0.5)
    return pose


def moored(canvas: Canvas, pose: Pose, count: int, length: float, width: float) -> None:
    """Boats side by side along local x, bows to the pier; fenders apart or touching."""
    rng = canvas.rng
    pitch = width * rng.choice([1.02, 1.1, 1.35, 1.6])
    count = int(min(count, count * 1.5 * width / pitch))
    for i in range(count):
        if rng.random() < 0.85:
            size = rng.uniform(0.75, 1.05)
            spot = pose.at((i + 0.5 - count / 2) * pitch, 0, np.pi / 2 * rng.choice([1, -1]))
            ship(canvas, spot, length * size, width * rng.uniform(0.85, 1.0))


def harbour(canvas: Canvas) -> None:
    """A quay with piers that reach into the basin, boats moored along them, bigger ships at anchor."""
    rng = canvas.rng
    size = canvas.size
    length = max(9.0, size * np.exp(rng.uniform(np.log(0.025), np.log(0.16))))
    canvas.gsd = rng.uniform(6, 25) / length
    ground.lay(canvas, "water")
    plots = Plots(rng, size)
    shore = coast(canvas, plots, rng.uniform(0.08, 0.35))
    width = max(3.0, length / rng.uniform(2.4, 4.0))
    deck = max(2.0, width * rng.uniform(0.3, 1.2))
    reach = min(size * rng.uniform(0.3, 0.7), width * rng.uniform(6, 20))
    pitch = max(2 * length * 1.1 + deck + length * rng.uniform(0.3, 1.2), size / 8)
    for i in range(int(-size / pitch / 2), int(size / pitch / 2) + 1):
        if rng.random() < 0.85:
            own = reach * rng.uniform(0.6, 1.0)
            berth = shore.at(i * pitch + rng.normal(0, 0.05) * pitch, -own * 0.42, -np.pi / 2)
            plots.claim(berth, own, 2.2 * length + deck)
            _pier_with_boats(canvas, berth, own, deck, length, width)
    for _ in range(int(rng.integers(0, 5))):
        big = min(length * rng.uniform(1.0, 3.0), 0.5 * size)
        pose = plots.find(big * 1.1, big / 3)
        if pose is not None:
            ship(canvas, pose, big, big / rng.uniform(3.5, 6))


def _pier_with_boats(
    canvas: Canvas, pose: Pose, reach: float, deck: float, length: float, width: float
) -> None:
    """A pier along local x, boats on either side; the landward end stays free."""
    pier(canvas, pose, reach * 1.1, deck)
    for side in (-1, 1):
        if canvas.rng.random() < 0.9:
            spot = pose.at(0.1 * reach, side * (deck / 2 + length * 0.54))
            moored(canvas, spot, int(0.8 * reach / (1.5 * width)), length, width)


def pier(canvas: Canvas, pose: Pose, length: float, width: float) -> None:
    """A straight pier along local x."""
    ring = pose(rectangle(length, width))
    canvas.shadow(ring, canvas.pixels(1.5))
    palette = str(canvas.rng.choice(["concrete", "paved", "deck"]))
    canvas.fill(ring, grained(canvas, palette, 0.06), canvas.add("pier"))
