"""Evaluation protocols A, B and C of the method page: one image, clicks from its true masks, IoU per object.

The longest side of an image becomes the model's ``image_size`` and the rest is padded with zeros in equal
parts; per object n positive clicks are drawn uniformly in the mask, once; the model answers in one pass with
one mask; its logits are enlarged bilinearly and a pixel is positive where the logit exceeds 0. IoU and F1
are per object; means go over the objects of an image, then over images.

Rows that requery or zoom read the same image at its own resolution through :mod:`engine.stages.pipeline`,
with the same clicks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from affine import Affine
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from engine.config import RefineConfig, SegmentConfig
from engine.grid import RasterGrid, Tile
from engine.models.base import Segmenter
from engine.models.tensors import PIXEL_MEAN, PIXEL_STD
from engine.reading.points import Prompt
from engine.stages.pipeline import plan_jobs, run_jobs
from engine.stages.predict import TilePrompt, to_batch
from training.patch import Patch


@dataclass(frozen=True, eq=False)
class Example:
    """One image (H, W, 3) uint8 with the true masks of its objects, which may overlap."""

    name: str
    image: np.ndarray
    objects: tuple[Patch, ...]


@dataclass(frozen=True)
class AnswerMode:
    """One way to answer.

    Attributes:
        name: as it appears in the table.
        clicks: positive clicks per object; 0 for an oracle box.
        negatives: negative clicks per object.
        choose: take the best of three masks by predicted IoU; the protocol takes the single mask. The engine
            chooses too, and also avoids masks that cover the neighbours' clicks.
        single_mask: with ``pipeline``: take the single mask also where the engine would choose.
        paper_exact: protocol A: pixels as x/255 without the network's mean and deviation, and a pixel is
            positive where the logit reaches 0.5; for a single pass.
        pipeline: None for a single pass over the whole image, else the engine's own way with these options.
    """

    name: str
    clicks: int
    negatives: int = 0
    choose: bool = False
    pipeline: RefineConfig | None = None
    paper_exact: bool = False
    single_mask: bool = False


@dataclass(frozen=True)
class ArrayReader:
    """An array as the pipeline's raster: windows are cut out and resampled; off the array is invalid."""

    image: np.ndarray

    @property
    def grid(self) -> RasterGrid:
        return RasterGrid(self.image.shape[1], self.image.shape[0], Affine.identity(), None)

    def read(self, tile: Tile) -> tuple[np.ndarray, np.ndarray]:
        """See :meth:`engine.stages.pipeline.Reader.read`."""
        height, width = self.image.shape[:2]
        x, y, span = round(tile.x), round(tile.y), tile.span
        window = np.zeros((span, span, 3), np.uint8)
        valid = np.zeros((span, span), np.uint8)
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + span, width), min(y + span, height)
        if x1 > x0 and y1 > y0:
            window[y0 - y : y1 - y, x0 - x : x1 - x] = self.image[y0:y1, x0:x1]
            valid[y0 - y : y1 - y, x0 - x : x1 - x] = 1
        method = cv2.INTER_AREA if span > tile.size else cv2.INTER_LINEAR
        side = (tile.size, tile.size)
        return (
            cv2.resize(window, side, interpolation=method),
            cv2.resize(valid, side, interpolation=cv2.INTER_NEAREST_EXACT) > 0,
        )


def draw_clicks(
    patch: Patch, shape: tuple[int, int], positives: int, negatives: int, seed: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) clicks at pixel centres and (n,) labels, uniform in and outside the mask, with replacement.

    The same seed gives the same first clicks however many are asked for, so arms can be compared in pairs.
    There are no negatives where the object leaves no room for them.

    Args:
        shape: height and width of the image.
    """
    inside, outside = (np.random.default_rng((*seed, stream)) for stream in (0, 1))
    y, x = np.nonzero(patch.mask)
    chosen = np.array([int(inside.integers(len(x))) for _ in range(positives)], np.int64)
    clicks = [np.column_stack([x[chosen] + patch.x, y[chosen] + patch.y])]
    everywhere = patch.mask.shape == tuple(shape) and bool(patch.mask.all())
    while negatives and not everywhere:
        xy = np.array([outside.integers(shape[1]), outside.integers(shape[0])])
        if not patch.holds(xy):
            clicks.append(xy[None])
            negatives -= 1
    xy = np.concatenate(clicks)
    return xy + 0.5, (np.arange(len(xy)) < positives).astype(np.int64)


def evaluate_image(model: Segmenter, example: Example, arm: AnswerMode, seed: Sequence[int]) -> np.ndarray:
    """(K, 2) IoU and F1 of every object of one image; ``seed`` and the object's number give its clicks."""
    prompts = []
    shape = example.image.shape[:2]
    for number, patch in enumerate(example.objects):
        xy, labels = draw_clicks(patch, shape, arm.clicks, arm.negatives, (*seed, number))
        prompts.append(Prompt(number, xy, labels, patch.box if arm.clicks == 0 else None))
    if arm.pipeline is None:
        answers = _single_pass(model, example.image, prompts, arm)
    else:
        with single_masks(model) if arm.single_mask else nullcontext():
            answers = _piped(model, example.image, prompts, arm.pipeline)
    return np.array([a.agreement(b) for a, b in zip(answers, example.objects, strict=True)])


