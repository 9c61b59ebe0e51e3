"""Requery: the refined mask's box and the clicks ask the model again (ReSAM, B and Y)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.boxes import expanded, tight_box
from engine.stages.predict import Answer, TilePrompt, predict

if TYPE_CHECKING:
    import numpy as np

    from engine.models.base import Embedding, Segmenter


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
    return Answer(logits, scores, first.scores)
