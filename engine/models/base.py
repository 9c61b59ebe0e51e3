"""The seam between the pipeline and any promptable segmentation network.

Coordinates are continuous, in pixels of the square tile, with (0, 0) at the outer corner of the
upper-left pixel, so the centre of that pixel is (0.5, 0.5). x grows with columns, y with rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor, nn


@dataclass(frozen=True)
class PromptBatch:
    """K prompts on one tile, padded to a common number of points.

    Attributes:
        coords: (K, P, 2) float32, x and y in tile pixels; P may be 0 when boxes are given.
        labels: (K, P) int64: 1 positive, 0 negative, -1 padding.
        boxes: (K, 4) float32 x0, y0, x1, y1 in tile pixels, or None.
        masks: (K, 1, h, w) float32 logits of an earlier answer at the model's mask size, or None.
    """

    coords: Tensor
    labels: Tensor
    boxes: Tensor | None = None
    masks: Tensor | None = None

    def __len__(self) -> int:
        return int(self.coords.shape[0])

    def to(self, device: torch.device) -> PromptBatch:
        """The same prompts with every tensor on a device."""
        return replace(self, **{name: value.to(device) for name, value in self._given()})

    def rows(self, chosen: Tensor) -> PromptBatch:
        """Some of the prompts: ``chosen`` (k,) are their numbers, or (K,) bool says which."""
        return replace(self, **{name: value[chosen] for name, value in self._given()})

    def _given(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor that is there, by name."""
        return ((name, value) for name, value in vars(self).items() if value is not None)


@dataclass(frozen=True)
class Embedding:
    """What an encoder keeps of one tile.

    Attributes:
        features: (1, C, h, w) float32: the image embedding (SSA pools over it). Training of the embedded
            model has several tiles at once.
        high_res: finer feature maps that some decoders also read, coarsest first.
    """

    features: Tensor
    high_res: tuple[Tensor, ...] = ()

    def to(self, device: torch.device) -> Embedding:
        """The same with every map on a device: one that was kept on disk comes back on the processor."""
        return Embedding(self.features.to(device), tuple(level.to(device) for level in self.high_res))

    def rows(self, tiles: Tensor) -> Embedding:
        """For an embedding of several tiles, those of the numbers ``tiles`` (k,); channels last in memory."""
        features, *levels = (
            maps.permute(0, 2, 3, 1)[tiles].permute(0, 3, 1, 2) for maps in (self.features, *self.high_res)
        )
        return Embedding(features, tuple(levels))


@dataclass(frozen=True)
class Decoded:
    """Answers for K prompts.

    Attributes:
        logits: (K, M, h, w) float32 mask logits over the whole tile at the model's mask size.
        iou: (K, M) float32 predicted IoU of each mask.
    """

    logits: Tensor
    iou: Tensor


@runtime_checkable
class Segmenter(Protocol):
    """A promptable network, ready on its device."""

    name: str
    """Registry name, as written to the output."""
    image_size: int
    """Side, in pixels, of the square tile that ``encode`` takes."""
    mask_size: int
    """Side of the logits that ``decode`` returns."""
    sha256: str
    """Hash of the weights file, which says what made an answer."""
    base_sha256: str
    """What adapters and embeddings record: hash of the network alone, see :mod:`engine.models.identity`."""
    precision: str
    """In which ``encode`` computes, fp32 or bf16; see :mod:`engine.models.precision`."""

    @property
    def device(self) -> torch.device:
        """Where the network runs."""
        ...

    @property
    def module(self) -> nn.Module:
        """The network itself: adapters go on it, and training works on its parameters."""
        ...

    @property
    def adapted(self) -> bool:
        """Whether an adapter takes part in the answers, or was merged into the weights.

        Adapting trains the single mask alone, and the verdict is about it: an adapted model answers a single
        click with it, and not with the best of three.
        """
        ...

    def encode(self, image: np.ndarray) -> Embedding:
        """Embed one (S, S, 3) uint8 RGB tile, S = ``image_size``. No gradient."""
        ...

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Answer every prompt of the batch: three masks each if ``multimask``, else one. No gradient."""
        ...

    def for_training(self) -> Segmenter:
        """The same network as it is adapted: perhaps on smaller tiles than it segments."""
        ...

    def embed(self, images: Tensor) -> Embedding:
        """Embed (1, 3, S, S) float RGB in 0..255, with gradient."""
        ...

    def answer(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """As ``decode``, on the whole tile and with gradient."""
        ...


@runtime_checkable
class PartAnswers(Protocol):
    """What a network offers besides if it answers on the part of a tile around each prompt."""

    def decode_parts(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """As ``decode``, but masks that outgrow the largest part, half a tile wide, come back empty.

        Such masks are most of the work where prompts are no clicks, and are ground. A model that looks at its
        own first masks again looks once.
        """
        ...


@runtime_checkable
class ClosePictures(Protocol):
    """What a network offers besides if it embeds small pictures as well as whole tiles."""

    close_side: int | None
    """Side, in pixels, of a picture that shows one object from close by; None if there are none."""

    def decode_close(self, images: np.ndarray, prompts: PromptBatch) -> Decoded:
        """Answer (K, S, S, 3) uint8 RGB pictures, S = ``close_side``, with one mask each. No gradient.

        Args:
            prompts: K, each in pixels of its own picture.
        """
        ...
