"""Test-time augmentation: the mean of what a model answers on a tile and on the tile turned by half."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.models.base import Decoded, Embedding
from engine.models.wrapper import Wrapper

if TYPE_CHECKING:
    from engine.models.base import PromptBatch

SURE = 1e-6
"""Probabilities nearer than that to 0 or 1 give logits as if they were so near."""


@dataclass(frozen=True)
class TwoEmbeddings(Embedding):
    """The embedding of a tile, and that of the tile turned by half."""

    turned: Embedding | None = None


class Augmented(Wrapper):
    """A segmenter whose answers are means over two views: of probabilities, and of predicted IoU.

    It takes twice as long. The answer on a tile turned by half is the answer turned by half.
    """

    def encode(self, image: np.ndarray) -> TwoEmbeddings:
        """See :class:`engine.models.base.Segmenter`."""
        plain, turned = self._model.encode(image), self._model.encode(_turned(image[None])[0])
        return TwoEmbeddings(plain.features, plain.high_res, turned)

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """See :class:`engine.models.base.Segmenter`; ``embedding`` is one of :meth:`encode`."""
        if not isinstance(embedding, TwoEmbeddings) or embedding.turned is None:
            raise TypeError("a mean over two views needs the embeddings of both")
        plain = self._model.decode(Embedding(embedding.features, embedding.high_res), prompts, multimask)
        asked = prompts_turned(prompts, self.image_size)
        return _mean(plain, self._model.decode(embedding.turned, asked, multimask))

    def decode_close(self, images: np.ndarray, prompts: PromptBatch) -> Decoded:
        """See :class:`engine.models.base.ClosePictures`."""
        plain = super().decode_close(images, prompts)
        asked = prompts_turned(prompts, images.shape[1])
        return _mean(plain, super().decode_close(_turned(images), asked))


def prompts_turned(prompts: PromptBatch, side: int) -> PromptBatch:
    """The prompts of a tile of ``side`` pixels on the tile turned by half."""
    boxes, masks = prompts.boxes, prompts.masks
    return replace(
        prompts,
        coords=side - prompts.coords,
        boxes=None if boxes is None else side - boxes.roll(2, dims=1),
        masks=None if masks is None else masks.flip(2, 3),
    )


def _turned(images: np.ndarray) -> np.ndarray:
    """(K, h, w, 3) pictures turned by half."""
    return np.ascontiguousarray(images[:, ::-1, ::-1])


def _mean(plain: Decoded, turned: Decoded) -> Decoded:
    p = (plain.logits.float().sigmoid() + turned.logits.float().flip(2, 3).sigmoid()) / 2
    return Decoded(p.logit(eps=SURE), (plain.iou.float() + turned.iou.float()) / 2)
