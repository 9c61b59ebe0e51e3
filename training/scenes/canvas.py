"""The sheet a scene is painted on: light, cast shadow and instance ids, each part in its bounding patch.

Coordinates are continuous raster pixels: (0, 0) is the outer corner of the upper-left pixel, x runs right
and y runs down. A pixel belongs to a shape when the shape covers more than half of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from training.scenes.finish import Colour, Finish

Ring = np.ndarray
BACKGROUND = -1
"""Paint with this as the instance to turn pixels back into background."""
_SHIFT = 4


@dataclass(frozen=True)
class Box:
    """Pixel window: columns ``x0..x1`` and rows ``y0..y1``, the upper ends excluded."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0


@dataclass(frozen=True)
class Sun:
    """Where the light comes from. ``azimuth`` (radians) is the direction shadows fall in, in image axes."""

    azimuth: float
    length: float
    """Shadow length per unit of height."""
    depth: float
    """Share of the light a shadow takes away."""


def _oversampling(box: Box) -> int:
    side = max(box.width, box.height)
    if side <= 40:
        return 8
    return 4 if side <= 160 else 2


def _fixed(points: np.ndarray, box: Box, fine: int) -> np.ndarray:
    """Points as cv2 fixed-point coordinates in the oversampled window."""
    local = (np.asarray(points, np.float64) - (box.x0, box.y0)) * fine - 0.5
    return np.round(local * (1 << _SHIFT)).astype(np.int32)


def coverage(rings: Sequence[Ring], box: Box) -> np.ndarray:
    """(h, w) float32: share of every pixel inside the rings (holes by the even-odd rule)."""
    fine = _oversampling(box)
    sheet = np.zeros((box.height * fine, box.width * fine), np.uint8)
    cv2.fillPoly(sheet, [_fixed(ring, box, fine) for ring in rings], 255, shift=_SHIFT)
    return _reduced(sheet, box)


def _reduced(sheet: np.ndarray, box: Box) -> np.ndarray:
    small = cv2.resize(sheet, (box.width, box.height), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) * np.float32(1 / 255)


def _swept(ring: Ring, shift: np.ndarray) -> np.ndarray:
    """(n, 4, 2): the quads that every edge of a ring sweeps when the ring moves by ``shift``."""
    ends = np.roll(ring, -1, axis=0)
    return np.stack([ring, ends, ends + shift, ring + shift], axis=1)


