"""What holds a student near the frozen model: WeSAM's and TRIBE's terms, with gradient on the weak view.

WeSAM (Zhang et al., arXiv 2312.03502) anchors both views' masks to the frozen model's and contrasts the
embeddings of instances. TRIBE (Su et al., arXiv 2309.14949) anchors the teacher's logits. In both the
teacher has the student's weights, so these terms reach them through the weak view.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.losses import dice

TEMPERATURE = 0.3
"""Of the contrast, as WeSAM has it."""


def anchor_dice(strong: Tensor, weak: Tensor, frozen: Tensor) -> Tensor:
    """WeSAM: ``0.5·dice(p, [a > 0]) + 0.5·dice(s, [a > 0])``, the mean over (K, M, h, w) logits."""
    target = (frozen[:, 0] > 0).float()
    return 0.5 * dice(strong, target).mean() + 0.5 * dice(weak, target).mean()


def anchor_mse(weak: Tensor, frozen: Tensor, kept: Tensor | None = None) -> Tensor:
    """TRIBE: ``mean (s - a)²`` over the pixels (K, h, w) that are kept, 0 if there are none.

    Args:
        weak, frozen: (K, M, h, w) logits.
    """
    squared = (weak - frozen.detach()).square()
    if kept is None:
        return squared.mean()
    share = kept[:, None].expand_as(squared)
    return (squared * share).sum() / share.sum().clamp_min(1)


def instances(features: Tensor, logits: Tensor) -> Tensor:
    """(K, C) mean of the channel-normalised (1, C, h, w) features inside each mask; 0 where it is empty.

    Args:
        logits: (K, M, m, m); the first mask counts, brought to the embedding's size, without gradient.
    """
    cells = functional.interpolate(
        logits[:, :1].detach(), features.shape[-2:], mode="bilinear", align_corners=False
    )[:, 0]
    inside = (cells > 0).to(features)
    total = torch.einsum("chw,khw->kc", functional.normalize(features[0], dim=0), inside)
    return total / inside.sum((1, 2)).clamp_min(1)[:, None]


def contrast(mine: Tensor, anchor: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """WeSAM: ``-log(Σ_i exp S_ii / Σ_ij exp S_ij)`` with ``S_ij = cos(mine_i, anchor_j) / τ``.

    Args:
        mine, anchor: (K, C); the gradient flows through ``mine``. One instance alone has no contrast: 0.
    """
    if len(mine) < 2:
        return mine.sum() * 0
    likeness = functional.normalize(mine, dim=1) @ functional.normalize(anchor.detach(), dim=1).T
    scaled = likeness / temperature
    return scaled.flatten().logsumexp(0) - scaled.diagonal().logsumexp(0)
