"""Tile + prompts -> logits and scores: batches, and the choice among three masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from engine.models.base import Embedding, PromptBatch, Segmenter

Bonus = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Rows (k,) of prompts and their candidate logits (k, M, h, w) -> (k, M) on the scale of predicted IoU."""
NEIGHBOUR_PENALTY = 0.5
"""Taken off a candidate's predicted IoU if it also covers a neighbour's click."""


@dataclass(frozen=True, eq=False)
class TilePrompt:
    """One object's prompt in tile pixels.

    Attributes:
        xy: (n, 2) float clicks; n may be 0 when there is a box.
        labels: (n,) int, 1 positive, 0 negative.
        box: (4,) float x0, y0, x1, y1, or None.
    """

    xy: np.ndarray
    labels: np.ndarray
    box: np.ndarray | None = None

    @property
    def positives(self) -> np.ndarray:
        """(k, 2) positive clicks."""
        return self.xy[self.labels == 1]

    @property
    def is_ambiguous(self) -> bool:
        """One click alone may mean a part or the whole, so three masks are asked for."""
        return self.box is None and len(self.labels) == 1


@dataclass(frozen=True, eq=False)
class Answer:
    """One mask for each of K prompts.

    Attributes:
        logits: (K, h, w) float32 over the whole tile.
        scores: (K,) float32 predicted IoU, clipped to [0, 1].
        first: (K,) the scores of the first pass; None where there was no other.
    """

    logits: np.ndarray
    scores: np.ndarray
    first: np.ndarray | None = None


def predict(
    model: Segmenter,
    embedding: Embedding,
    prompts: Sequence[TilePrompt],
    batch: int,
    bonus: Bonus | None = None,
    multimask: bool | None = None,
    own: int | None = None,
) -> Answer:
    """Answer every prompt; ambiguous ones with the best of three masks. K must be at least 1.

    Args:
        own: number of prompts to answer, from the first on; None answers all. The clicks of the others still
            count: of three masks, one that covers such a click is seldom chosen.
        multimask: whether ambiguous prompts may choose among three masks; None lets all models choose but
            adapted ones, which learned the single mask.
        bonus: what else speaks for a mask, or against it, when one of three is chosen.
    """
    count, side = len(prompts) if own is None else own, model.mask_size
    logits = np.empty((count, side, side), np.float32)
    scores = np.empty(count, np.float32)
    cells = model.mask_size / model.image_size
    choose = not model.adapted if multimask is None else multimask
    for three, rows in _kinds(prompts[:count], choose):
        for chunk in chunked(rows, batch):
            chosen = [prompts[row] for row in chunk]
            decoded = model.decode(embedding, to_batch(chosen), three)
            iou = decoded.iou.float().cpu().numpy()
            masks = decoded.logits.float().cpu().numpy()
            others = [np.delete(np.arange(len(prompts)), row) for row in chunk] if three else None
            value = iou if bonus is None or not three else iou + bonus(chunk, masks)
            best = _best(masks, value, prompts, others, cells)
            logits[chunk] = masks[np.arange(len(chunk)), best]
            scores[chunk] = iou[np.arange(len(chunk)), best].clip(0, 1)
    return Answer(logits, scores)


def to_batch(prompts: Sequence[TilePrompt]) -> PromptBatch:
    """Pad prompts to a common number of points; either all of them have a box or none has."""
    import torch

    from engine.models.base import PromptBatch

    most = max(len(prompt.labels) for prompt in prompts)
    coords = np.zeros((len(prompts), most, 2), np.float32)
    labels = np.full((len(prompts), most), -1, np.int64)
    for row, prompt in enumerate(prompts):
        coords[row, : len(prompt.xy)] = prompt.xy
        labels[row, : len(prompt.labels)] = prompt.labels
    given = [prompt.box for prompt in prompts if prompt.box is not None]
    boxes = torch.from_numpy(np.stack(given).astype(np.float32)) if given else None
    return PromptBatch(torch.from_numpy(coords), torch.from_numpy(labels), boxes)


def _kinds(prompts: Sequence[TilePrompt], choose: bool) -> Iterator[tuple[bool, np.ndarray]]:
    """Yield (three masks wanted?, rows) for ambiguous prompts, other clicks, and boxes."""
    ambiguous = np.array([choose and prompt.is_ambiguous for prompt in prompts])
    boxed = np.array([prompt.box is not None for prompt in prompts])
    for multimask, chosen in ((True, ambiguous), (False, ~ambiguous & ~boxed), (False, boxed)):
        if chosen.any():
            yield multimask, np.flatnonzero(chosen)


def chunked(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """The rows in groups of at most ``size``, in their order."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _best(
    masks: np.ndarray,
    iou: np.ndarray,
    prompts: Sequence[TilePrompt],
    others: list[np.ndarray] | None,
    cells: float,
) -> np.ndarray:
    """(k,) index of the best of M candidates ``masks`` (k, M, h, w) with predicted ``iou`` (k, M).

    The highest predicted IoU wins, unless that mask also covers the click of another object: then it is
    probably the whole block, and a smaller candidate is preferred.
    """
    if others is None:
        return np.zeros(len(masks), np.int64)
    x, y, owner = _clicked_cells(prompts, cells, masks.shape[-1])
    value = iou.copy()
    for row, neighbours in enumerate(others):
        theirs = np.isin(owner, neighbours)
        covers = (masks[row][:, y[theirs], x[theirs]] > 0).any(axis=1)
        value[row] -= NEIGHBOUR_PENALTY * covers
    return value.argmax(axis=1)


def _clicked_cells(
    prompts: Sequence[TilePrompt], cells: float, side: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and prompt index of every positive click that lies on the tile, in mask cells."""
    clicks = np.concatenate([prompt.positives for prompt in prompts]) * cells
    owner = np.repeat(np.arange(len(prompts)), [len(prompt.positives) for prompt in prompts])
    on_tile = ((clicks >= 0) & (clicks < side)).all(axis=1)
    x, y = clicks[on_tile].astype(int).T
    return x, y, owner[on_tile]
