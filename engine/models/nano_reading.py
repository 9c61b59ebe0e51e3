"""What the embedded network's masks themselves say about their quality."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

RING = 2
"""Cells around a mask that it is compared with."""
STEEP = 1.0
"""Stability compares the masks at this logit and at its opposite."""


class MaskReading(nn.Module):
    """Corrects the predicted IoU of every mask by what it covers, as in Mask Scoring R-CNN.

    SAM's IoU token has seen the image and the prompt, not the masks: it tends to prefer one and the same of
    the three. Here the features inside each mask and just around it, its size beside the others' and how
    decided it is join in. (Huang et al. 2019, arXiv 1903.00241; stability as in Kirillov et al. 2023.)
    It starts as a correction of zero, and no gradient flows back into the masks.
    """

    STATISTICS = 6

    def __init__(self, channels: int, candidates: int, width: int) -> None:
        super().__init__()
        last = nn.Linear(width, 1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        first = nn.Linear(2 * channels + self.STATISTICS + candidates, width)
        self.mlp = nn.Sequential(first, nn.GELU(), nn.Linear(width, width), nn.GELU(), last)

    def forward(self, masks: Tensor, features: Tensor, iou: Tensor) -> Tensor:
        """(N, M) to add to ``iou`` (N, M); logits ``masks`` (N, M, h, w), ``features`` (N, C, h, w)."""
        masks, features, iou = masks.detach().float(), features.detach().float(), iou.detach().float()
        inside = (masks > 0).float()
        around = functional.max_pool2d(inside, 2 * RING + 1, 1, RING) - inside
        which = torch.eye(masks.shape[1], device=masks.device).expand(len(masks), -1, -1)
        known = [_mean(features, inside), _mean(features, around), _statistics(masks, inside, iou), which]
        correction: Tensor = self.mlp(torch.cat(known, dim=2))[..., 0]
        return correction


def _mean(features: Tensor, weights: Tensor) -> Tensor:
    """(N, M, C) mean of (N, C, h, w) under each of (N, M, h, w) weights; 0 where there are none."""
    total = torch.einsum("nchw,nmhw->nmc", features, weights)
    return total / weights.sum((2, 3))[..., None].clamp_min(1)


def _statistics(masks: Tensor, inside: Tensor, iou: Tensor) -> Tensor:
    """(N, M, 6): first guess, stability, mean probability, expected IoU, size, size beside the others."""
    p = masks.sigmoid()
    area = inside.sum((2, 3)).clamp_min(1)
    sure = (masks > STEEP).sum((2, 3)) / (masks > -STEEP).sum((2, 3)).clamp_min(1)
    covered = (p * inside).sum((2, 3))
    expected = covered / (area + (p * (1 - inside)).sum((2, 3)))
    size = area.log() / 10
    return torch.stack([iou, sure, covered / area, expected, size, size - size.mean(1, keepdim=True)], dim=2)
