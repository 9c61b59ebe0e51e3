"""Prompts of the embedded network as maps over the mask grid, and what the image shows at them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.base import PromptBatch

MASK_STRIDE = 4
"""Raster pixels per side of one cell of the maps on which prompts are drawn, and of coarse masks."""


class Likeness(nn.Module):
    """How much every cell looks like what was clicked, or boxed: a scaled cosine in a learned space."""

    def __init__(self, fine: int, dim: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(fine, dim, 1)
        self.scale = nn.Parameter(torch.tensor(8.0))
        self.offset = nn.Parameter(torch.tensor(-4.0))

    def space(self, f4: Tensor) -> Tensor:
        """(B, dim, h, w) unit vectors of every cell of the stride-4 map (B, C, h, w); once per tile."""
        return functional.normalize(self.project(f4), dim=1)

    def forward(self, space: Tensor, prompts: PromptBatch, box_map: Tensor) -> tuple[Tensor, Tensor]:
        """(N, h, w) logits of likeness to the positive clicks (or the box) and to the negative ones.

        Args:
            space: (N, dim, h, w) from :meth:`space`, of each prompt's image.
            box_map: (N, h, w) 1 inside the box.
        """
        clicked = sample(space, prompts.coords / MASK_STRIDE)
        boxed = torch.einsum("nchw,nhw->nc", space, box_map) / (box_map.sum((1, 2))[:, None] + 1e-3)
        vectors = functional.normalize(torch.cat([clicked, boxed[:, None]], dim=1), dim=2)
        logits = self.scale * torch.einsum("npc,nchw->nphw", vectors, space) + self.offset
        positive = prompts.labels == 1
        only_box = ~positive.any(dim=1, keepdim=True)
        return _highest(logits, torch.cat([positive, only_box], 1)), _highest(
            logits, torch.cat([prompts.labels == 0, torch.zeros_like(only_box)], 1)
        )


class DensePrompts(nn.Module):
    """Prompts drawn as maps over the mask grid, then carried to strides 4, 8 and 16."""

    DISCS = (1.5, 6.0)
    """Standard deviations, in mask cells, of the Gaussian discs of a positive click."""

    def __init__(self, fine: tuple[int, int], prompt_dim: int, likeness_dim: int) -> None:
        super().__init__()
        fine8, fine4 = fine
        self.likeness = Likeness(fine4, likeness_dim)
        self.at4 = nn.Conv2d(8, fine4, 3, padding=1)
        self.at8 = nn.Conv2d(fine4, fine8, 2, stride=2)
        self.at16 = nn.Conv2d(fine8, prompt_dim, 2, stride=2)

    def forward(self, space: Tensor, prompts: PromptBatch) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        """Maps (N, C, ...) at strides 16, 8, 4 and likeness logits (N, h, w), on the grid of ``space``."""
        prompts = _without_padding(prompts)
        drawn = self.draw(prompts, (space.shape[2], space.shape[3]))
        wanted, unwanted = self.likeness(space, prompts, drawn[:, 3])
        likeness = torch.stack([wanted.sigmoid(), unwanted.sigmoid()], dim=1)
        prompted = torch.cat([drawn, likeness], dim=1).contiguous(memory_format=torch.channels_last)
        at4 = self.at4(prompted)
        at8 = self.at8(functional.gelu(at4))
        return (self.at16(functional.gelu(at8)), at8, at4), wanted

    def draw(self, prompts: PromptBatch, size: tuple[int, int]) -> Tensor:
        """(N, 6, h, w): two discs per positive click, one per negative, box, mask probability, mask given."""
        h, w = size
        coords = prompts.coords / MASK_STRIDE
        x = torch.arange(w, device=coords.device) + 0.5
        y = torch.arange(h, device=coords.device) + 0.5
        square = (x - coords[..., :1]).square()[:, :, None, :] + (y - coords[..., 1:]).square()[:, :, :, None]
        maps = [
            _discs(square, prompts.labels == 1, self.DISCS[0]),
            _discs(square, prompts.labels == 1, self.DISCS[1]),
            _discs(square, prompts.labels == 0, self.DISCS[0]),
            _filled(prompts.boxes, x, y, len(prompts)),
            *_previous(prompts.masks, len(prompts), size, coords.device),
        ]
        return torch.stack(maps, dim=1)


def _without_padding(prompts: PromptBatch) -> PromptBatch:
    """The same prompts less the columns that are padding in every row: nothing is drawn for them."""
    used = (prompts.labels >= 0).any(dim=0)
    return PromptBatch(prompts.coords[:, used], prompts.labels[:, used], prompts.boxes, prompts.masks)


def sample(maps: Tensor, cells: Tensor) -> Tensor:
    """(N, P, C) bilinear values of ``maps`` (N, C, h, w) at ``cells`` (N, P, 2), x and y in cells."""
    size = cells.new_tensor([maps.shape[3], maps.shape[2]])
    where = (cells / size * 2 - 1)[:, :, None]
    values = functional.grid_sample(maps, where, padding_mode="border", align_corners=False)
    return values[..., 0].transpose(1, 2)


def _highest(logits: Tensor, chosen: Tensor) -> Tensor:
    """(N, h, w) highest of the chosen logits (N, P, h, w); very low where none is chosen."""
    return logits.masked_fill(~chosen[..., None, None], -16.0).amax(dim=1)


def _discs(square: Tensor, chosen: Tensor, sigma: float) -> Tensor:
    """(N, h, w) highest of the Gaussian discs of the chosen points; ``square`` (N, P, h, w) in cells²."""
    if square.shape[1] == 0:
        return square.new_zeros(square.shape[0], *square.shape[2:])
    discs = torch.exp(square / (-2 * sigma**2)) * chosen[..., None, None]
    return discs.amax(dim=1)


def _filled(boxes: Tensor | None, x: Tensor, y: Tensor, count: int) -> Tensor:
    """(N, h, w) about 1 inside the box and 0 outside, its edge soft over one cell; NaN boxes draw nothing."""
    if boxes is None:
        return x.new_zeros(count, len(y), len(x))
    cells = (boxes / MASK_STRIDE).nan_to_num(-1e6)[..., None]
    across = ((x - cells[:, 0]) + 0.5).clamp(0, 1) * ((cells[:, 2] - x) + 0.5).clamp(0, 1)
    down = ((y - cells[:, 1]) + 0.5).clamp(0, 1) * ((cells[:, 3] - y) + 0.5).clamp(0, 1)
    return down[:, :, None] * across[:, None, :]


def _previous(
    masks: Tensor | None, count: int, size: tuple[int, int], device: torch.device
) -> tuple[Tensor, Tensor]:
    """Probability of the previous mask, and 1 where there is one; a mask of NaN means that a row has none."""
    if masks is None:
        nothing = torch.zeros(count, *size, device=device)
        return nothing, nothing
    logits = masks[:, 0]
    given = (~logits.isnan()).float()
    return torch.sigmoid(logits).nan_to_num() * given, given
