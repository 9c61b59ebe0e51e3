"""SAM 2.1 for single images (Ravi et al. 2024, arXiv 2408.00714) behind the Segmenter protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import ModelError
from engine.models.base import Decoded, Embedding, PromptBatch
from engine.models.families import ModelSpec
from engine.models.imports import sam2
from engine.models.lora import carries_adapter
from engine.models.precision import SINGLE, embedded
from engine.models.tensors import answer_alike, image_batch
from engine.models.weights_file import WeightsFile, fit

PIXEL_MEAN = (0.485, 0.456, 0.406)
PIXEL_STD = (0.229, 0.224, 0.225)
PIXEL_CENTRE = 0.5
"""SAM 2 adds this to every coordinate, since it expects pixel indices; ours already hold it."""
BOX_LABELS = (2, 3)
"""SAM 2 reads a box as two points: the upper-left corner and the lower-right one."""
MASK_LOGIT_LIMIT = 32.0
"""SAM 2's own predictor clamps an answer to this before it is given back as a mask prompt."""

_SIZES = {
    (96, 12): "sam2.1_hiera_t",
    (96, 16): "sam2.1_hiera_s",
    (112, 24): "sam2.1_hiera_b+",
    (144, 48): "sam2.1_hiera_l",
}


def name_of(state: Mapping[str, Tensor]) -> str | None:
    """Registry name of a state dict, by its width and number of blocks; None if it is not a SAM 2's."""
    patch = state.get("image_encoder.trunk.patch_embed.proj.weight")
    if patch is None:
        return None
    blocks = sum(
        key.startswith("image_encoder.trunk.blocks.") and key.endswith(".attn.qkv.weight") for key in state
    )
    return _SIZES.get((patch.shape[0], blocks))


def build_sam2(name: str, overrides: Sequence[str] = ()) -> nn.Module:
    """Build a SAM 2.1 with fresh weights, in eval mode, on the processor.

    Args:
        name: registry name, such as ``sam2.1_hiera_t``.
        overrides: hydra overrides of the package's own configuration, such as ``model.image_size=512``.
    """
    config = f"configs/sam2.1/{name}.yaml"
    module: nn.Module = sam2("build_sam").build_sam2(
        config, None, device="cpu", hydra_overrides_extra=list(overrides)
    )
    return module


def recognises(file: WeightsFile) -> bool:
    """Whether a file holds a SAM 2.1 of a published size."""
    return name_of(file.state) is not None


def load(file: WeightsFile, device: torch.device) -> Sam2Segmenter:
    """Put a file's SAM 2.1 on a device. ModelError if it is none, or does not fit its size."""
    name = name_of(file.state)
    if name is None:
        raise ModelError(f"{file.path} holds no SAM 2.1: its weights have other names or sizes")
    module = build_sam2(name)
    fit(module, file.state, name)
    return Sam2Segmenter(module, name, file.sha256, device, file.merged)


def sketch(spec: ModelSpec) -> Sam2Segmenter:
    """A published SAM 2.1 with fresh weights, to ask for its sizes."""
    return Sam2Segmenter(build_sam2(spec.name), spec.name, spec.sha256, torch.device("cpu"))


class Sam2Segmenter:
    """A SAM 2.1 on its device, as an image model: no memory, no video.

    See :class:`engine.models.base.Segmenter`. ``module`` is the ``sam2`` SAM2Base itself.
    """

    def __init__(
        self, module: nn.Module, name: str, sha256: str, device: torch.device, merged: bool = False
    ) -> None:
        """``merged`` says that an adapter is part of the weights."""
        self.module = cast(Any, module.to(device).eval())
        self._merged = merged
        self.name = name
        self.sha256 = self.base_sha256 = sha256
        self.device = device
        self.precision = SINGLE
        self.image_size: int = self.module.image_size
        self.mask_size: int = self.module.sam_prompt_encoder.mask_input_size[0]
        self._mean = torch.tensor(PIXEL_MEAN, device=device).view(1, 3, 1, 1)
        self._std = torch.tensor(PIXEL_STD, device=device).view(1, 3, 1, 1)

    @property
    def adapted(self) -> bool:
        """Whether an adapter is on the network, or merged into it."""
        return self._merged or carries_adapter(self.module)

    def encode(self, image: np.ndarray) -> Embedding:
        """Embed one (S, S, 3) uint8 RGB tile. ModelError if its shape or type differ."""
        return embedded(self, image_batch(image, self.image_size, self.device))

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Answer K prompts at once: three masks each if ``multimask``, else one."""
        with torch.inference_mode():
            return self.answer(embedding, prompts, multimask)

    def for_training(self) -> Sam2Segmenter:
        """The same network as it is adapted: on the tiles it segments."""
        return self

    def embed(self, images: Tensor) -> Embedding:
        """Embed (B, 3, S, S) float RGB in 0..255, with gradient."""
        pixels = (images.to(self.device) / 255 - self._mean) / self._std
        finest, finer, features = self.module.forward_image(pixels)["backbone_fpn"]
        # The network was trained on video, where this stands for "no earlier frame".
        no_memory = self.module.no_mem_embed.view(1, -1, 1, 1)
        return Embedding(features + no_memory, high_res=(finer, finest))

    def answer(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Answer K prompts on one tile's embedding, with gradient.

        A single mask that is not stable is replaced by the best of the three, as SAM 2 does by default.
        """
        here = embedding.to(self.device)
        return answer_alike(partial(self._answer, here, multimask), prompts.to(self.device))

    def _answer(self, embedding: Embedding, multimask: bool, prompts: PromptBatch) -> Decoded:
        encoder = self.module.sam_prompt_encoder
        masks = prompts.masks
        sparse, dense = encoder(
            points=_points_with_corners(prompts),
            boxes=None,
            masks=None if masks is None else masks.clamp(-MASK_LOGIT_LIMIT, MASK_LOGIT_LIMIT),
        )
        logits, iou, _, _ = self.module.sam_mask_decoder(
            image_embeddings=embedding.features,
            image_pe=encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=multimask,
            repeat_image=True,
            high_res_features=list(reversed(embedding.high_res)),
        )
        return Decoded(logits, iou)


def _points_with_corners(prompts: PromptBatch) -> tuple[Tensor, Tensor]:
    """Points (K, P, 2) and labels (K, P) in pixel indices, the corners of any boxes first."""
    coords, labels = prompts.coords, prompts.labels
    if prompts.boxes is not None:
        corner_labels = torch.tensor(BOX_LABELS, device=labels.device).expand(len(prompts), -1)
        coords = torch.cat([prompts.boxes.reshape(-1, 2, 2), coords], dim=1)
        labels = torch.cat([corner_labels, labels], dim=1)
    return coords - PIXEL_CENTRE, labels