@dataclass
class Canvas:
    """A scene while it is being painted. ``image`` is (3, H, W) float32, ``shade`` (H, W) in 0..1."""

    rng: np.random.Generator
    size: int
    gsd: float
    sun: Sun
    photos: tuple[np.ndarray, ...] = ()
    photo_share: float = 0.0
    image: np.ndarray = field(init=False)
    shade: np.ndarray = field(init=False)
    instances: np.ndarray = field(init=False)
    classes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.image = np.zeros((3, self.size, self.size), np.float32)
        self.shade = np.zeros((self.size, self.size), np.float32)
        self.instances = np.zeros((self.size, self.size), np.int32)

    def pixels(self, metres: float) -> float:
        """A length on the ground, in pixels."""
        return metres / self.gsd

    def add(self, name: str) -> int:
        """Register a new object; paint its parts with the id this returns."""
        self.classes.append(name)
        return len(self.classes)

    def box(self, points: np.ndarray, margin: float = 1.0) -> Box | None:
        """The pixel window around ``points``, clipped to the sheet; None when it lies outside."""
        low = np.floor(points.min(axis=0) - margin).astype(int)
        high = np.ceil(points.max(axis=0) + margin).astype(int)
        box = Box(max(low[0], 0), max(low[1], 0), min(high[0], self.size), min(high[1], self.size))
        return box if box.width > 0 and box.height > 0 else None

    def fill(
        self, rings: Sequence[Ring] | Ring, finish: Finish, instance: int = 0, opacity: float = 1.0
    ) -> None:
        """Paint a polygon (or rings, even-odd); with ``instance`` its pixels become that object."""
        rings = [rings] if isinstance(rings, np.ndarray) else rings
        box = self.box(np.concatenate(rings))
        if box is not None:
            self.blend(box, coverage(rings, box), finish, instance, opacity)

    def stroke(
        self,
        points: np.ndarray,
        width: float,
        finish: Finish,
        closed: bool = False,
        opacity: float = 1.0,
        instance: int = 0,
    ) -> None:
        """Paint a line of ``width`` pixels; thinner than a pixel it grows faint."""
        box = self.box(points, width / 2 + 1)
        if box is None:
            return
        fine = _oversampling(box)
        sheet = np.zeros((box.height * fine, box.width * fine), np.uint8)
        thick = max(1, round(width * fine))
        opacity *= min(1.0, width * fine)
        line = [_fixed(points, box, fine)]
        cv2.polylines(sheet, line, closed, 255, thickness=thick, lineType=cv2.LINE_8, shift=_SHIFT)
        self.blend(box, _reduced(sheet, box), finish, instance, opacity)

    def blend(
        self, box: Box, alpha: np.ndarray, finish: Finish, instance: int = 0, opacity: float = 1.0
    ) -> None:
        """Lay a surface over the sheet where ``alpha`` (h, w) says; objects come out of the shadow."""
        window = box.slices
        if instance:
            self.instances[window][alpha > 0.5] = max(instance, 0)
        if instance > 0:
            self.shade[window] *= 1 - alpha
        surface = finish.render(self.rng, box.x0, box.y0, box.width, box.height)
        patch = self.image[:, window[0], window[1]]
        patch += (alpha if opacity == 1 else alpha * np.float32(opacity)) * (surface - patch)

    def shadow(self, rings: Sequence[Ring] | Ring, height: float) -> None:
        """Cast the shadow of a prism ``height`` pixels tall. Paint the prism itself afterwards."""
        rings = [rings] if isinstance(rings, np.ndarray) else rings
        reach = height * self.sun.length
        if reach < 0.3 or self.sun.depth < 0.02:
            return
        shift = reach * np.array([np.cos(self.sun.azimuth), np.sin(self.sun.azimuth)])
        points = np.concatenate(rings)
        box = self.box(np.concatenate([points, points + shift]))
        if box is None:
            return
        sheet = np.zeros((box.height * 2, box.width * 2), np.uint8)
        for ring in rings:
            if cv2.isContourConvex(ring.astype(np.float32)):
                hull = cv2.convexHull(np.concatenate([ring, ring + shift]).astype(np.float32))
                cv2.fillConvexPoly(sheet, _fixed(hull, box, 2), 255, shift=_SHIFT)
                continue
            for quad in _fixed(_swept(ring, shift), box, 2):
                cv2.fillConvexPoly(sheet, quad, 255, shift=_SHIFT)
            cv2.fillPoly(sheet, [_fixed(ring + shift, box, 2)], 255, shift=_SHIFT)
        shade = self.shade[box.slices]
        np.maximum(shade, _reduced(sheet, box), out=shade)

    def relief(self, box: Box, light: np.ndarray) -> None:
        """Multiply the light in a window by ``light`` (h, w)."""
        self.image[:, box.y0 : box.y1, box.x0 : box.x1] *= light

    def unshade(self, ring: Ring) -> None:
        """Lift a polygon out of the shadow cast so far."""
        box = self.box(ring)
        if box is not None:
            self.shade[box.slices] *= 1 - coverage([ring], box)

    def finish(self) -> np.ndarray:
        """The image with its shadows, (3, H, W) float32 in about 0..1. Shadows keep a blue sky light."""
        for plane, sky in zip(self.image, (1.0, 0.95, 0.82), strict=True):
            plane *= 1 - np.float32(self.sun.depth * sky) * self.shade
        return self.image


def plain(colour: Colour) -> Finish:
    """A surface of one even colour."""
    return Finish(colour)
