"""Soft semantic alignment: an object looks alike to the encoder in both views (ReSAM, step 5)."""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor
from torch.nn import functional

TEMPERATURE = 0.05


def pooled(features: Tensor, boxes: Tensor, image_size: int) -> Tensor:
    """(K, C) L2-normalised mean of ``features`` inside each box: the instance embeddings s and h.

    Args:
        features: (1, C, h, w) of the encoder.
        boxes: (K, 4) x0, y0, x1, y1 in tile pixels; a cell counts by the share of it inside the box.
        image_size: side of the tile in pixels.
    """
    _, _, rows, columns = features.shape
    across = _overlap(boxes[:, 0], boxes[:, 2], columns, image_size)
    down = _overlap(boxes[:, 1], boxes[:, 3], rows, image_size)
    total = torch.einsum("chw,kh,kw->kc", features[0], down, across)
    area = (down.sum(1) * across.sum(1)).clamp_min(1e-6)[:, None]
    return functional.normalize(total / area, dim=1)


def _overlap(low: Tensor, high: Tensor, cells: int, image_size: int) -> Tensor:
    """(K, cells) share of each cell of a line that lies between ``low`` and ``high`` pixels."""
    edges = torch.arange(cells + 1, dtype=low.dtype, device=low.device) * (image_size / cells)
    start = torch.maximum(edges[None, :-1], low[:, None])
    end = torch.minimum(edges[None, 1:], high[:, None])
    return (end - start).clamp_min(0) * (cells / image_size)


def weak_strong(weak: Tensor, strong: Tensor) -> Tensor:
    """CVPR form: ``mean_k (1 - s_k·h_k)`` of (K, C) unit vectors; the gradient flows through ``strong``."""
    return (1 - (weak.detach() * strong).sum(1)).mean()


def affinity(weak: Tensor, strong: Tensor, queue: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Form of v1 (eq. 13 to 15): each strong embedding relates to all others as its weak twin does.

    ``A = softmax(s·[s; queue] / τ)``, self excluded, for the weak embeddings, the same for the strong ones;
    the loss is the mean cross-entropy of the two distributions.

    Args:
        queue: (Q, C) earlier weak embeddings, Q may be 0.
    """
    bank = torch.cat([weak.detach(), queue])
    if len(bank) < 2:
        return strong.sum() * 0
    own = torch.eye(len(weak), len(bank), dtype=torch.bool, device=weak.device)
    wanted = ((weak.detach() @ bank.T) / temperature).masked_fill(own, -torch.inf).softmax(1)
    found = ((strong @ bank.T) / temperature).masked_fill(own, -torch.inf).log_softmax(1)
    return -(wanted * found.masked_fill(own, 0)).sum(1).mean()


class Queue:
    """First in, first out: the last ``length`` weak embeddings, without gradient."""

    def __init__(self, length: int) -> None:
        self._kept: deque[Tensor] = deque(maxlen=length)

    def push(self, embeddings: Tensor) -> None:
        """Add (K, C) embeddings, dropping the oldest."""
        self._kept.extend(embeddings.detach().cpu().unbind(0))

    def tensor(self, like: Tensor) -> Tensor:
        """(Q, C) what is kept, oldest first, on the device of ``like`` (K, C)."""
        return torch.stack([*self._kept]).to(like) if self._kept else like.new_empty(0, like.shape[1])

    def state(self) -> list[Tensor]:
        """For a checkpoint."""
        return list(self._kept)

    def restore(self, state: list[Tensor]) -> None:
        """Take up what :meth:`state` gave."""
        self._kept.clear()
        self._kept.extend(state)
