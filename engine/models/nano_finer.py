"""Masks of the embedded network at twice the resolution of its decoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.nano_blocks import ChannelNorm

FEWEST_ROWS = 16
"""Of as many outputs, MKL adds up products of 4 to 15 rows in an order that depends on the threads."""


class FinerMasks(nn.Module):
    """Masks at stride 2: those of stride 4, enlarged, and a correction by the picture at stride 2."""

    def __init__(self, channels: tuple[int, int], dim: int, masks: int) -> None:
        """
        Args:
            channels: at strides 4 and 2.
            dim: channels of the decoder's tokens.
            masks: masks per prompt.
        """
        super().__init__()
        fine4, fine = channels
        self.up2 = nn.ConvTranspose2d(fine4, fine, 2, stride=2)
        self.norm2 = ChannelNorm(fine)
        self.smooth2 = nn.Conv2d(fine, fine, 3, padding=1)
        kernels = [nn.Linear(dim, fine) for _ in range(masks)]
        for kernel in kernels:
            nn.init.zeros_(kernel.weight)
            nn.init.zeros_(kernel.bias)
        self.kernels = nn.ModuleList(kernels)

    def forward(self, masks: Tensor, up4: Tensor, f2: Tensor, tokens: Tensor) -> Tensor:
        """(N, M, 2h, 2w) logits from those at stride 4 (N, M, h, w) and the masks' tokens (N, M, dim)."""
        up2 = functional.gelu(self.norm2(self.up2(up4) + f2))
        up2 = functional.gelu(up2 + self.smooth2(up2))
        count = len(tokens)
        tokens = functional.pad(tokens, (0, 0, 0, 0, 0, max(FEWEST_ROWS - count, 0)))
        kernels = torch.stack([kernel(tokens[:, index]) for index, kernel in enumerate(self.kernels)], dim=1)
        pixels = up2.permute(0, 2, 3, 1).flatten(1, 2)
        change = (pixels @ kernels[:count].transpose(1, 2)).transpose(1, 2).unflatten(2, up2.shape[2:])
        enlarged = functional.interpolate(masks, scale_factor=2, mode="bilinear", align_corners=False)
        return enlarged + change
