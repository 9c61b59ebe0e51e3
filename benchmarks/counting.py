"""A model that counts what is asked of it, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from engine.models.base import Decoded, Embedding, PromptBatch, Segmenter
from engine.models.wrapper import Wrapper


class CountingSegmenter(Wrapper):
    """Answers like the model inside it.

    Attributes:
        encodes: tiles embedded; a smaller picture counts by its area.
        decodes: prompts answered.
        seconds: spent inside the model.
    """

    def __init__(self, model: Segmenter) -> None:
        super().__init__(model)
        self.encodes, self.decodes = 0.0, 0
        self.seconds = 0.0

    def encode(self, image: np.ndarray) -> Embedding:
        self.encodes += 1
        with self._timed():
            return super().encode(image)

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        self.decodes += len(prompts)
        with self._timed():
            return super().decode(embedding, prompts, multimask)

    def decode_close(self, images: np.ndarray, prompts: PromptBatch) -> Decoded:
        self.encodes += len(images) * (images.shape[1] / self.image_size) ** 2
        self.decodes += len(prompts)
        with self._timed():
            return super().decode_close(images, prompts)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - start
