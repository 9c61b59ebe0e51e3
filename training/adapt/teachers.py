"""Where targets come from: ReSAM's teacher and those it is compared with, all on the weak view.

A teacher sees one weak view, embedded once, and gives :class:`Labels`: for each object that it dares to
label a mask, a box and a weight. Objects it leaves out are left out by index, so that nobody is supervised by
a neighbour's mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.boxes import expanded, tight_box
from engine.metrics import pairwise_mask_iou
from engine.models.base import Embedding, Segmenter
from engine.stages.outlines import mask_invalid
from engine.stages.predict import Answer, TilePrompt, predict
from engine.stages.refine import (
    binary_entropy,
    clicked_component,
    confident,
    divide_overlaps,
    probability,
    stability,
    suppress_overlaps,
)
from training.adapt.options import TeacherOptions
from training.adapt.samples import BATCH, Sample
from training.adapt.size_prior import size_z_score

OVERLAP_IOU = 0.1
"""Pairs of masks that share more than this are calibrated (PointSAM)."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Targets for n of a sample's objects.

    Attributes:
        rows: (n,) which of the sample's own objects they are.
        masks: (n, m, m) float32, 1 inside.
        boxes: (n, 4) tight boxes of what they came from, in tile pixels; SSA pools over them.
        weights: (n,) float32 share with which each counts in the loss.
        clicked: (n, m, m) bool masks that the clicks alone gave, to watch what requery changes.
        kept: (n, m, m) float32, 1 at the pixels that count in the losses; None counts all.
        p: (n, m, m) float32 probabilities that the masks come from, where they are needed; else None.
    """

    rows: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    weights: np.ndarray
    clicked: np.ndarray
    kept: np.ndarray | None = None
    p: np.ndarray | None = None


def label(
    model: Segmenter, embedding: Embedding, sample: Sample, options: TeacherOptions, rng: np.random.Generator
) -> Labels:
    """Targets for the sample's own objects in the way that ``options.kind`` names."""
    options = options.for_rounds(getattr(model, "rounds", 1))
    first = _first_answers(model, embedding, sample, options)
    clicked = first.logits[: sample.own] > 0
    if options.kind == "supervised":
        if sample.truth is None:
            raise ValueError("only samples with true masks can be supervised")
        return _labels(sample.truth > 0.5, clicked, model.image_size)
    if options.kind in ("self-training", "dept"):
        found = _labels(clicked, clicked, model.image_size)
        return _with_pixels(found, probability(first.logits[: sample.own]), options)
    if options.kind == "pointsam":
        calibrated = calibrate(sample.prompts, first.logits > 0, rng)
        again = _answers(model, embedding, sample, calibrated, multimask=False)
        return _labels(again.logits[: sample.own] > 0, clicked, model.image_size)
    return _resam(model, embedding, sample, first, options)


def _with_pixels(found: Labels, p: np.ndarray, options: TeacherOptions) -> Labels:
    """The labels with what their kind needs of single pixels; objects without a pixel that counts go.

    ``H < most_entropy``: TRIBE keeps what its teacher is sure of.
    """
    p = p[found.rows]
    if options.kind == "dept":
        return replace(found, p=p)
    if options.most_entropy >= 1:
        return found
    kept = (binary_entropy(p) < options.most_entropy).astype(np.float32)
    return dropping_empty(replace(found, kept=kept), kept * found.masks)


def dropping_empty(labels: Labels, masks: np.ndarray | None = None) -> Labels:
    """The labels without the objects whose mask, or that of ``masks`` (n, m, m), is empty."""
    given = labels.masks if masks is None else masks
    left = np.flatnonzero(given.any(axis=(1, 2)))
    parts = {name: value[left] for name, value in vars(labels).items() if value is not None}
    return Labels(**parts)


def _first_answers(model: Segmenter, embedding: Embedding, sample: Sample, options: TeacherOptions) -> Answer:
    """Answers to the clicks; with a size prior, of three masks the one that is also of a usual size."""
    if not options.size_prior or not sample.size_priors:
        return _answers(model, embedding, sample, sample.prompts, multimask=options.best_of_three)

    def bonus(rows: np.ndarray, masks: np.ndarray) -> np.ndarray:
        cell = sample.pixel * model.image_size / masks.shape[-1]
        areas = (masks > 0).sum(axis=(2, 3)) * cell**2
        return -options.size_prior * size_z_score(areas, [sample.size_priors[row] for row in rows])

    return _answers(model, embedding, sample, sample.prompts, bonus=bonus, multimask=True)


def _answers(
    model: Segmenter, embedding: Embedding, sample: Sample, prompts: Sequence[TilePrompt], **how: Any
) -> Answer:
    """As :func:`engine.stages.predict.predict`, with nothing where the tile has no data."""
    answer = predict(model, embedding, prompts, BATCH, **how)
    mask_invalid(answer.logits, sample.valid)
    return answer


