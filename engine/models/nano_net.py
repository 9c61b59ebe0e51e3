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
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.attention import fuse_attention
from engine.models.base import Embedding, PromptBatch
from engine.models.imports import segment_anything
from engine.models.nano_blocks import ChannelNorm, ConvBlock
from engine.models.nano_finer import FinerMasks
from engine.models.nano_prompts import MASK_STRIDE, DensePrompts, sample
from engine.models.nano_reader import MaskReader
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
    """Blocks per stage; the last ones attend over the whole tile, the others over windows."""
    heads: tuple[int, int] = (4, 6)
    window_size: int = 8
    prompt_dim: int = 128
    fine: tuple[int, int] = (48, 32)
    """Channels at strides 8 and 4 inside the decoder."""
    likeness_dim: int = 32
    """Channels in which cells are compared with what was clicked."""
    smoothing: float = 0.0
    """Standard deviation, in pixels, of the Gaussian that pixels are smoothed with before anything else."""
    stem_blocks: int = 2
    """Residual blocks at stride 4."""
    global_blocks: int = 1
    """How many of the last blocks of stride 16 attend over the whole tile."""
    fine2: int = 0
    """Channels at stride 2 inside the decoder, whose masks are then that fine; 0 leaves them at stride 4."""
    reads_masks: bool = False
    """Whether the predicted IoU is corrected by a head that reads the masks."""
    rounds: int = 1
    """How often a prompt of clicks alone is answered, each time with the answer before as its mask."""

    @property
    def mask_stride(self) -> int:
        """Raster pixels per side of one cell of the mask logits."""
        return MASK_STRIDE // 2 if self.fine2 else MASK_STRIDE

    def differences(self) -> dict[str, Any]:
        """The numbers that are not the usual ones; files from before a field existed do not differ in it."""
        usual = asdict(NanoArchitecture())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


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
    """(B, 3, H, W) normalised pixels to maps at strides 16, 8, 4, perhaps 2; H, W are multiples of 128."""

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
            *(ConvBlock(c4) for _ in range(shape.stem_blocks)),
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
        self.lateral2 = nn.Conv2d(c2, shape.fine2, 1) if shape.fine2 else None

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = x.contiguous(memory_format=torch.channels_last)
        s2 = self.stem[:2](x)
        s4 = self.stem[2:](s2)
        s8 = self.stage8(s4)
        embedding = self.neck(self.stage16(s8))
        f8 = self.smooth8(self.lateral8(s8) + _double(self.down8(embedding)))
        f4 = self.smooth4(self.lateral4(s4) + _double(self.down4(f8)))
        if self.lateral2 is None:
            return embedding, f8, f4
        # Channels last: the other convolution adds up in an order that depends on the number of threads.
        return embedding, f8, f4, self.lateral2(s2.contiguous(memory_format=torch.channels_last))


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
        self.finer = FinerMasks((fine4, shape.fine2), dim, self.num_mask_tokens) if shape.fine2 else None
        self.reader = MaskReader(fine4, dim, self.num_mask_tokens) if shape.reads_masks else None

    def answer(
        self,
        maps: Sequence[Tensor],
        dense: tuple[Tensor, Tensor, Tensor],
        likeness: Tensor,
        pe: Tensor,
        sparse: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Logits (N, 4, h, w) and predicted IoU (N, 4); inputs have one row per prompt.

        Args:
            maps: of the picture at strides 16, 8, 4, and 2 where masks are to be that fine.
            dense: of the prompts at strides 16, 8 and 4.
            likeness: (N, h, w) logits at stride 4.
        """
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
        iou = self.iou_prediction_head(hidden[:, 0])
        if self.reader is not None:
            iou = iou + self.reader(up4, masks, likeness, hidden[:, : 1 + self.num_mask_tokens])
        if self.finer is not None and len(maps) > 3:
            masks = self.finer(masks, up4, maps[3], hidden[:, 1 : 1 + self.num_mask_tokens])
        return masks, iou


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
        embedding, f8, f4, *f2 = self.image_encoder(pixels)
        return Embedding(embedding, (f8, f4, self.prompt_encoder.dense.likeness.space(f4), *f2))

    def decode(
        self,
        embedding: Embedding,
        prompts: PromptBatch,
        owners: Tensor | None = None,
        origin: Tensor | None = None,
        most: int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Answer N prompts, each on the image it belongs to.

        Args:
            embedding: of B images.
            prompts: N prompts in pixels of their own image; a box of NaN means that this row has none.
            owners: (N,) index of each prompt's image; None when there is one image.
            origin: (N, 2) where the image lies in the ``image_size`` frame, in pixels, multiples of 16;
                training draws it at random so that crops teach every position.
            most: rounds at most; None takes all of the network's.

        Returns:
            Logits (N, 4, h, w), H/4 times W/4 or twice as fine, and predicted IoU (N, 4); mask 0 is the
            single answer, 1-3 the multimask. Then the likeness logits (N, H/4, W/4), which training
            supervises as well.
        """
        return self.decode_rounds(embedding, prompts, owners, origin, most)[-1]

    def decode_rounds(
        self,
        embedding: Embedding,
        prompts: PromptBatch,
        owners: Tensor | None = None,
        origin: Tensor | None = None,
        most: int | None = None,
    ) -> list[tuple[Tensor, Tensor, Tensor]]:
        """The answers of every round, see :meth:`decode`; one alone if every prompt brings a mask or a box.

        After the first round a prompt of clicks alone gets the likeliest mask of the answer as its own,
        without gradient. Only the last round is at stride 2, if any is. ``most`` limits their number.
        """
        if owners is None:
            owners = torch.zeros(len(prompts), dtype=torch.long, device=prompts.coords.device)
        if origin is None:
            origin = torch.zeros(len(prompts), 2, device=prompts.coords.device)
        own = embedding.rows(owners)
        maps = [own.features, *own.high_res]
        pe = self._positions(origin, maps[0].shape[2], maps[0].shape[3])
        sparse = self.prompt_encoder.sparse(maps[0], prompts, origin)
        open_ended = ~(_gives_mask(prompts) | _gives_box(prompts))
        prompts = _with_masks(prompts, _as_coarse_as(prompts.masks, maps[3]))
        answers: list[tuple[Tensor, Tensor, Tensor]] = []
        count = min(self.shape.rounds, most or self.shape.rounds) if open_ended.any() else 1
        for number in range(count):
            asked = prompts
            if answers:
                seen = _likeliest(*answers[-1][:2])
                given = torch.full_like(seen, torch.nan) if prompts.masks is None else prompts.masks
                asked = _with_masks(prompts, torch.where(open_ended[:, None, None, None], seen, given))
            answers.append(self._round(maps, asked, pe, sparse, finest=number == count - 1))
        return answers

    def _round(
        self, maps: list[Tensor], prompts: PromptBatch, pe: Tensor, sparse: Tensor, finest: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        space = maps[3]
        dense, likeness = self.prompt_encoder.dense(space, prompts)
        shown = (*maps[:3], *maps[4:]) if finest else maps[:3]
        masks, iou = self.mask_decoder.answer(shown, dense, likeness, pe, sparse)
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
    first_global = depth - shape.global_blocks if last else depth
    windows = [shape.window_size if index < first_global else 0 for index in range(depth)]
    return [MixedBlock(shape.dims[stage], shape.heads[stage], window) for window in windows]


def _gives_mask(prompts: PromptBatch) -> Tensor:
    """(N,) whether a prompt brings a mask."""
    if prompts.masks is None:
        return torch.zeros(len(prompts), dtype=torch.bool, device=prompts.coords.device)
    return ~prompts.masks.isnan().any(dim=3).any(dim=2).any(dim=1)


def _gives_box(prompts: PromptBatch) -> Tensor:
    """(N,) whether a prompt brings a box."""
    if prompts.boxes is None:
        return torch.zeros(len(prompts), dtype=torch.bool, device=prompts.coords.device)
    return ~prompts.boxes.isnan().any(dim=1)


def _with_masks(prompts: PromptBatch, masks: Tensor | None) -> PromptBatch:
    return PromptBatch(prompts.coords, prompts.labels, prompts.boxes, masks)


def _as_coarse_as(masks: Tensor | None, maps: Tensor) -> Tensor | None:
    """Logits (N, 1, h, w) on the grid of ``maps``, which may be coarser."""
    if masks is None or masks.shape[-1] == maps.shape[-1]:
        return masks
    return functional.avg_pool2d(masks, masks.shape[-1] // maps.shape[-1])


def _likeliest(masks: Tensor, iou: Tensor) -> Tensor:
    """(N, 1, h, w) float32 logits of the mask with the highest predicted IoU, without gradient."""
    rows = torch.arange(len(masks), device=masks.device)
    return masks[rows, iou.argmax(dim=1)].detach().float()[:, None]


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")
