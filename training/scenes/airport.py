"""Airplanes on aprons, taxiways and grass."""

from __future__ import annotations

import numpy as np

from training.scenes import ground, vehicles
from training.scenes.canvas import Canvas, plain
from training.scenes.colours import pick
from training.scenes.finish import Finish
from training.scenes.frame import Pose, ellipse, rectangle, rounded
from training.scenes.placing import Plots
from training.scenes.surfaces import grained


def plane(canvas: Canvas, pose: Pose, length: float, kind: str) -> None:
    """An airplane that heads along local +x, ``length`` pixels from nose to tail.

    ``kind`` is ``jet`` (swept wings, engines), ``light`` (straight wings) or ``fighter`` (delta).
    """
    rng = canvas.rng
    instance = canvas.add("airplane")
    body = length * {"jet": 0.11, "light": 0.11, "fighter": 0.12}[kind] * rng.uniform(0.85, 1.2)
    skin = grained(canvas, "plane", 0.02)
    wing_skin = skin.lit(rng.uniform(0.8, 1.05))
    wings, tail = _wings(rng, kind, length), _tail(rng, kind, length)
    fuselage = _fuselage(length, body)
    for ring in (fuselage, wings, tail):
        canvas.shadow(pose(ring), length * rng.uniform(0.04, 0.08))
    canvas.fill(pose(wings), wing_skin, instance)
    canvas.fill(pose(tail), wing_skin, instance)
    if kind == "jet":
        _engines(canvas, pose, length, instance)
    canvas.fill(pose(fuselage), skin, instance)
    _details(canvas, pose, length, body, instance)


def _fuselage(length: float, body: float) -> np.ndarray:
    t = np.linspace(0, 1, 8)
    nose = np.stack([length * (0.36 + 0.14 * t), body / 2 * np.sqrt(1 - t**2)], axis=1)
    back = np.array([[-length * 0.5, body * 0.08], [-length * 0.2, body * 0.5]])
    side = np.concatenate([back, nose])
    return np.concatenate([side, (side * (1, -1))[::-1]])


def _wings(rng: np.random.Generator, kind: str, length: float) -> np.ndarray:
    span = length * {"jet": 0.47, "light": 0.60, "fighter": 0.33}[kind] * rng.uniform(0.88, 1.1)
    sweep = length * {"jet": 0.26, "light": 0.02, "fighter": 0.32}[kind] * rng.uniform(0.8, 1.2)
    root = length * {"jet": 0.20, "light": 0.16, "fighter": 0.42}[kind]
    tip = root * {"jet": 0.28, "light": 0.75, "fighter": 0.15}[kind]
    front = length * {"jet": 0.14, "light": 0.16, "fighter": 0.12}[kind]
    one = np.array(
        [[front, 0], [front - sweep, span], [front - sweep - tip, span], [front - root, length * 0.05]]
    )
    return np.concatenate([one, (one * (1, -1))[::-1]])


def _tail(rng: np.random.Generator, kind: str, length: float) -> np.ndarray:
    span = length * rng.uniform(0.16, 0.21)
    sweep = length * (0.10 if kind != "light" else 0.02)
    front = -length * 0.36
    one = np.array(
        [[front, 0], [front - sweep, span], [front - sweep - 0.05 * length, span], [-0.47 * length, 0]]
    )
    return np.concatenate([one, (one * (1, -1))[::-1]])


def _engines(canvas: Canvas, pose: Pose, length: float, instance: int) -> None:
    rng = canvas.rng
    finish = grained(canvas, "plane")
    spots = [0.16] if rng.random() < 0.7 else [0.14, 0.28]
    for y in spots:
        for side in (-1, 1):
            engine = rounded(0.1 * length, 0.045 * length, 0.02 * length)
            ring = pose(engine + np.array([(0.13 - 0.5 * y) * length, side * y * length]))
            canvas.fill(ring, finish, instance)


def _details(canvas: Canvas, pose: Pose, length: float, body: float, instance: int) -> None:
    """Cockpit window, fin and a stripe of livery."""
    rng = canvas.rng
    if length > 25:
        canvas.fill(
            pose(ellipse(0.015 * length, body * 0.3, 0.44 * length, 0, 10)), Finish((0.15, 0.16, 0.18))
        )
        fin = plain(pick(rng, "vehicle"))
        canvas.stroke(
            pose([[-0.5 * length, 0], [-0.36 * length, 0]]), max(0.7, body * 0.14), fin, instance=instance
        )
    if rng.random() < 0.2:
        stripe = plain(pick(rng, "vehicle"))
        canvas.fill(
            pose(rectangle(length * rng.uniform(0.05, 0.2), body * 0.9, rng.uniform(-0.2, 0.2) * length)),
            stripe,
        )


def apron(canvas: Canvas) -> None:
    """Airplanes parked in a row or scattered, with markings, stains and service vehicles."""
    rng = canvas.rng
    size = canvas.size
    length = max(14.0, size * np.exp(rng.uniform(np.log(0.05), np.log(0.4))))
    canvas.gsd = rng.uniform(12, 50) / length
    ground.lay(canvas, str(rng.choice(["concrete", "asphalt", "concrete", "grass", "soil"])))
    ground.parcels(canvas, 0.3, "grass", "concrete", "asphalt", "soil")
    for _ in range(int(rng.integers(0, 4))):
        kind = str(rng.choice(["asphalt", "concrete"]))
        ground.road(canvas, ground.curve(canvas, 0.1), size * rng.uniform(0.06, 0.3), kind)
    ground.clutter(canvas, int(rng.integers(2, 14)))
    _guide_lines(canvas)
    plots = Plots(rng, size)
    kinds = ["jet", "light", "fighter"]
    if rng.random() < 0.7:
        kinds = [str(rng.choice(["jet", "jet", "light", "fighter"]))]
    _parked(canvas, plots, length, kinds)
    for _ in range(int(rng.integers(1, 9))):
        own = max(12.0, length * np.exp(rng.normal(0, 0.35)))
        pose = plots.find(own * 1.05, own * 1.05)
        if pose is not None:
            plane(canvas, pose, own, str(rng.choice(kinds)))
    if rng.random() < 0.6:
        _service(canvas, plots, length)


def _parked(canvas: Canvas, plots: Plots, length: float, kinds: list[str]) -> None:
    rng = canvas.rng
    if rng.random() > 0.6:
        return
    count = int(rng.integers(2, 9))
    pitch = length * rng.uniform(1.0, 1.3)
    pose = plots.find(min(pitch * count, canvas.size), length * 1.1)
    if pose is None:
        return
    turn = np.pi / 2 + rng.choice([0.0, 0.5, np.pi])
    for i in range(count):
        spot = pose.at((i + 0.5 - count / 2) * pitch, rng.normal(0, 0.03) * length, turn)
        if rng.random() < 0.85:
            plane(canvas, spot, length * rng.uniform(0.9, 1.0), kinds[0])


def _guide_lines(canvas: Canvas) -> None:
    rng = canvas.rng
    finish = plain(pick(rng, "paint"))
    for _ in range(int(rng.integers(0, 6))):
        canvas.stroke(ground.curve(canvas, 0.3), rng.uniform(0.5, 2.0), finish, opacity=rng.uniform(0.3, 0.9))


def _service(canvas: Canvas, plots: Plots, length: float) -> None:
    """Lorries, tugs and cars between the airplanes."""
    width = max(3.0, length * 0.07)
    for _ in range(int(canvas.rng.integers(1, 10))):
        pose = plots.find(width * 5, width * 1.6)
        if pose is not None:
            vehicles.any_vehicle(canvas, pose, width)
