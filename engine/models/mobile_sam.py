"""MobileSAM (Zhang et al. 2023, arXiv 2306.14289): SAM's prompts and decoder on a TinyViT's features.

The encoder is TinyViT-5M (Wu et al. 2022, arXiv 2207.10666) as MobileSAM changed it: the last stage keeps the
resolution of the one before, and a neck like that of SAM's encoder stands in place of the classifier.
Modules are named as in the published file, so weights and adapters fit.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import ModelError
from engine.models.families import ModelSpec
from engine.models.imports import segment_anything
from engine.models.sam import PROMPT_DIM, SamSegmenter, sam_around
from engine.models.weights_file import WeightsFile, fit

NAME = "mobile_sam"
IMAGE_SIZE = 1024
PATCH = 16
"""Pixels per side of one token of the embedding."""
OWN_KEY = "image_encoder.layers.1.blocks.0.attn.attention_biases"
"""A weight that no other family has."""
CLASSIFIER = ("image_encoder.norm_head.", "image_encoder.head.")
"""Weights of TinyViT's classifier: they are in the published file, and MobileSAM never uses them."""
STEM_DIM = 64
"""Channels of the first stage, at stride 4."""
EXPANSION = 4
"""Hidden channels of convolution blocks and perceptrons, as a multiple of their input's."""


class Stage(NamedTuple):
    """The numbers of an attention stage."""

    dim: int
    depth: int
    heads: int
    window: int
    """Cells per side of a window of attention."""
    stride: int
    """Of the convolution that leads to this stage."""


STAGES = (Stage(128, 2, 4, 7, 2), Stage(160, 6, 5, 14, 2), Stage(320, 2, 10, 7, 1))
"""At strides 8, 16 and 16."""
CONV_DEPTH = 2
"""Blocks of the first stage, which has convolutions only."""


class FrozenNorm(nn.BatchNorm2d):
    """BatchNorm that never leaves evaluation mode.

    Adapting sees one tile at a time: statistics of one tile are not those of the data, and would drift.
    """

    def train(self, mode: bool = True) -> FrozenNorm:
        """Stay in evaluation mode, whatever the network around it does."""
        super().train(False)
        return self


