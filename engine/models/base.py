"""The seam between the pipeline and any promptable segmentation network.

Coordinates are continuous, in pixels of the square tile, with (0, 0) at the outer corner of the
upper-left pixel, so the centre of that pixel is (0.5, 0.5). x grows with columns, y with rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


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


@dataclass(frozen=True)
class Embedding:
    """What an encoder keeps of one tile.

    Attributes:
        features: (1, C, h, w) float32: the image embedding (SSA pools over it).
        high_res: finer feature maps that some decoders also read, coarsest first.
    """

    features: Tensor
    high_res: tuple[Tensor, ...] = ()


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
    """Hash of the weights, for provenance and adapter checks."""

    def encode(self, image: np.ndarray) -> Embedding:
        """Embed one (S, S, 3) uint8 RGB tile, S = ``image_size``. No gradient."""
        ...

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Answer every prompt of the batch: three masks each if ``multimask``, else one. No gradient."""
        ...
