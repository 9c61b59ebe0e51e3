"""What every network needs around its forward pass: pixels in, prompts in comparable groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from engine.errors import ModelError
from engine.models.base import Decoded, PromptBatch

PIXEL_MEAN = (123.675, 116.28, 103.53)
PIXEL_STD = (58.395, 57.12, 57.375)
"""Per channel, in 0..255: what segment-anything normalises pixels with."""
PADDING = -1
"""Label of a point that only fills a row of a :class:`PromptBatch` up."""


def image_batch(image: np.ndarray, size: int, device: torch.device) -> Tensor:
    """Turn one (S, S, 3) uint8 RGB tile into (1, 3, S, S) float32 in 0..255 on ``device``.

    Raises:
        ModelError: the tile has another shape or type.
    """
    if image.shape != (size, size, 3) or image.dtype != np.uint8:
        raise ModelError(
            f"this model takes a ({size}, {size}, 3) uint8 tile, not {image.shape} {image.dtype}"
        )
    pixels = torch.tensor(np.ascontiguousarray(image), device=device)
    return pixels.permute(2, 0, 1).unsqueeze(0).float()


def answer_alike(answer: Callable[[PromptBatch], Decoded], prompts: PromptBatch) -> Decoded:
    """Answer prompts that have equally many points together, without their padding.

    A padding point is one more token for the decoder's attention and moves every logit a little. Taken
    out, an answer no longer depends on which other prompts happen to share the batch.

    Args:
        answer: maps a batch without padding to its answers, rows in the same order.
        prompts: K ≥ 1 prompts, padding anywhere in a row.

    Raises:
        ModelError: there are no prompts.
    """
    if len(prompts) == 0:
        raise ModelError("there are no prompts to decode")
    indices, parts = zip(*_groups(prompts), strict=True)
    answers = [answer(part) for part in parts]
    if len(answers) == 1:
        return answers[0]
    back = torch.cat(indices).argsort()
    return Decoded(
        logits=torch.cat([part.logits for part in answers])[back],
        iou=torch.cat([part.iou for part in answers])[back],
    )


def _groups(prompts: PromptBatch) -> Iterator[tuple[Tensor, PromptBatch]]:
    """Yield (rows, batch without padding) for every number of points that occurs."""
    padding = prompts.labels == PADDING
    real_first = padding.int().argsort(dim=1, stable=True)
    coords = prompts.coords.take_along_dim(real_first.unsqueeze(-1), dim=1)
    labels = prompts.labels.take_along_dim(real_first, dim=1)
    counts = (~padding).sum(dim=1)
    for count in counts.unique().tolist():
        rows = (counts == count).nonzero().squeeze(1)
        yield rows, replace(prompts.rows(rows), coords=coords[rows, :count], labels=labels[rows, :count])
