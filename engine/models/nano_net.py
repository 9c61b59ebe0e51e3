"""The embedded network: segment-anything's own blocks in a small body with finer features.

What is SAM's: the attention blocks of the image encoder (peft adapts their ``qkv``), the sparse prompt
encoder, the two-way transformer, the mask tokens, the hypernetworks and the IoU head. What differs, so that
4 M parameters trained from scratch outline small objects sharply:

* a convolutional stem in place of 16-pixel patches, then attention at stride 8 and at stride 16, with
  depth-wise convolutions between the blocks in place of absolute positions, so that tiles of any multiple
  of 128 pixels work;
* feature maps at strides 8 and 4 reach the decoder (as in SAM 2 and HQ-SAM);
* prompts are also drawn as maps (discs for clicks, a filled box, the previous mask), as in RITM
  (Sofiiuk et al. 2021, arXiv 2102.06583), and enter the decoder at strides 16, 8 and 4;
* what the image shows at a click joins the click: its feature is added to its token, and its likeness to
  every other cell is one more map. Looking it up by positional attention alone takes far longer to learn.

There is no BatchNorm: adaptation runs at batch 1, where running statistics drift.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.attention import fuse_attention
from engine.models.base import Embedding, PromptBatch
from engine.models.imports import segment_anything
from engine.models.nano_prompts import DensePrompts, sample
from engine.models.tensors import PIXEL_MEAN, PIXEL_STD

_encoder = segment_anything("modeling.image_encoder")
_decoder = segment_anything("modeling.mask_decoder")
_prompts = segment_anything("modeling.prompt_encoder")
_transformer = segment_anything("modeling.transformer")

PATCH = 16
"""Raster pixels per side of one token."""
PIXEL_CENTRE = 0.5
"""SAM's prompt encoder adds this to every coordinate; ours already hold it."""


@dataclass(frozen=True)
class NanoArchitecture:
    """The numbers that fix the network; they travel in the weights file's metadata."""

    image_size: int = 512
    """Side of the tile, and of the frame that prompt positions are normalised by."""
    stem: tuple[int, int] = (24, 48)
    """Channels at strides 2 and 4, of convolutions only."""
    dims: tuple[int, int] = (128, 192)
    """Channels of the attention stages at strides 8 and 16."""
    depths: tuple[int, int] = (4, 4)
    """Blocks per stage; the very last one attends over the whole tile, the others over windows."""
    heads: tuple[int, int] = (4, 6)
    window_size: int = 8
    prompt_dim: int = 128
    fine: tuple[int, int] = (48, 32)
    """Channels at strides 8 and 4 inside the decoder."""
    likeness_dim: int = 32
    """Channels in which cells are compared with what was clicked."""
    smoothing: float = 0.0
    """Standard deviation, in pixels, of the Gaussian that pixels are smoothed with before anything else."""


class ChannelNorm(nn.LayerNorm):
    """LayerNorm over the channels of (B, C, H, W)."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvBlock(nn.Module):
    """Residual 3x3 block: ``x + conv(gelu(norm(conv(x))))``."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = ChannelNorm(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(functional.gelu(self.norm(self.conv1(x))))