def _single_pass(
    model: Segmenter, image: np.ndarray, prompts: Sequence[Prompt], arm: AnswerMode
) -> list[Patch]:
    """Protocol B: the whole image in one tile, one mask each, or the best of three if ``arm.choose``."""
    height, width = image.shape[:2]
    size = model.image_size
    scale = size / max(height, width)
    new = (round(height * scale), round(width * scale))
    top, left = (size - new[0]) // 2, (size - new[1]) // 2
    tile = np.zeros((size, size, 3), np.uint8)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    tile[top : top + new[0], left : left + new[1]] = cv2.resize(image, new[::-1], interpolation=method)
    offset = np.array([left, top])
    asked = [
        TilePrompt(
            p.xy * scale + offset, p.labels, None if p.box is None else p.box * scale + np.tile(offset, 2)
        )
        for p in prompts
    ]
    with plain_pixels(model) if arm.paper_exact else nullcontext():
        embedding = model.encode(tile)
    threshold = 0.5 if arm.paper_exact else 0.0
    answers = []
    for start in range(0, len(asked), 32):
        decoded = model.decode(embedding, to_batch(asked[start : start + 32]), multimask=arm.choose)
        best = decoded.iou.argmax(1)
        for logits in decoded.logits[range(len(best)), best].float().cpu().numpy():
            full = cv2.resize(logits, (size, size), interpolation=cv2.INTER_LINEAR)
            inner = full[top : top + new[0], left : left + new[1]]
            enlarged = cv2.resize(inner, (width, height), interpolation=cv2.INTER_LINEAR)
            answers.append(Patch.of(enlarged >= threshold if arm.paper_exact else enlarged > threshold))
    return answers


@contextmanager
def plain_pixels(model: Segmenter) -> Iterator[None]:
    """Meanwhile the network sees x/255 as it is, as in the reference code: without its mean and deviation."""
    import torch

    network = cast(Any, model)
    embed = network.embed
    mean, std = (torch.tensor(v, device=network.device).view(3, 1, 1) for v in (PIXEL_MEAN, PIXEL_STD))
    network.embed = lambda images: embed(images / 255 * std + mean)
    try:
        yield
    finally:
        del network.embed


@contextmanager
def single_masks(model: Segmenter) -> Iterator[None]:
    """Meanwhile the network gives its single mask, whoever asks for three."""
    network = cast(Any, model)
    decode, nested = network.decode, "decode" in vars(network)
    network.decode = lambda embedding, prompts, multimask: decode(embedding, prompts, False)
    try:
        yield
    finally:
        if nested:
            network.decode = decode
        else:
            del network.decode


def _piped(
    model: Segmenter, image: np.ndarray, prompts: Sequence[Prompt], options: RefineConfig
) -> list[Patch]:
    """The engine's own way; polygons drawn back onto the image's pixels."""
    config = SegmentConfig(refine=options)
    reader = ArrayReader(image)
    jobs = plan_jobs(prompts, reader.grid, model.image_size, config.tiles)
    segments = run_jobs(jobs, reader, model, config)
    found = {segment.prompt_id: segment.geometry for segment in segments}
    return [rasterized(found[prompt.prompt_id]) for prompt in prompts]


def rasterized(geometry: BaseGeometry) -> Patch:
    """The pixels whose centres a geometry in pixel coordinates covers."""
    if geometry.is_empty:
        return Patch.of(np.zeros((1, 1), bool))
    x0, y0 = np.floor(geometry.bounds[:2]).astype(int)
    x1, y1 = np.ceil(geometry.bounds[2:]).astype(int)
    corner = Affine.translation(x0, y0)
    drawn = rasterize([geometry], out_shape=(max(y1 - y0, 1), max(x1 - x0, 1)), transform=corner)
    return Patch(int(x0), int(y0), drawn > 0)
