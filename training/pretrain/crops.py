"""What the embedded model learns from: crops of generated scenes and of openly licensed masks.

Every draw is a function of (seed, index), so a run that was killed sees the same crops when it resumes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from training import scenes
from training.coco import Labelled
from training.pretrain.texture_augment import texture_augmented
from training.pretrain.tone_augment import tone_augmented

MIN_PIXELS = 40
"""Smallest visible part of an object, in crop pixels, that is asked for."""
REAL_SHARE = 0.2
"""Share of crops that come from real images."""
HELD_OUT = {"naip_fields": 5, "solar_panels": 3}
"""Images of each real set that training never sees: the last ones by file order."""


class ScenePool:
    """A window over an endless, seeded series of generated scenes: one leaves, one enters at a time.

    Of several pools that share the series, each takes the ``first`` scene and ``every``-th after it.
    A scene is of one of ``domains``, all equally likely; name one several times to see it more often.
    """

    def __init__(
        self,
        seed: int,
        capacity: int,
        size: int,
        textures: Sequence[np.ndarray] = (),
        first: int = 0,
        every: int = 1,
        domains: Sequence[str] = ("mixed",),
    ) -> None:
        self._domains = domains
        self._seed, self._size, self._textures = seed, size, list(textures) or None
        self._capacity, self._first, self._every = capacity, first, every
        self._scenes: deque[Labelled] = deque(maxlen=capacity)
        self._next = 0

    def at(self, step: int) -> Sequence[Labelled]:
        """Scenes ``step`` to ``step + capacity`` of its share; cheap when steps go forward one by one."""
        if not self._next - self._capacity <= step:
            raise ValueError(f"the pool has moved past step {step}")
        self._next = max(self._next, step)
        while self._next < step + self._capacity:
            self._scenes.append(self._make(self._first + self._every * self._next))
            self._next += 1
        return self._scenes

    def _make(self, index: int) -> Labelled:
        rng = np.random.default_rng((self._seed, index))
        domain = self._domains[int(rng.integers(len(self._domains))) if len(self._domains) > 1 else 0]
        scene = scenes.generate(rng, self._size, domain=domain, textures=self._textures)
        return Labelled(scene.image, scene.instances.astype(np.int16), complete=True)


@dataclass(frozen=True)
class Augmentation:
    """What is done to the augmentation of generated crops.

    Attributes:
        tones: give some objects several tones, see :mod:`training.pretrain.tone_augment`.
        photos: lay the fine structure of these (h, w, 3) uint8 photographs over them, see
            :mod:`training.pretrain.texture_augment`; None leaves that out.
    """

    tones: bool = False
    photos: Sequence[np.ndarray] | None = None


PLAIN = Augmentation()


def draw_crop(
    rng: np.random.Generator,
    source: Labelled,
    side: int,
    zoom: tuple[float, float],
    augmentation: Augmentation = PLAIN,
) -> Labelled:
    """Cut a square around a random object, scaled by a random factor and turned, to ``side`` pixels.

    Args:
        zoom: range of source pixels per crop pixel, drawn log-uniformly.
        augmentation: what is done to its augmentation before it is recoloured.
    """
    height, width = source.instances.shape
    factor = float(np.exp(rng.uniform(*np.log(zoom))))
    span = int(np.clip(round(side * factor), 32, min(height, width)))
    x, y = _corner_near_object(rng, source.instances, span)
    image = source.image[y : y + span, x : x + span]
    instances = source.instances[y : y + span, x : x + span]
    method = cv2.INTER_AREA if span > side else cv2.INTER_LINEAR
    image = cv2.resize(image, (side, side), interpolation=method)
    instances = cv2.resize(instances.astype(np.float32), (side, side), interpolation=cv2.INTER_NEAREST_EXACT)
    turns, flip = int(rng.integers(4)), bool(rng.integers(2))
    image, instances = np.rot90(image, turns), np.rot90(instances, turns)
    if flip:
        image, instances = image[:, ::-1], instances[:, ::-1]
    image, instances = np.ascontiguousarray(image), np.ascontiguousarray(instances).astype(np.int32)
    complete = source.complete
    if augmentation.tones:
        image = tone_augmented(rng, image, instances)
    if augmentation.photos is not None:
        image, on_photo = texture_augmented(rng, image, instances, augmentation.photos)
        complete = complete and not on_photo
    return Labelled(recoloured(rng, image), instances, complete)


def _corner_near_object(rng: np.random.Generator, instances: np.ndarray, span: int) -> tuple[int, int]:
    height, width = instances.shape
    for _ in range(8):
        y, x = int(rng.integers(height)), int(rng.integers(width))
        if instances[y, x]:
            break
    x = int(np.clip(x - rng.integers(span), 0, width - span))
    y = int(np.clip(y - rng.integers(span), 0, height - span))
    return x, y


def recoloured(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Random gain, bias, gamma, channel order, grey and noise, each some of the time."""
    out = image.astype(np.float32) / 255
    if rng.random() < 0.5:
        out = out * rng.uniform(0.75, 1.3, 3).astype(np.float32) + rng.uniform(-0.1, 0.1, 3).astype(
            np.float32
        )
    if rng.random() < 0.3:
        out = np.clip(out, 0, 1) ** np.float32(rng.uniform(0.6, 1.6))
    if rng.random() < 0.1:
        out = out[..., rng.permutation(3)]
    if rng.random() < 0.1:
        out = np.repeat(out.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.2:
        out = out + rng.normal(0, rng.uniform(0.01, 0.05), out.shape).astype(np.float32)
    return (np.clip(out, 0, 1) * 255).astype(np.uint8)


@dataclass(frozen=True)
class Batch:
    """B crops with N chosen objects.

    Attributes:
        images: (B, side, side, 3) uint8.
        masks: (N, side, side) bool, the chosen objects.
        owners: (N,) index of each object's crop.
        dense: (B, 6, side/4, side/4) float32 dense targets, see :func:`dense_targets`.
    """

    images: np.ndarray
    masks: np.ndarray
    owners: np.ndarray
    dense: np.ndarray


def make_batch(
    rng: np.random.Generator,
    pool: Sequence[Labelled],
    real: Sequence[Labelled],
    side: int,
    count: int,
    objects: int,
    augmentation: Augmentation = PLAIN,
    real_share: float = REAL_SHARE,
) -> Batch:
    """Draw ``count`` crops that show something, and up to ``objects`` objects of each.

    Real crops are tone_augmented as ``augmentation`` says, but their structure is already fine.

    Args:
        real_share: share of crops that come from ``real``.
    """
    crops: list[Labelled] = []
    masks, owners = [], []
    while len(crops) < count:
        is_real = len(real) > 0 and rng.random() < real_share
        source = _drawn(rng, real if is_real else pool)
        zoom = (max(96 / side, 0.375), (768 if is_real else max(384, side)) / side)
        crop = draw_crop(
            rng, source, side, zoom, Augmentation(augmentation.tones) if is_real else augmentation
        )
        areas = np.bincount(crop.instances.ravel())
        present = np.flatnonzero(areas >= MIN_PIXELS)
        present = present[present > 0]
        if len(present) == 0:
            continue
        for number in rng.permutation(present)[:objects]:
            masks.append(crop.instances == number)
            owners.append(len(crops))
        crops.append(crop)
    return Batch(
        np.stack([crop.image for crop in crops]),
        np.stack(masks),
        np.array(owners),
        np.stack([dense_targets(crop) for crop in crops]),
    )


def _drawn(rng: np.random.Generator, sources: Sequence[Labelled]) -> Labelled:
    """One of ``sources``, as likely as its weight says."""
    weights = np.array([source.weight for source in sources])
    if (weights == weights[0]).all():
        return sources[int(rng.integers(len(sources)))]
    return sources[int(rng.choice(len(sources), p=weights / weights.sum()))]


def dense_targets(crop: Labelled, stride: int = 4) -> np.ndarray:
    """(6, h, w) float32: covered share, edge, depth, x and y offset to the object's centre, and a weight.

    Depth is the distance to the nearest edge over 16 px, at most 1; offsets are over 64 px. The weight is 0
    outside objects where the image is not labelled completely.
    """
    ids = crop.instances
    side = ids.shape[0]
    edge = np.zeros(ids.shape, np.uint8)
    edge[:, 1:] |= ids[:, 1:] != ids[:, :-1]
    edge[1:] |= ids[1:] != ids[:-1]
    inside = (ids > 0) & (edge == 0)
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    cells = ids[stride // 2 :: stride, stride // 2 :: stride]
    covered = (ids > 0).astype(np.float32).reshape(side // stride, stride, -1, stride).mean((1, 3))
    edges = edge.reshape(side // stride, stride, -1, stride).max((1, 3)).astype(np.float32)
    counts = np.maximum(np.bincount(ids.ravel()), 1)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    centre_x = (np.bincount(ids.ravel(), x.ravel()) / counts)[cells]
    centre_y = (np.bincount(ids.ravel(), y.ravel()) / counts)[cells]
    at = np.arange(stride // 2, side, stride, dtype=np.float32)
    weight = np.ones_like(covered) if crop.complete else (covered > 0).astype(np.float32)
    return np.stack(
        [
            covered,
            edges,
            np.minimum(depth[stride // 2 :: stride, stride // 2 :: stride] / 16, 1),
            np.where(cells > 0, (centre_x - at[None]) / 64, 0),
            np.where(cells > 0, (centre_y - at[:, None]) / 64, 0),
            weight,
        ]
    ).astype(np.float32)
