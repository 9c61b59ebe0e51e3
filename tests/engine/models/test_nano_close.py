"""The embedded model on small pictures, one object on each."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.models.base import PromptBatch
from engine.models.nano import CLOSE_SIDE, NanoSegmenter
from engine.models.registry import load


@pytest.fixture(scope="module")
def model() -> NanoSegmenter:
    nano = load("nano", "cpu", precision="fp32")
    assert isinstance(nano, NanoSegmenter)
    return nano


def pictures(count: int) -> np.ndarray:
    """Noise with a square in the middle of each."""
    images = np.random.default_rng(0).integers(60, 90, (count, CLOSE_SIDE, CLOSE_SIDE, 3), dtype=np.uint8)
    for number, image in enumerate(images):
        image[40 : 80 + 5 * number, 40:80] = 200
    return images


def asked(count: int, clicks: int = 1) -> PromptBatch:
    """Clicks in the squares, and boxes around them."""
    coords = torch.tensor([60.0, 60.0]).expand(count, clicks, 2) + torch.arange(clicks)[:, None]
    box = torch.tensor([36.0, 36.0, 84.0, 84.0]).expand(count, 4)
    return PromptBatch(coords, torch.ones(count, clicks, dtype=torch.long), box)


@pytest.mark.parametrize("clicks", [1, 7])
def test_a_picture_is_answered_as_a_tile_of_its_size_whatever_is_beside_it(
    model: NanoSegmenter, clicks: int
) -> None:
    images, prompts = pictures(3), asked(3, clicks)
    together = model.decode_close(images, prompts)
    small = NanoSegmenter(model.module, model.name, model.sha256, model.device, CLOSE_SIDE)
    for row in range(3):
        alone = small.decode(small.encode(images[row]), prompts.rows(torch.tensor([row])), multimask=False)
        assert together.logits[row] == pytest.approx(alone.logits[0], abs=1e-3)
        assert together.iou[row] == pytest.approx(alone.iou[0], abs=1e-4)


def test_the_answers_are_masks_of_the_objects(model: NanoSegmenter) -> None:
    decoded = model.decode_close(pictures(2), asked(2))
    cells = decoded.logits.shape[-1] / CLOSE_SIDE
    for number, logits in enumerate(decoded.logits[:, 0]):
        mask = (logits > 0).numpy()
        true = np.zeros_like(mask)
        true[int(40 * cells) : int((80 + 5 * number) * cells), int(40 * cells) : int(80 * cells)] = True
        assert (mask & true).sum() / (mask | true).sum() > 0.7