class MixedBlock(nn.Module):
    """A depth-wise 3x3 convolution, ``x + conv(norm(x))``, then one of segment-anything's ViT blocks.

    The convolution carries position and reaches across windows. Its norm matters: without it the stream
    grew fortyfold over eight blocks in a trial, and the attention had nothing to say. Global blocks carry
    no relative position, so that any tile size fits.
    """

    def __init__(self, dim: int, heads: int, window_size: int) -> None:
        super().__init__()
        self.norm = ChannelNorm(dim)
        self.conv = nn.Conv2d(dim, dim, 3, padding=1, groups=dim)
        nn.init.zeros_(self.conv.weight)
        self.block = _encoder.Block(dim, heads, use_rel_pos=window_size > 0, window_size=window_size)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.conv(self.norm(x))
        mixed: Tensor = self.block(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return mixed


class NanoEncoder(nn.Module):
    """(B, 3, H, W) normalised pixels to maps at strides 16, 8 and 4; H and W are multiples of 128."""

    def __init__(self, shape: NanoArchitecture) -> None:
        super().__init__()
        c2, c4 = shape.stem
        dim8, dim16 = shape.dims
        self.img_size = shape.image_size
        self.stem = nn.Sequential(
            nn.Conv2d(3, c2, 3, stride=2, padding=1),
            nn.GELU(),
            nn.Conv2d(c2, c4, 3, stride=2, padding=1),
            ChannelNorm(c4),
            ConvBlock(c4),
            ConvBlock(c4),
        )
        self.stage8 = nn.Sequential(
            nn.Conv2d(c4, dim8, 3, stride=2, padding=1), ChannelNorm(dim8), *_stage(shape, 0)
        )
        self.stage16 = nn.Sequential(
            nn.Conv2d(dim8, dim16, 3, stride=2, padding=1), ChannelNorm(dim16), *_stage(shape, 1)
        )
        fuse_attention(self)
        fine8, fine4 = shape.fine
        self.neck = nn.Sequential(nn.Conv2d(dim16, shape.prompt_dim, 1), ChannelNorm(shape.prompt_dim))
        self.lateral8 = nn.Conv2d(dim8, fine8, 1)
        self.lateral4 = nn.Conv2d(c4, fine4, 1)
        self.down8 = nn.Conv2d(shape.prompt_dim, fine8, 1)
        self.down4 = nn.Conv2d(fine8, fine4, 1)
        self.smooth8 = ConvBlock(fine8)
        self.smooth4 = ConvBlock(fine4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = x.contiguous(memory_format=torch.channels_last)
        s4 = self.stem(x)
        s8 = self.stage8(s4)
        embedding = self.neck(self.stage16(s8))
        f8 = self.smooth8(self.lateral8(s8) + _double(self.down8(embedding)))
        f4 = self.smooth4(self.lateral4(s4) + _double(self.down4(f8)))
        return embedding, f8, f4


class NanoPromptEncoder(_prompts.PromptEncoder):  # type: ignore[name-defined]  # untyped base
    """SAM's sparse tokens; the dense side is :class:`DensePrompts`."""

    def __init__(self, shape: NanoArchitecture) -> None:
        grid = shape.image_size // PATCH
        super().__init__(
            shape.prompt_dim, (grid, grid), (shape.image_size, shape.image_size), mask_in_chans=4
        )
        del self.mask_downscaling, self.no_mask_embed
        self.dense = DensePrompts(shape.fine, shape.prompt_dim, shape.likeness_dim)
        self.content = nn.Linear(shape.prompt_dim, shape.prompt_dim)

    def sparse(self, embedding: Tensor, prompts: PromptBatch, origin: Tensor) -> Tensor:
        """(N, T, prompt_dim) tokens of the clicks and boxes.

        Args:
            embedding: (N, prompt_dim, h, w) of each prompt's image.
            origin: (N, 2) shifts the prompts into the ``image_size`` frame.
        """
        points = prompts.coords + origin[:, None] - PIXEL_CENTRE
        tokens = self._embed_points(points, prompts.labels, pad=prompts.boxes is None)
        shown = self.content(sample(embedding, prompts.coords / PATCH)) * (prompts.labels >= 0)[..., None]
        tokens = tokens + functional.pad(shown, (0, 0, 0, tokens.shape[1] - shown.shape[1]))
        if prompts.boxes is None:
            return tokens
        given = prompts.boxes[:, :1].isfinite().all(dim=1)
        corners = self._embed_boxes(prompts.boxes.nan_to_num() + origin.repeat(1, 2) - PIXEL_CENTRE)
        corners = torch.where(given[:, None, None], corners, self.not_a_point_embed.weight)
        return torch.cat([tokens, corners], dim=1)


class NanoMaskDecoder(_decoder.MaskDecoder):  # type: ignore[name-defined]  # untyped base
    """SAM's mask decoder whose upscaling also reads finer image and prompt maps."""

    def __init__(self, shape: NanoArchitecture) -> None:
        dim = shape.prompt_dim
        transformer = _transformer.TwoWayTransformer(depth=2, embedding_dim=dim, num_heads=4, mlp_dim=4 * dim)
        super().__init__(transformer_dim=dim, transformer=transformer, iou_head_hidden_dim=dim)
        fine8, fine4 = shape.fine
        del self.output_upscaling
        self.up8 = nn.ConvTranspose2d(dim, fine8, 2, stride=2)
        self.norm8 = ChannelNorm(fine8)
        self.up4 = nn.ConvTranspose2d(fine8, fine4, 2, stride=2)
        self.norm4 = ChannelNorm(fine4)
        self.smooth4 = nn.Conv2d(fine4, fine4, 3, padding=1)
        self.output_hypernetworks_mlps = nn.ModuleList(
            _decoder.MLP(dim, dim, fine4, 3) for _ in range(self.num_mask_tokens)
        )

    def answer(
        self,
        maps: tuple[Tensor, Tensor, Tensor],
        dense: tuple[Tensor, Tensor, Tensor],
        pe: Tensor,
        sparse: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Logits (N, 4, h, w) and predicted IoU (N, 4); inputs have one row per prompt."""
        output = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([output.expand(len(sparse), -1, -1), sparse], dim=1)
        source = maps[0] + dense[0]
        hidden, source_out = self.transformer(source, pe, tokens)
        # Channels last from here on, as the convolutions like it: no copies, and far faster gradients.
        up16 = source_out.unflatten(1, source.shape[2:]).permute(0, 3, 1, 2)
        up8 = functional.gelu(self.norm8(self.up8(up16) + maps[1] + dense[1]))
        up4 = functional.gelu(self.norm4(self.up4(up8) + maps[2] + dense[2]))
        up4 = functional.gelu(up4 + self.smooth4(up4))
        kernels = torch.stack(
            [mlp(hidden[:, 1 + index]) for index, mlp in enumerate(self.output_hypernetworks_mlps)], dim=1
        )
        pixels = up4.permute(0, 2, 3, 1).flatten(1, 2)
        masks = (pixels @ kernels.transpose(1, 2)).transpose(1, 2).unflatten(2, up4.shape[2:])
        return masks, self.iou_prediction_head(hidden[:, 0])


class NanoNet(nn.Module):
    """Encoder, prompt encoder and mask decoder, named as in segment-anything's Sam."""

    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(self, shape: NanoArchitecture | None = None) -> None:
        super().__init__()
        self.shape = shape or NanoArchitecture()
        self.image_encoder = NanoEncoder(self.shape)
        self.prompt_encoder = NanoPromptEncoder(self.shape)
        self.mask_decoder = NanoMaskDecoder(self.shape)
        self.register_buffer("pixel_mean", torch.tensor(PIXEL_MEAN).view(-1, 1, 1), persistent=False)
        self.register_buffer("pixel_std", torch.tensor(PIXEL_STD).view(-1, 1, 1), persistent=False)

    def encode(self, images: Tensor) -> Embedding:
        """Embed (B, 3, H, W) float RGB in 0..255; H and W are multiples of 128 up to ``image_size``."""
        pixels = smoothed((images - self.pixel_mean) / self.pixel_std, self.shape.smoothing)
        embedding, f8, f4 = self.image_encoder(pixels)
        return Embedding(embedding, (f8, f4, self.prompt_encoder.dense.likeness.space(f4)))

    def decode(
        self,
        embedding: Embedding,
        prompts: PromptBatch,
        owners: Tensor | None = None,
        origin: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Answer N prompts, each on the image it belongs to.

        Args:
            embedding: of B images.
            prompts: N prompts in pixels of their own image; a box of NaN means that this row has none.
            owners: (N,) index of each prompt's image; None when there is one image.
            origin: (N, 2) where the image lies in the ``image_size`` frame, in pixels, multiples of 16;
                training draws it at random so that crops teach every position.

        Returns:
            Logits (N, 4, H/4, W/4) and predicted IoU (N, 4); mask 0 is the single answer, 1-3 the multimask.
            Then the likeness logits (N, H/4, W/4), which training supervises as well.
        """
        if owners is None:
            owners = torch.zeros(len(prompts), dtype=torch.long, device=prompts.coords.device)
        if origin is None:
            origin = torch.zeros(len(prompts), 2, device=prompts.coords.device)
        maps = [_pick(level, owners) for level in (embedding.features, *embedding.high_res)]
        dense, likeness = self.prompt_encoder.dense(maps[3], prompts)
        masks, iou = self.mask_decoder.answer(
            (maps[0], maps[1], maps[2]),
            dense,
            self._positions(origin, maps[0].shape[2], maps[0].shape[3]),
            self.prompt_encoder.sparse(maps[0], prompts, origin),
        )
        return masks, iou, likeness

    def _positions(self, origin: Tensor, h: int, w: int) -> Tensor:
        """(N, prompt_dim, h, w) positional encoding of every token in the ``image_size`` frame."""
        full = self.prompt_encoder.get_dense_pe()[0]
        if h == full.shape[1] and w == full.shape[2]:
            return full.expand(len(origin), -1, -1, -1)
        starts = (origin / PATCH).long().tolist()
        return torch.stack([full[:, y : y + h, x : x + w] for x, y in starts])


def smoothed(images: Tensor, sigma: float) -> Tensor:
    """(B, C, H, W) convolved with a Gaussian of ``sigma`` pixels, edges repeated; as it is for 0."""
    if sigma == 0:
        return images
    reach = math.ceil(3 * sigma)
    steps = torch.arange(-reach, reach + 1, dtype=images.dtype, device=images.device)
    kernel = torch.exp(steps.square() / (-2 * sigma**2))
    kernel = (kernel / kernel.sum()).expand(images.shape[1], 1, -1)
    padded = functional.pad(images, (reach,) * 4, mode="replicate")
    across = functional.conv2d(padded, kernel[:, :, None], groups=images.shape[1])
    return functional.conv2d(across, kernel[..., None], groups=images.shape[1])


def _stage(shape: NanoArchitecture, stage: int) -> list[MixedBlock]:
    """The attention blocks of one stage."""
    depth, last = shape.depths[stage], stage == len(shape.depths) - 1
    windows = [0 if last and index == depth - 1 else shape.window_size for index in range(depth)]
    return [MixedBlock(shape.dims[stage], shape.heads[stage], window) for window in windows]


def _pick(maps: Tensor, rows: Tensor) -> Tensor:
    """``maps[rows]`` with channels last in memory."""
    return maps.permute(0, 2, 3, 1)[rows].permute(0, 3, 1, 2)


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")
