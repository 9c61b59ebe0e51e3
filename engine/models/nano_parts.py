"""The part of a tile around a prompt, on which the embedded model answers small objects."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.models.base import PromptBatch
from engine.models.nano_net import PATCH
from engine.models.tensors import PADDING

OUTSIDE = -16.0
"""Logit of the cells outside a part."""


def parts(prompts: PromptBatch, image_size: int, side: int) -> tuple[Tensor, Tensor]:
    """(K, 2) corner of the square of ``side`` pixels around each prompt, and (K,) whether it fits well.

    It fits if its clicks and box span at most half the square, so that context remains on every side.
    """
    used = (prompts.labels != PADDING)[..., None]
    corners = prompts.boxes.reshape(-1, 2, 2) if prompts.boxes is not None else prompts.coords[:, :0]
    given = corners.isfinite()
    low = torch.cat(
        [torch.where(used, prompts.coords, torch.inf), torch.where(given, corners, torch.inf)], 1
    ).amin(1)
    high = torch.cat(
        [torch.where(used, prompts.coords, -torch.inf), torch.where(given, corners, -torch.inf)], 1
    ).amax(1)
    fits = ((high - low) <= side / 2).all(1) & (image_size > side)
    start = ((low + high) / 2 - side / 2).div(PATCH).round() * PATCH
    return start.clamp(0, max(image_size - side, 0)), fits


def squares(maps: Tensor, corners: Tensor, stride: int, side: int) -> Tensor:
    """(K, C, s, s) the square at each corner of ``maps``, which are of one image or of one per corner."""
    cells = side // stride
    picked = [
        maps[index if len(maps) > 1 else 0, :, y : y + cells, x : x + cells]
        for index, (x, y) in enumerate((corners / stride).long().tolist())
    ]
    return torch.stack(picked)


def place(whole: Tensor, rows: Tensor, near: Tensor, places: Tensor) -> None:
    """Put logits over squares into those over the whole tile, in place; around a square is nothing.

    Args:
        whole: (K, M, m, m) logits over the tile.
        rows: (k,) which of them to write.
        near: (k, M, s, s) logits over a square of each.
        places: (k, 2) cell x, y of its corner.
    """
    side = near.shape[-1]
    for row, logits, (x, y) in zip(rows.tolist(), near, places.tolist(), strict=True):
        whole[row] = OUTSIDE
        whole[row, :, y : y + side, x : x + side] = logits


def reaches_border(inside: Tensor, corners: Tensor, last: int) -> Tensor:
    """(K,) whether bool masks (K, h, w) touch a side of their square that is not a side of the tile.

    Args:
        last: the largest corner coordinate, at which a square ends where the tile ends.
    """
    touches = torch.stack(
        [
            inside[..., 0].any(-1) & (corners[:, 0] > 0),
            inside[..., -1].any(-1) & (corners[:, 0] < last),
            inside[..., 0, :].any(-1) & (corners[:, 1] > 0),
            inside[..., -1, :].any(-1) & (corners[:, 1] < last),
        ]
    )
    return touches.any(0)