def _resam(
    model: Segmenter, embedding: Embedding, sample: Sample, first: Answer, options: TeacherOptions
) -> Labels:
    """Refine and requery (ReSAM, steps 2 and 3): ``Y = [z' > 0]`` of the box around the refined mask."""
    clicked = first.logits[: sample.own] > 0
    refined = refined_masks(first.logits, sample, options)[: sample.own]
    pixels = model.image_size / refined.shape[-1]
    if not options.requery:
        return _labels(refined, clicked, model.image_size)
    rows, asked = [], []
    for row, mask in enumerate(refined):
        box = tight_box(mask)
        if box is not None:
            rows.append(row)
            prompt = sample.prompts[row]
            grown = expanded(box * pixels, options.box_expand, model.image_size)
            bare = TilePrompt(prompt.xy[:0], prompt.labels[:0], grown)
            asked.append(replace(prompt, box=grown) if options.box_clicks else bare)
    if not rows:
        return _labels(np.zeros_like(refined), clicked, model.image_size)
    answer = _answers(model, embedding, sample, asked)
    second = answer.logits
    masks = np.zeros_like(refined)
    masks[rows] = second > 0
    weights = np.zeros(len(refined), np.float32)
    weights[rows] = stability(second) ** options.stability_power * answer.scores**options.score_power
    if options.size_prior and sample.size_priors:
        areas = (second > 0).sum(axis=(1, 2)) * (sample.pixel * pixels) ** 2
        weights[rows] *= np.exp(-size_z_score(areas, [sample.size_priors[row] for row in rows]) / 2)
    if options.component:
        cells = _cells(sample, refined.shape[-1], model.image_size)
        masks = np.stack([clicked_component(m, c) for m, c in zip(masks, cells[: sample.own], strict=True)])
    if options.divide:
        p = np.zeros(masks.shape, np.float32)
        p[rows] = probability(second)
        masks = divide_overlaps(masks, p)
    boxes = np.zeros((len(refined), 4))
    boxes[rows] = np.stack([prompt.box for prompt in asked])  # type: ignore[misc]  # all have one
    return _labels(masks, clicked, model.image_size, weights, boxes)


def refined_masks(logits: np.ndarray, sample: Sample, options: TeacherOptions) -> np.ndarray:
    """(K, m, m) bool: ``R = C·(1-O)`` with ``C = [p(1-H) > eps]``, and the click's component if asked for.

    Unlike :func:`engine.stages.refine.refine`, an object without a certain pixel stays empty and is left out.
    """
    p = probability(logits)
    masks = confident(p, options.eps) & (logits > 0)
    if options.overlap:
        masks = divide_overlaps(masks, p) if options.divide else suppress_overlaps(masks)
    if not options.component:
        return masks
    side = logits.shape[-1]
    cells = _cells(sample, side, sample.image.shape[0])
    return np.stack([clicked_component(mask, xy) for mask, xy in zip(masks, cells, strict=True)])


def _cells(sample: Sample, side: int, image_size: int) -> list[np.ndarray]:
    return [prompt.positives * (side / image_size) for prompt in sample.prompts]


def _labels(
    masks: np.ndarray,
    clicked: np.ndarray,
    image_size: int,
    given: np.ndarray | None = None,
    boxes: np.ndarray | None = None,
) -> Labels:
    """Keep the objects whose mask is not empty; box and weight follow the mask unless given."""
    kept = np.flatnonzero(masks.any(axis=(1, 2)))
    pixels = image_size / masks.shape[-1]
    if boxes is None:
        tight = [tight_box(masks[row]) for row in kept]
        boxes = np.zeros((len(masks), 4))
        boxes[kept] = np.array(tight).reshape(-1, 4) * pixels
    weights = np.ones(len(masks), np.float32) if given is None else given.astype(np.float32)
    return Labels(kept, masks[kept].astype(np.float32), boxes[kept], weights[kept], clicked[kept])


def calibrate(prompts: Sequence[TilePrompt], masks: np.ndarray, rng: np.random.Generator) -> list[TilePrompt]:
    """Negative Prompt Calibration (Liu et al., arXiv 2409.13401).

    An object whose mask overlaps others (IoU > 0.1) gets its negatives drawn anew, from its own and the
    positives of those others: as many as it had, and at least one per positive.

    Args:
        masks: (K, m, m) bool.
    """
    iou = pairwise_mask_iou(masks)
    np.fill_diagonal(iou, 0)
    out = []
    for row, prompt in enumerate(prompts):
        others = np.flatnonzero(iou[row] > OVERLAP_IOU).tolist()
        if not others:
            out.append(prompt)
            continue
        pool = np.concatenate(
            [prompt.xy[prompt.labels == 0], *(prompts[other].positives for other in others)]
        )
        count = max(int((prompt.labels == 0).sum()), len(prompt.positives))
        drawn = pool[rng.choice(len(pool), size=count, replace=count > len(pool))]
        xy = np.concatenate([prompt.positives, drawn])
        labels = np.concatenate([np.ones(len(prompt.positives), np.int64), np.zeros(count, np.int64)])
        out.append(TilePrompt(xy, labels, prompt.box))
    return out
