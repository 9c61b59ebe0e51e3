"""A model that counts what is asked of it, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from engine.models.base import Decoded, Embedding, PromptBatch, Segmenter


class CountingSegmenter:
    """Answers like the model inside it.

    Attributes:
        encodes: tiles embedded.
        decodes: prompts answered.
        seconds: spent inside the model.
    """

    def __init__(self, model: Segmenter) -> None:
        self._model = model
        self.name, self.sha256 = model.name, model.sha256
        self.image_size, self.mask_size = model.image_size, model.mask_size
        self.encodes = self.decodes = 0
        self.seconds = 0.0

    @property
    def device(self) -> torch.device:
        return self._model.device

    @property
    def module(self) -> nn.Module:
        return self._model.module

    @property
    def adapted(self) -> bool:
        return self._model.adapted

    def for_training(self) -> Segmenter:
        return self._model.for_training()

    def embed(self, images: Tensor) -> Embedding:
        return self._model.embed(images)

    def answer(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        return self._model.answer(embedding, prompts, multimask)

    def encode(self, image: np.ndarray) -> Embedding:
        self.encodes += 1
        with self._timed():
            return self._model.encode(image)

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        self.decodes += len(prompts)
        with self._timed():
            return self._model.decode(embedding, prompts, multimask)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - start
