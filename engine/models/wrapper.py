"""A segmenter around another one, for those that change a part of what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor, nn

    from engine.models.base import ClosePictures, Decoded, Embedding, PromptBatch, Segmenter


class Wrapper:
    """Hands all that is asked of it to a model; see :class:`engine.models.base.Segmenter` for each."""

    def __init__(self, model: Segmenter) -> None:
        self.name, self.sha256, self.base_sha256 = model.name, model.sha256, model.base_sha256
        self.precision = model.precision
        self.image_size, self.mask_size = model.image_size, model.mask_size
        self.calibrations = getattr(model, "calibrations", None)
        self.close_side: int | None = getattr(model, "close_side", None)
        self.rounds: int = getattr(model, "rounds", 1)
        self._model = model

    @property
    def device(self) -> torch.device:
        """The model's own."""
        return self._model.device

    @property
    def module(self) -> nn.Module:
        """The model's own."""
        return self._model.module

    @property
    def adapted(self) -> bool:
        """The model's own."""
        return self._model.adapted

    def for_training(self) -> Segmenter:
        """The model's own, without what is around it: training changes what it answers."""
        return self._model.for_training()

    def embed(self, images: Tensor) -> Embedding:
        """The model's own."""
        return self._model.embed(images)

    def answer(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """The model's own."""
        return self._model.answer(embedding, prompts, multimask)

    def encode(self, image: np.ndarray) -> Embedding:
        """The model's own."""
        return self._model.encode(image)

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """The model's own."""
        return self._model.decode(embedding, prompts, multimask)

    def decode_close(self, images: np.ndarray, prompts: PromptBatch) -> Decoded:
        """The model's own; see :class:`engine.models.base.ClosePictures`."""
        return cast("ClosePictures", self._model).decode_close(images, prompts)
