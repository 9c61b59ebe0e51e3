"""Requery: the refined mask's box and the clicks ask the model again (ReSAM, B and Y)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.stages.predict import Answer, TilePrompt, predict

if TYPE_CHECKING:
    from engine.models.base import Embedding, Segmenter


def tight_box(mask: np.ndarray) -> np.ndarray | None:
    """(4,) float x0, y0, x1, y1: outer edges of the true cells of (h, w) ``mask``; None if it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return None
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)


def expanded(box: np.ndarray, share: float, limit: float) -> np.ndarray:
    """``box`` grown by ``share`` of its sides on every side, within 0..limit."""
    margin = np.tile(box[2:] - box[:2], 2) * share * np.array([-1, -1, 1, 1])
    return np.clip(box + margin, 0, limit)


def requery(
    model: Segmenter,
    embedding: Embedding,
    prompts: Sequence[TilePrompt],
    refined: np.ndarray,
    first: Answer,
    *,
    expand: float,
    batch: int,
) -> Answer:
    """Ask again with box + clicks wherever the refined mask is not empty.

    Args:
        prompts: the K prompts of the first pass; a box that the user drew is kept as it is.
        refined: (K, h, w) bool.
        first: the first pass; rows with an empty refined mask keep its answer, index by index.
        expand: share of the box's sides added on every side.
    """
    pixels = model.image_size / refined.shape[-1]
    asked: list[TilePrompt] = []
    rows: list[int] = []
    for row, (prompt, mask) in enumerate(zip(prompts, refined, strict=True)):
        box = tight_box(mask)
        if box is not None:
            grown = expanded(box * pixels, expand, model.image_size)
            asked.append(replace(prompt, box=grown if prompt.box is None else prompt.box))
            rows.append(row)
    if not rows:
        return first
    second = predict(model, embedding, asked, batch)
    logits, scores = first.logits.copy(), first.scores.copy()
    logits[rows], scores[rows] = second.logits, second.scores
    return Answer(logits, scores)
