"""Losses on mask logits; shapes are (N, M, h, w) for N prompts with M candidate masks each."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

LOCAL_MARGIN = 0.5
"""The box of an object grows by this share of its side on every side to become its neighbourhood."""
FAR_WEIGHT = 0.5


def neighbourhood(target: Tensor) -> Tensor:
    """(N, h, w) 1 inside the grown bounding box of each soft mask ``target`` (N, h, w), else 0."""
    rows, columns = (target > 0).any(dim=2), (target > 0).any(dim=1)
    return _grown(rows)[:, :, None] * _grown(columns)[:, None, :]


def balanced_bce(logits: Tensor, target: Tensor, kept: Tensor | None = None) -> Tensor:
    """(N, M) binary cross-entropy, averaged near the object and far from it separately.

    Small objects fill a thousandth of a tile: a plain mean lets the empty mask win for a long time, and
    weights by class make every uncertain mask too large. Averaging over the neighbourhood of the object
    keeps both classes present without moving the threshold.

    Args:
        kept: (N, h, w) 1 at the pixels that count; None counts all. So for the other losses.
    """
    loss = functional.binary_cross_entropy_with_logits(
        logits, target[:, None].expand_as(logits), reduction="none"
    )
    near = neighbourhood(target)[:, None]
    far = 1 - near
    if kept is not None:
        near, far = near * kept[:, None], far * kept[:, None]
    near_mean = (loss * near).sum((2, 3)) / near.sum((2, 3)).clamp_min(1)
    return near_mean + FAR_WEIGHT * (loss * far).sum((2, 3)) / far.sum((2, 3)).clamp_min(1)


def dice(logits: Tensor, target: Tensor, kept: Tensor | None = None, smooth: float = 1.0) -> Tensor:
    """(N, M) ``1 - (2·Σpt + s) / (Σp + Σt + s)``, s = 1 (Milletari et al. 2016, V-Net)."""
    p = logits.sigmoid()
    t = target[:, None]
    if kept is not None:
        p, t = p * kept[:, None], t * kept[:, None]
    return 1 - (2 * (p * t).sum((2, 3)) + smooth) / (p.sum((2, 3)) + t.sum((2, 3)) + smooth)


def mask_iou(logits: Tensor, target: Tensor, kept: Tensor | None = None) -> Tensor:
    """(N, M) IoU of ``logits > 0`` with ``target > 0.5``; an empty union counts 0."""
    predicted = logits > 0
    wanted = (target > 0.5)[:, None]
    if kept is not None:
        predicted, wanted = predicted & (kept[:, None] > 0), wanted & (kept[:, None] > 0)
    union = (predicted | wanted).sum((2, 3))
    return (predicted & wanted).sum((2, 3)) / union.clamp_min(1)


def _grown(present: Tensor) -> Tensor:
    """(N, n) 1 over the extent of ``present`` grown by the margin, at least two cells."""
    n = present.shape[1]
    first = present.float().argmax(dim=1, keepdim=True)
    last = n - 1 - present.flip(1).float().argmax(dim=1, keepdim=True)
    margin = ((last - first + 1) * LOCAL_MARGIN).clamp_min(2)
    index = first.new_tensor(range(n))[None]
    return ((index >= first - margin) & (index <= last + margin)).float()


def focal(
    logits: Tensor, target: Tensor, gamma: float = 2.0, alpha: float = 0.8, kept: Tensor | None = None
) -> Tensor:
    """(N, M) mean over pixels of ``-α_t·(1-p_t)^γ·log p_t`` (Lin et al. 2017, arXiv 1708.02002).

    p_t is p where ``target`` is 1 and 1 - p where it is 0; α_t is ``alpha`` and 1 - ``alpha`` there. An
    ``alpha`` above 1 stands before all pixels alike, as where other code passes a count for it by mistake.
    """
    t = target[:, None].expand_as(logits)
    entropy = functional.binary_cross_entropy_with_logits(logits, t, reduction="none")
    p = logits.sigmoid()
    missed = p + t - 2 * p * t
    weight = alpha * t + ((1 - alpha) if alpha <= 1 else alpha) * (1 - t)
    found = weight * missed.pow(gamma) * entropy
    if kept is None:
        return found.mean((2, 3))
    return (found * kept[:, None]).sum((2, 3)) / kept[:, None].sum((2, 3)).clamp_min(1)
