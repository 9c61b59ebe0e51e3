"""Segment Anything (Kirillov et al. 2023, arXiv 2304.02643) behind the Segmenter protocol."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import ModelError
from engine.models import sam_decoder
from engine.models.attention import fuse_attention
from engine.models.base import Decoded, Embedding, PromptBatch
from engine.models.families import ModelSpec
from engine.models.imports import segment_anything
from engine.models.lora import carries_adapter
from engine.models.precision import SINGLE, embedded
from engine.models.tensors import PIXEL_MEAN, PIXEL_STD, answer_alike, image_batch
from engine.models.weights_file import WeightsFile, fit

PROMPT_DIM = 256
PIXEL_CENTRE = 0.5
"""SAM adds this to every coordinate, since it expects pixel indices; ours already hold it."""


@dataclass(frozen=True)
class SamArchitecture:
    """The numbers in which SAM's image encoders differ."""

    embed_dim: int
    depth: int
    num_heads: int
    global_blocks: tuple[int, ...]
    """Blocks that attend over the whole tile instead of windows."""
    image_size: int = 1024
    patch_size: int = 16
    window_size: int = 14

    @property
    def name(self) -> str:
        """Registry name; sizes that Meta never published are named after their numbers."""
        return _PUBLISHED.get(self, f"sam_vit_{self.embed_dim}x{self.depth}")

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> SamArchitecture | None:
        """Read the architecture off the shapes of a state dict; None if it is not a SAM's."""
        try:
            patch = state["image_encoder.patch_embed.proj.weight"].shape
            grid = state["image_encoder.pos_embed"].shape[1]
            rel_pos = _rel_pos_shapes(state)
            head_dim = rel_pos[0][1]
        except (KeyError, IndexError):
            return None
        spans = [(length + 1) // 2 for length, _ in rel_pos]
        return cls(
            embed_dim=patch[0],
            depth=len(rel_pos),
            num_heads=patch[0] // head_dim,
            global_blocks=tuple(block for block, span in enumerate(spans) if span == grid),
            image_size=grid * patch[-1],
            patch_size=patch[-1],
            window_size=min(spans),
        )


def _rel_pos_shapes(state: Mapping[str, Tensor]) -> list[torch.Size]:
    """Shapes (2·span - 1, head_dim) of the row positions, by block."""
    found = {}
    for key, tensor in state.items():
        if match := re.fullmatch(r"image_encoder\.blocks\.(\d+)\.attn\.rel_pos_h", key):
            found[int(match.group(1))] = tensor.shape
    return [found[block] for block in range(len(found))]


VIT_B = SamArchitecture(768, 12, 12, (2, 5, 8, 11))
VIT_L = SamArchitecture(1024, 24, 16, (5, 11, 17, 23))
VIT_H = SamArchitecture(1280, 32, 16, (7, 15, 23, 31))
_PUBLISHED = {VIT_B: "sam_vit_b", VIT_L: "sam_vit_l", VIT_H: "sam_vit_h"}
ARCHITECTURES: Mapping[str, SamArchitecture] = {name: size for size, name in _PUBLISHED.items()}


def build_sam(architecture: SamArchitecture) -> nn.Module:
    """Build a ``segment_anything`` Sam with fresh weights, in eval mode, keys as in Meta's files.

    ``segment_anything.build_sam`` makes the same three sizes; this also makes any other.
    """
    modeling = segment_anything("modeling")
    grid = architecture.image_size // architecture.patch_size
    encoder = modeling.ImageEncoderViT(
        depth=architecture.depth,
        embed_dim=architecture.embed_dim,
        img_size=architecture.image_size,
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
        num_heads=architecture.num_heads,
        patch_size=architecture.patch_size,
        use_rel_pos=True,
        global_attn_indexes=architecture.global_blocks,
        window_size=architecture.window_size,
        out_chans=PROMPT_DIM,
    )
    fuse_attention(encoder)
    return sam_around(encoder, grid, architecture.image_size)


def sam_around(encoder: nn.Module, grid: int, image_size: int) -> nn.Module:
    """A Sam in eval mode: an image encoder, with fresh prompt encoder and mask decoder.

    Args:
        encoder: (B, 3, S, S) to (B, 256, grid, grid), with its S as ``img_size``.
        grid: cells per side of the embedding.
        image_size: S, pixels per side of the tile.
    """
    modeling = segment_anything("modeling")
    prompts = modeling.PromptEncoder(
        embed_dim=PROMPT_DIM,
        image_embedding_size=(grid, grid),
        input_image_size=(image_size, image_size),
        mask_in_chans=16,
    )
    transformer = modeling.TwoWayTransformer(depth=2, embedding_dim=PROMPT_DIM, mlp_dim=2048, num_heads=8)
    decoder = modeling.MaskDecoder(transformer_dim=PROMPT_DIM, transformer=transformer)
    sam: nn.Module = modeling.Sam(encoder, prompts, decoder, list(PIXEL_MEAN), list(PIXEL_STD))
    return sam.eval()


def recognises(file: WeightsFile) -> bool:
    """Whether a file holds a SAM of any size."""
    return SamArchitecture.of(file.state) is not None


def load(file: WeightsFile, device: torch.device) -> SamSegmenter:
    """Put a file's SAM on a device. ModelError if it is none, or does not fit its architecture."""
    architecture = SamArchitecture.of(file.state)
    if architecture is None:
        raise ModelError(f"{file.path} holds no SAM: its weights have other names")
    with torch.device("meta"):  # No time or memory spent on weights that are replaced at once.
        module = build_sam(architecture)
    fit(module, file.state, architecture.name, assign=True)
    return SamSegmenter(module, architecture.name, file.sha256, device, file.merged)


def sketch(spec: ModelSpec) -> SamSegmenter:
    """A published SAM without storage for weights, to ask for its sizes."""
    meta = torch.device("meta")
    with meta:
        module = build_sam(ARCHITECTURES[spec.name])
    return SamSegmenter(module, spec.name, spec.sha256, meta)


class SamSegmenter:
    """A network that is put together as ``segment_anything``'s Sam is, on its device.

    See :class:`engine.models.base.Segmenter`.
    """

    def __init__(
        self, module: nn.Module, name: str, sha256: str, device: torch.device, merged: bool = False
    ) -> None:
        """``merged`` says that an adapter is part of the weights."""
        self.module = cast(Any, module.to(device).eval())
        self._merged = merged
        self._last: tuple[Tensor, sam_decoder.Shared] | None = None
        self.name = name
        self.sha256 = self.base_sha256 = sha256
        self.device = device
        self.precision = SINGLE
        self.image_size: int = self.module.image_encoder.img_size
        self.mask_size: int = self.module.prompt_encoder.mask_input_size[0]

    @property
    def adapted(self) -> bool:
        """Whether an adapter is on the network, or merged into it."""
        return self._merged or carries_adapter(self.module)

    def encode(self, image: np.ndarray) -> Embedding:
        """Embed one (S, S, 3) uint8 RGB tile. ModelError if its shape or type differ."""
        return embedded(self, image_batch(image, self.image_size, self.device))

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Answer K prompts: three masks each if ``multimask``, else one."""
        # Under autocast, as when an adapter is trained in half precision, layers change types as they like.
        autocast = torch.is_autocast_enabled(self.device.type)
        lean = not autocast and sam_decoder.fits(self.module.mask_decoder)
        with torch.inference_mode():
            features = embedding.to(self.device).features
            answer = self._answer_lean if lean else self._answer
            return answer_alike(partial(answer, features, multimask), prompts.to(self.device))

    def for_training(self) -> SamSegmenter:
        """The same network as it is adapted: on the tiles it segments."""
        return self

    def embed(self, images: Tensor) -> Embedding:
        """Embed (B, 3, S, S) float RGB in 0..255, with gradient."""
        return Embedding(self.module.image_encoder(self.module.preprocess(images)))

    def answer(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Answer K prompts on one tile's embedding, with gradient."""
        features = embedding.to(self.device).features
        return answer_alike(partial(self._answer, features, multimask), prompts.to(self.device))

    def _answer(self, features: Tensor, multimask: bool, prompts: PromptBatch) -> Decoded:
        sparse, dense = self._embed_prompts(prompts)
        logits, iou = self.module.mask_decoder(
            image_embeddings=features,
            image_pe=self.module.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=multimask,
        )
        return Decoded(logits, iou)

    def _answer_lean(self, features: Tensor, multimask: bool, prompts: PromptBatch) -> Decoded:
        decoder = self.module.mask_decoder
        sparse, dense = self._embed_prompts(prompts)
        shared = self._shared_of(features)
        masks = None if prompts.masks is None else dense - self._no_mask()
        return Decoded(*sam_decoder.decode(decoder, shared, sparse, masks, multimask))

    def _shared_of(self, features: Tensor) -> sam_decoder.Shared:
        """What all prompts on an embedding share; kept until another tile is asked."""
        if self._last is None or self._last[0] is not features:
            pe = self.module.prompt_encoder.get_dense_pe()
            shared = sam_decoder.share(self.module.mask_decoder, features, pe, self._no_mask())
            self._last = features, shared
        return self._last[1]

    def _no_mask(self) -> Tensor:
        """(1, C, 1, 1) what stands for a mask that was not given."""
        empty: Tensor = self.module.prompt_encoder.no_mask_embed.weight.reshape(1, -1, 1, 1)
        return empty

    def _embed_prompts(self, prompts: PromptBatch) -> tuple[Tensor, Tensor]:
        """SAM's tokens of the clicks and boxes, and its maps of the masks."""
        boxes = prompts.boxes
        has_points = prompts.coords.shape[1] > 0 or boxes is None
        sparse, dense = self.module.prompt_encoder(
            points=(prompts.coords - PIXEL_CENTRE, prompts.labels) if has_points else None,
            boxes=None if boxes is None else boxes - PIXEL_CENTRE,
            masks=prompts.masks,
        )
        return sparse, dense
