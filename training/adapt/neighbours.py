"""Labels by the nearest neighbours in a memory bank: the DePT-style comparator's (arXiv 2210.04831, 3.2).

DePT labels an image by the mean probability of the ten entries of a bank that are nearest to the student's
weak feature; the teacher fills the bank. For masks, the bank holds embeddings of objects and of the rings
around them with the teacher's mean probability there, and a pixel is labelled by its neighbours' probability
times the teacher's.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.adapt.teachers import Labels, dropping_empty

NEAREST = 10
RING = 0.5
"""The ring goes on from an object's box by this share of its side."""
LEAST = 1e-4
"""Probabilities stay this far from 0 and 1, so that no neighbour outvotes everything."""


def entries(features: Tensor, probabilities: Tensor, boxes: Tensor, image_size: int) -> Tensor:
    """(2n, C + 1) unit embeddings of n objects, then of their rings, each with the mean probability there.

    Args:
        features: (1, C, h, w) of the teacher's encoder.
        probabilities: (n, m, m) of the teacher.
        boxes: (n, 4) of the objects, in tile pixels.
    """
    h, w = features.shape[-2:]
    p = functional.interpolate(probabilities[:, None], (h, w), mode="area")[:, 0]
    inside = (p > 0.5).to(p)
    outside = _grown(boxes * (w / image_size), (h, w)) * (1 - inside)
    unit = functional.normalize(features[0], dim=0)
    found = []
    for region in (inside, outside):
        area = region.sum((1, 2))
        mean = torch.einsum("chw,nhw->nc", unit, region) / area.clamp_min(1)[:, None]
        share = (p * region).sum((1, 2)) / area.clamp_min(1)
        found.append(torch.cat([functional.normalize(mean, dim=1), share[:, None]], dim=1)[area > 0])
    return torch.cat(found)


def _grown(boxes: Tensor, shape: tuple[int, int]) -> Tensor:
    """(n, h, w) 1 inside the boxes, in cells, after they grew by :data:`RING` on every side."""
    margin = ((boxes[:, 2:] - boxes[:, :2]) * RING).clamp_min(1)
    low, high = boxes[:, :2] - margin, boxes[:, 2:] + margin
    y, x = (torch.arange(size, device=boxes.device) + 0.5 for size in shape)
    across = (x >= low[:, :1]) & (x <= high[:, :1])
    down = (y >= low[:, 1:]) & (y <= high[:, 1:])
    return (down[:, :, None] & across[:, None, :]).to(boxes)


def foreground(features: Tensor, bank: Tensor, nearest: int = NEAREST) -> Tensor:
    """(h, w) mean probability of the entries that are nearest by cosine to each cell of (1, C, h, w)."""
    cells = functional.normalize(features[0].flatten(1).T, dim=1)
    likeness = cells @ bank[:, :-1].T
    chosen = likeness.topk(min(nearest, len(bank)), dim=1).indices
    return bank[:, -1][chosen].mean(1).reshape(features.shape[-2:])


def product(p: Tensor, q: Tensor) -> Tensor:
    """``p·q / (p·q + (1-p)·(1-q))``: two opinions on the same pixel, multiplied as odds."""
    p, q = p.clamp(LEAST, 1 - LEAST), q.clamp(LEAST, 1 - LEAST)
    both = p * q
    return both / (both + (1 - p) * (1 - q))


def relabelled(labels: Labels, probabilities: Tensor, features: Tensor, bank: Tensor) -> Labels:
    """The labels with each pixel where neighbours and teacher together say so; objects left empty go.

    Args:
        probabilities: (n, m, m) of the teacher, for the labelled objects.
        features: (1, C, h, w) of the student on the weak view.
        bank: (b, C + 1) of :func:`entries`; an empty one changes nothing.
    """
    if len(bank) == 0:
        return labels
    side = probabilities.shape[-1]
    q = functional.interpolate(
        foreground(features, bank)[None, None], (side, side), mode="bilinear", align_corners=False
    )[0]
    masks = (product(probabilities, q) > 0.5).cpu().numpy()
    return dropping_empty(replace(labels, masks=masks.astype(np.float32)))
