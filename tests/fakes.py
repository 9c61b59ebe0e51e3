"""A network that is right by construction, a reader that keeps count, and scenes of painted rectangles.

They stand in for a trained model and a raster, so that what lies around both can be tested exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from engine.grid import RasterGrid, Tile
from engine.models.base import Decoded, Embedding, PromptBatch
from engine.reading.points import Prompt
from engine.stages.pipeline import Reader
from tests.rasters import write_raster

LIMIT = 10.0
"""Largest logit, in pixels of distance."""
BACKGROUND = 40
Box = tuple[float, float, float, float]


class FakeSegmenter:
    """Finds the pixels that have the clicked colour and hang together with the click.

    Its logits are the distance to the outline in tile pixels, positive inside: straight outlines come back
    to a fraction of a pixel at any mask stride. The three masks of an ambiguous prompt admit ever more
    different colours. A box bounds the region, give or take a mask cell and two pixels, as for a trained
    model. A negative click takes away what it hangs together with.

    Attributes:
        encoded: the (S, S, 3) tiles seen, one per call of ``encode``.
        asked: the prompts and ``multimask`` of every call of ``decode``.
        on_encode: called before each encoding, for tests that interrupt one.
    """

    def __init__(
        self,
        image_size: int = 128,
        stride: int = 4,
        tolerances: tuple[float, float, float] = (30, 100, 250),
        ious: tuple[float, float, float] = (0.7, 0.9, 0.6),
    ) -> None:
        self.name = "fake"
        self.device, self.module, self.adapted = torch.device("cpu"), torch.nn.Module(), False
        self.sha256 = self.base_sha256 = "f" * 64
        self.precision = "fp32"
        self.image_size = image_size
        self.mask_size = image_size // stride
        self.on_encode: Callable[[], object] = lambda: None
        self.encoded: list[np.ndarray] = []
        self.asked: list[tuple[PromptBatch, bool]] = []
        self._stride, self._tolerances, self._ious = stride, tolerances, ious

    def encode(self, image: np.ndarray) -> Embedding:
        """The tile itself."""
        assert image.shape == (self.image_size, self.image_size, 3)
        assert image.dtype == np.uint8
        self.on_encode()
        self.encoded.append(image)
        return self.embed(torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None])

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Distances to the outline of each prompt's region."""
        self.asked.append((prompts, multimask))
        image = embedding.features[0].permute(1, 2, 0).numpy()
        chosen = (0, 1, 2) if multimask else (1,)
        masks = [[self._logits(image, prompts, row, k) for k in chosen] for row in range(len(prompts))]
        iou = torch.tensor([self._ious[k] for k in chosen]).expand(len(prompts), -1)
        return Decoded(torch.from_numpy(np.array(masks, np.float32)), iou)

    def for_training(self) -> FakeSegmenter:
        """Itself: there is nothing to train."""
        return self

    def embed(self, images: torch.Tensor) -> Embedding:
        """The tile itself."""
        return Embedding(images)

    def answer(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """As ``decode``."""
        return self.decode(embedding, prompts, multimask)

    @property
    def prompts_decoded(self) -> int:
        """Prompts in all calls of ``decode`` together."""
        return sum(len(prompts) for prompts, _ in self.asked)

    def _logits(self, image: np.ndarray, prompts: PromptBatch, row: int, kind: int) -> np.ndarray:
        coords, labels = prompts.coords[row].numpy(), prompts.labels[row].numpy()
        box = None if prompts.boxes is None else prompts.boxes[row].numpy()
        seeds = coords[labels == 1]
        if not len(seeds):
            assert box is not None, "a prompt has a positive click or a box"
            seeds = (box[:2] + box[2:])[None] / 2
        tolerance = self._tolerances[kind]
        region = np.zeros(image.shape[:2], bool)
        for xy in seeds:
            region |= _alike(image, xy, tolerance)
        for xy in coords[labels == 0]:
            region &= ~_alike(image, xy, tolerance)
        if box is not None:
            region &= _inside(box, self._stride + 2, image.shape[0])
        cells = signed_distance(region).reshape(self.mask_size, self._stride, self.mask_size, self._stride)
        return cells.mean(axis=(1, 3)).clip(-LIMIT, LIMIT)


class RecordingReader:
    """Passes tiles on and remembers which were read."""

    def __init__(self, source: Reader) -> None:
        self._source = source
        self.tiles: list[Tile] = []

    @property
    def grid(self) -> RasterGrid:
        """The source's own."""
        return self._source.grid

    def read(self, tile: Tile) -> tuple[np.ndarray, np.ndarray]:
        """The source's own answer."""
        self.tiles.append(tile)
        return self._source.read(tile)


def signed_distance(region: np.ndarray) -> np.ndarray:
    """(h, w) distance of each pixel centre to the outline of ``region``; exact for straight edges."""
    if region.all() or not region.any():
        return np.where(region, LIMIT, -LIMIT)
    inside, outside = ndimage.distance_transform_edt(region), ndimage.distance_transform_edt(~region)
    return np.where(region, inside - 0.5, 0.5 - outside)


def painted(
    shape: tuple[int, int], objects: Iterable[tuple[np.ndarray | Box, int]], background: int = BACKGROUND
) -> np.ndarray:
    """(3, height, width) uint8 scene; each object is a mask or a whole-pixel box, and its brightness."""
    image = np.full((3, *shape), background, np.uint8)
    for place, value in objects:
        if isinstance(place, np.ndarray):
            image[:, place] = value
        else:
            x0, y0, x1, y1 = (int(edge) for edge in place)
            image[:, y0:y1, x0:x1] = value
    return image


def write_scene(path: Path, shape: tuple[int, int], boxes: Sequence[Box], **profile: Any) -> Path:
    """A raster of bright boxes on a dark ground."""
    return write_raster(path, painted(shape, [(box, 220) for box in boxes]), **profile)


def click(prompt_id: int, *xy: tuple[float, float], box: Box | None = None, **attributes: Any) -> Prompt:
    """A prompt of positive clicks."""
    places = np.array(xy, np.float64).reshape(-1, 2)
    corners = None if box is None else np.array(box, np.float64)
    return Prompt(prompt_id, places, np.ones(len(places), np.int64), corners, attributes)


def middle(prompt_id: int, box: Box, **attributes: Any) -> Prompt:
    """A prompt that clicks the middle of a box."""
    return click(prompt_id, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), **attributes)


def _alike(image: np.ndarray, xy: np.ndarray, tolerance: float) -> np.ndarray:
    """Pixels that differ from the one at ``xy`` by the tolerance at most, and are connected to it."""
    x, y = np.floor(xy).astype(int)
    if not (0 <= x < image.shape[1] and 0 <= y < image.shape[0]):
        return np.zeros(image.shape[:2], bool)
    labels, _ = ndimage.label(np.abs(image - image[y, x]).max(axis=2) <= tolerance)
    return np.asarray(labels == labels[y, x])


def _inside(box: np.ndarray, slack: float, side: int) -> np.ndarray:
    centres = np.arange(side) + 0.5
    across = (centres > box[0] - slack) & (centres < box[2] + slack)
    down = (centres > box[1] - slack) & (centres < box[3] + slack)
    return down[:, None] & across[None, :]


def no_rows(operation: object, *shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """In the place of ``overlay.attempt_rows``: works on no array, so that each row goes alone."""
    return np.full(len(shapes[0]), None, dtype=object), np.zeros(len(shapes[0]), dtype=bool)