class NormedConv(nn.Sequential):
    """A convolution without bias that keeps the size at stride 1, and its norm."""

    def __init__(self, dim_in: int, dim_out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        conv = nn.Conv2d(dim_in, dim_out, kernel, stride, kernel // 2, groups=groups, bias=False)
        super().__init__(OrderedDict(c=conv, bn=FrozenNorm(dim_out)))


class ConvBlock(nn.Module):
    """MobileNet's inverted bottleneck: widen, convolve depth-wise, narrow; ``gelu(x + f(x))``."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        wide = EXPANSION * dim
        self.conv1 = NormedConv(dim, wide)
        self.conv2 = NormedConv(wide, wide, 3, groups=wide)
        self.conv3 = NormedConv(wide, dim)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.gelu(self.conv2(functional.gelu(self.conv1(x))))
        return functional.gelu(x + self.conv3(inner))


class Downsample(nn.Module):
    """To the channels, and perhaps to half the resolution, of the next stage."""

    def __init__(self, dim: int, following: Stage) -> None:
        super().__init__()
        wide = following.dim
        self.conv1 = NormedConv(dim, wide)
        self.conv2 = NormedConv(wide, wide, 3, following.stride, groups=wide)
        self.conv3 = NormedConv(wide, wide)

    def forward(self, x: Tensor) -> Tensor:
        narrowed: Tensor = self.conv3(functional.gelu(self.conv2(functional.gelu(self.conv1(x)))))
        return narrowed


class WindowAttention(nn.Module):
    """Attention within a window, biased by how far apart two cells are (LeViT, arXiv 2104.01136, 3.3)."""

    offsets: Tensor

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.heads = stage.heads
        self.norm = nn.LayerNorm(stage.dim)
        self.qkv = nn.Linear(stage.dim, 3 * stage.dim)
        self.proj = nn.Linear(stage.dim, stage.dim)
        self.attention_biases = nn.Parameter(torch.zeros(stage.heads, stage.window**2))
        self.register_buffer("offsets", _offsets(stage.window), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Attend over (B, window², C) cells in row-major order; same shape out."""
        # The rows of ``qkv`` are sorted by head first: q, k and v of one head stand together.
        by_head = self.qkv(self.norm(x)).unflatten(2, (self.heads, -1)).transpose(1, 2)
        q, k, v = by_head.chunk(3, dim=-1)
        bias = self.attention_biases[None, :, self.offsets]  # Four axes: the fused kernel takes no three.
        attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        mixed: Tensor = self.proj(attended.transpose(1, 2).flatten(2))
        return mixed


class Perceptron(nn.Module):
    """Norm, then two linear layers."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, EXPANSION * dim)
        self.fc2 = nn.Linear(EXPANSION * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.fc2(functional.gelu(self.fc1(self.norm(x))))
        return mixed


class AttentionBlock(nn.Module):
    """Attention in windows, a depth-wise convolution across them, a perceptron: (B, H, W, C) in and out."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.window = stage.window
        self.attn = WindowAttention(stage)
        self.local_conv = NormedConv(stage.dim, stage.dim, 3, groups=stage.dim)
        self.mlp = Perceptron(stage.dim)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[1:3]
        x = x + _joined(self.attn(_cut(x, self.window)), self.window, height, width)
        x = self.local_conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        mixed: Tensor = x + self.mlp(x)
        return mixed


class ConvStage(nn.Module):
    """The first stage, of convolutions only, and the way to the next."""

    def __init__(self, dim: int, following: Stage) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(ConvBlock(dim) for _ in range(CONV_DEPTH)))
        self.downsample = Downsample(dim, following)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H/2, W/2)."""
        narrowed: Tensor = self.downsample(self.blocks(x))
        return narrowed


class AttentionStage(nn.Module):
    """Attention blocks, and the way to the next stage if there is one."""

    def __init__(self, stage: Stage, following: Stage | None) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(AttentionBlock(stage) for _ in range(stage.depth)))
        self.downsample = Downsample(stage.dim, following) if following else None

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H', W')."""
        x = self.blocks(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return x if self.downsample is None else self.downsample(x)


class TinyVit(nn.Module):
    """(B, 3, H, W) normalised pixels to (B, 256, H/16, W/16) features; H and W are multiples of 16."""

    def __init__(self, image_size: int = IMAGE_SIZE) -> None:
        super().__init__()
        self.img_size = image_size
        half = STEM_DIM // 2
        stem = nn.Sequential(NormedConv(3, half, 3, 2), nn.GELU(), NormedConv(half, STEM_DIM, 3, 2))
        self.patch_embed = nn.Sequential(OrderedDict(seq=stem))
        following = (*STAGES[1:], None)
        self.layers = nn.Sequential(
            ConvStage(STEM_DIM, STAGES[0]),
            *(AttentionStage(stage, after) for stage, after in zip(STAGES, following, strict=True)),
        )
        norm = segment_anything("modeling.common").LayerNorm2d
        self.neck = nn.Sequential(
            nn.Conv2d(STAGES[-1].dim, PROMPT_DIM, 1, bias=False),
            norm(PROMPT_DIM),
            nn.Conv2d(PROMPT_DIM, PROMPT_DIM, 3, padding=1, bias=False),
            norm(PROMPT_DIM),
        )

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.neck(self.layers(self.patch_embed(x)))
        return features


def _offsets(side: int) -> Tensor:
    """(n, n) index of a bias for each pair of n = side² cells, by the rows and columns between them."""
    cells = torch.arange(side)
    apart = (cells[:, None] - cells).abs()
    both = side * apart[:, None, :, None] + apart[None, :, None, :]
    return both.reshape(side**2, side**2)


def _cut(x: Tensor, side: int) -> Tensor:
    """Windows (B·rows·columns, side², C) of (B, H, W, C), with zeros beyond its lower and right edge."""
    height, width = x.shape[1:3]
    padded = functional.pad(x, (0, 0, 0, -width % side, 0, -height % side))
    grid = padded.unflatten(2, (-1, side)).unflatten(1, (-1, side)).transpose(2, 3)
    return grid.flatten(3, 4).flatten(0, 2)


def _joined(windows: Tensor, side: int, height: int, width: int) -> Tensor:
    """The (B, H, W, C) that :func:`_cut` cut into windows."""
    rows, columns = -(-height // side), -(-width // side)
    grid = windows.unflatten(1, (side, side)).unflatten(0, (-1, rows, columns)).transpose(2, 3)
    return grid.flatten(3, 4).flatten(1, 2)[:, :height, :width]


def build_mobile_sam(image_size: int = IMAGE_SIZE) -> nn.Module:
    """Build a MobileSAM with fresh weights, in eval mode; no weight depends on the size of its tile."""
    return sam_around(TinyVit(image_size), image_size // PATCH, image_size)


def recognises(file: WeightsFile) -> bool:
    """Whether a file holds a MobileSAM."""
    return OWN_KEY in file.state


def load(file: WeightsFile, device: torch.device) -> SamSegmenter:
    """Put a file's MobileSAM on a device. ModelError if it is none, or some weights do not fit."""
    if not recognises(file):
        raise ModelError(f"{file.path} holds no MobileSAM: its weights have other names")
    module = build_mobile_sam()
    used = {key: value for key, value in file.state.items() if not key.startswith(CLASSIFIER)}
    fit(module, used, NAME)
    return SamSegmenter(module, NAME, file.sha256, device, file.merged)


def sketch(spec: ModelSpec) -> SamSegmenter:
    """MobileSAM with fresh weights, to ask for its sizes."""
    return SamSegmenter(build_mobile_sam(), spec.name, spec.sha256, torch.device("cpu"))
