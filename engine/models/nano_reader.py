"""A head that reads the masks of the embedded network before it scores them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH = 32
"""Channels in which a mask and the picture under it are read."""
STATISTICS = 7
RING = 5
"""Side, in cells, of the square by which a mask is widened to get its surroundings."""


class MaskReader(nn.Module):
    """Corrects the predicted IoU of every mask by what the mask looks like on the picture.

    SAM predicts the IoU from a token that never sees the mask (Kirillov et al. 2023). This head lays each
    mask over the decoder's map at stride 4, reads both by convolutions, and pools them in the mask and around
    it (compare Mask Scoring R-CNN, Huang et al. 2019). It carries no gradient into the masks, starts at 0.
    """

    def __init__(self, fine: int, dim: int, masks: int) -> None:
        """
        Args:
            fine: channels of the decoder's map.
            dim: channels of the decoder's tokens.
            masks: masks per prompt.
        """
        super().__init__()
        self.picture = nn.Conv2d(fine, WIDTH, 3, stride=2, padding=1)
        self.mask = nn.Conv2d(3, WIDTH, 3, stride=2, padding=1)
        self.last = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.join = nn.Linear(2 * WIDTH + STATISTICS + masks + 2 * dim, dim)
        self.out = nn.Linear(dim, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, pixels: Tensor, masks: Tensor, likeness: Tensor, tokens: Tensor) -> Tensor:
        """(N, M) what is added to the predicted IoU.

        Args:
            pixels: (N, C, h, w) the decoder's finest map.
            masks: (N, M, h, w) logits.
            likeness: (N, h, w) logits of likeness to the click.
            tokens: (N, 1 + M, dim) of the IoU and of each mask, after the decoder.
        """
        pixels, masks, likeness = pixels.detach(), masks.detach().float(), likeness.detach().float()
        count, number = masks.shape[:2]
        p, alike = masks.sigmoid(), likeness.sigmoid()[:, None]
        shown = torch.stack([p, (-masks.square() / 8).exp(), alike.expand_as(p)], dim=2).flatten(0, 1)
        under = self.picture(pixels).repeat_interleave(number, dim=0)
        read = functional.gelu(under + self.mask(shown.to(pixels.dtype)))
        read = functional.gelu(self.last(read))
        inside = functional.avg_pool2d(p.flatten(0, 1)[:, None], 2)
        around = functional.max_pool2d(inside, RING, stride=1, padding=RING // 2) - inside
        pooled = [_mean(read.float(), where).unflatten(0, (count, number)) for where in (inside, around)]
        own = torch.cat([tokens[:, :1].expand(-1, number, -1), tokens[:, 1:]], dim=2)
        found = torch.cat([*pooled, _statistics(masks, p, alike), _overlaps(p), own.float()], dim=2)
        answer: Tensor = self.out(functional.gelu(self.join(found)))
        return answer[..., 0]


def _mean(maps: Tensor, weight: Tensor) -> Tensor:
    """(K, C) mean of ``maps`` (K, C, h, w) under ``weight`` (K, 1, h, w)."""
    return (maps * weight).sum((2, 3)) / (weight.sum((2, 3)) + 1)


def _statistics(masks: Tensor, p: Tensor, alike: Tensor) -> Tensor:
    """(N, M, 7) of masks: size, share of the frame, sureness, steadiness, likeness in and around, border."""
    cells = masks.shape[2] * masks.shape[3]
    hard = (masks > 0).float()
    area = hard.sum((2, 3))
    wide = functional.max_pool2d(hard, RING, stride=1, padding=RING // 2) - hard
    border = torch.cat([hard[..., 0, :], hard[..., -1, :], hard[..., 0], hard[..., -1]], dim=2)
    return torch.stack(
        [
            (area + 1).log() / 10,
            (area / cells).sqrt(),
            (p * hard).sum((2, 3)) / (area + 1),
            ((masks > 1).sum((2, 3)) + 1) / ((masks > -1).sum((2, 3)) + 1),
            (alike * hard).sum((2, 3)) / (area + 1),
            (alike * wide).sum((2, 3)) / (wide.sum((2, 3)) + 1),
            border.mean(2),
        ],
        dim=2,
    )


def _overlaps(p: Tensor) -> Tensor:
    """(N, M, M) soft IoU of every mask with every other."""
    flat = p.flatten(2)
    both = flat @ flat.transpose(1, 2)
    area = flat.sum(2)
    return both / (area[:, :, None] + area[:, None, :] - both + 1)
