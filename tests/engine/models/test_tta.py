"""The mean of the answers on a tile and on the tile turned by half."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.models.base import Decoded, Embedding, PromptBatch
from engine.models.nano import CLOSE_SIDE, NanoSegmenter
from engine.models.registry import load
from engine.models.tta import Augmented
from tests.fakes import FakeSegmenter, painted

SIDE = 128
BOX = (20, 30, 60, 110)


@pytest.fixture(scope="module")
def nano() -> NanoSegmenter:
    loaded = load("nano", "cpu", precision="fp32")
    assert isinstance(loaded, NanoSegmenter)
    return NanoSegmenter(loaded.module, loaded.name, loaded.sha256, loaded.device, 256)


def scene(side: int = SIDE) -> np.ndarray:
    """A tile with an object in a corner."""
    image = np.moveaxis(painted((side, side), [(BOX, 220)]), 0, -1).copy()
    image[:, :, 0] += np.linspace(0, 20, side, dtype=np.uint8)
    return image


def clicks(boxed: bool = False) -> PromptBatch:
    """Two prompts on it of two clicks each, perhaps with boxes."""
    coords = torch.tensor([[[30.0, 40.0], [50.0, 90.0]], [[40.0, 70.0], [100.0, 20.0]]])
    boxes = torch.tensor([[18.0, 28.0, 64.0, 112.0], [20.0, 30.0, 60.0, 100.0]]) if boxed else None
    return PromptBatch(coords, torch.tensor([[1, 1], [1, 0]]), boxes)


def by_hand(prompts: PromptBatch, side: int) -> PromptBatch:
    """The prompts on the tile turned by half, corner by corner."""
    boxes = None
    if prompts.boxes is not None:
        x0, y0, x1, y1 = prompts.boxes.unbind(1)
        boxes = torch.stack([side - x1, side - y1, side - x0, side - y0], dim=1)
    x, y = prompts.coords.unbind(2)
    return PromptBatch(torch.stack([side - x, side - y], dim=2), prompts.labels, boxes)


def half_turned(array: np.ndarray, rows: int) -> np.ndarray:
    return np.flip(array, (rows, rows + 1)).copy()


@pytest.mark.parametrize("boxed", [False, True])
def test_a_model_that_does_not_care_how_a_tile_lies_gives_its_own_masks(boxed: bool) -> None:
    alone, model = FakeSegmenter(SIDE), FakeSegmenter(SIDE)
    plain = alone.decode(alone.encode(scene()), clicks(boxed), True)
    augmented = Augmented(model)
    found = augmented.decode(augmented.encode(scene()), clicks(boxed), True)
    assert torch.equal(found.logits > 0, plain.logits > 0)
    assert found.iou == pytest.approx(plain.iou.numpy())
    assert [tile.tobytes() for tile in model.encoded] == [
        scene().tobytes(),
        half_turned(scene(), 0).tobytes(),
    ]


@pytest.mark.parametrize("boxed", [False, True])
def test_the_answer_on_a_tile_turned_by_half_is_the_answer_turned_by_half(
    nano: NanoSegmenter, boxed: bool
) -> None:
    model, side = Augmented(nano), nano.image_size
    image, asked = half_turned(scene(side), 0), by_hand(clicks(boxed), side)
    plain = model.decode(model.encode(scene(side)), clicks(boxed), not boxed)
    found = model.decode(model.encode(image), asked, not boxed)
    assert half_turned(found.logits.numpy(), 2) == pytest.approx(plain.logits.numpy(), abs=0.02)
    assert found.iou == pytest.approx(plain.iou.numpy(), abs=1e-4)
    alone = nano.decode(nano.encode(image), asked, not boxed)
    assert not torch.allclose(alone.logits, found.logits, atol=0.05), "the network does care"


def test_so_are_small_pictures(nano: NanoSegmenter) -> None:
    model = Augmented(nano)
    images = np.stack([scene(CLOSE_SIDE), half_turned(scene(CLOSE_SIDE), 0)])
    plain = model.decode_close(images, clicks(boxed=True))
    found = model.decode_close(half_turned(images, 1), by_hand(clicks(boxed=True), CLOSE_SIDE))
    assert half_turned(found.logits.numpy(), 2) == pytest.approx(plain.logits.numpy(), abs=0.02)
    assert found.iou == pytest.approx(plain.iou.numpy(), abs=1e-4)


class Stating(FakeSegmenter):
    """Gives one logit everywhere, another for either view, and keeps the masks it was given."""

    LOGITS = (4.0, -1.0)

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """The next of :attr:`LOGITS`."""
        self.asked.append((prompts, multimask))
        value = self.LOGITS[len(self.asked) - 1]
        return Decoded(torch.full((1, 1, 2, 2), value), torch.tensor([[len(self.asked) / 10]]))


def test_probabilities_are_averaged_not_logits() -> None:
    stating = Stating(SIDE)
    model = Augmented(stating)
    given = torch.arange(4.0).reshape(1, 1, 2, 2)
    prompts = PromptBatch(torch.zeros(1, 1, 2), torch.ones(1, 1, dtype=torch.long), masks=given)
    found = model.decode(model.encode(scene()), prompts, False)
    p = torch.tensor(Stating.LOGITS).sigmoid().mean()
    assert found.logits.sigmoid() == pytest.approx(np.full((1, 1, 2, 2), p.item()))
    assert found.iou.item() == pytest.approx(0.15)
    masks = [asked.masks for asked, _ in stating.asked]
    assert [mask.flatten().tolist() for mask in masks if mask is not None] == [[0, 1, 2, 3], [3, 2, 1, 0]]


def test_embeddings_of_one_view_alone_are_refused() -> None:
    model = FakeSegmenter(SIDE)
    with pytest.raises(TypeError, match="embeddings of both"):
        Augmented(model).decode(model.encode(scene()), clicks(), True)
