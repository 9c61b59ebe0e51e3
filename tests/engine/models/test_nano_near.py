"""The embedded model answers a prompt on the smallest part of the tile that holds its mask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.models.base import Embedding, PartAnswers, PromptBatch
from engine.models.nano import (
    LOCAL_SIDES,
    WHOLE_BATCH,
    NanoSegmenter,
)
from engine.models.nano_parts import OUTSIDE
from engine.models.nano_prompts import MASK_STRIDE
from tests.engine.model_helpers import CPU, points


class EchoNet(nn.Module):
    """Answers every prompt with what the stride-4 map of its part shows, and notes what it was asked."""

    def __init__(self, image_size: int = 512) -> None:
        super().__init__()
        self.shape = SimpleNamespace(image_size=image_size, mask_stride=MASK_STRIDE)
        self.asked: list[tuple[int, Tensor, Tensor | None]] = []
        """Side in cells, clicks and box in pixels of the whole tile, per call."""
        self.given_masks: list[Tensor | None] = []
        self.most: list[int | None] = []

    def decode(
        self,
        embedding: Embedding,
        prompts: PromptBatch,
        owners: Tensor | None = None,
        origin: Tensor | None = None,
        most: int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        self.most.append(most)
        count = len(prompts)
        owners = torch.zeros(count, dtype=torch.long) if owners is None else owners
        origin = torch.zeros(count, 2) if origin is None else origin
        fine = embedding.high_res[1]
        for level, stride in ((embedding.features, 16), (embedding.high_res[0], 8)):
            assert level.shape[-1] * stride == fine.shape[-1] * MASK_STRIDE
        boxes = None if prompts.boxes is None else prompts.boxes + origin.repeat(1, 2)
        self.given_masks.append(prompts.masks)
        self.asked.append((fine.shape[-1], prompts.coords + origin[:, None], boxes))
        masks = fine[owners][:, :1].expand(-1, 4, -1, -1)
        return masks, torch.full((count, 4), 0.5), masks[:, 0]


def drawn(*boxes: tuple[int, int, int, int], size: int = 512) -> Embedding:
    """An embedding whose stride-4 map is +5 in the boxes (pixels) and -5 elsewhere."""
    fine = torch.full((1, 1, size // 4, size // 4), -5.0)
    for x0, y0, x1, y1 in boxes:
        fine[:, :, y0 // 4 : y1 // 4, x0 // 4 : x1 // 4] = 5.0
    return Embedding(
        torch.zeros(1, 1, size // 16, size // 16), (torch.zeros(1, 1, size // 8, size // 8), fine)
    )


def echo(embedding: Embedding, prompts: PromptBatch, size: int = 512) -> tuple[Tensor, EchoNet]:
    net = EchoNet(size)
    segmenter = NanoSegmenter(net, "echo", "0" * 64, CPU)  # type: ignore[arg-type]
    return segmenter.decode(embedding, prompts, multimask=False).logits[:, 0], net


CELLS = [side // MASK_STRIDE for side in LOCAL_SIDES] + [128]
"""Sides of the parts that a prompt may be answered on, up to the whole tile, in mask cells."""


def sides(net: EchoNet) -> list[int]:
    return [side for side, _, _ in net.asked]


@pytest.mark.parametrize("xy", [(200.0, 300.0), (8.0, 8.0), (509.0, 250.0), (256.0, 511.0)])
def test_a_small_object_is_answered_around_its_click_and_put_in_its_place(xy: tuple[float, float]) -> None:
    x, y = (int(v) // 4 * 4 for v in xy)
    place = (max(x - 8, 0), max(y - 12, 0), min(x + 12, 512), min(y + 8, 512))
    embedding = drawn(place)
    logits, net = echo(embedding, points([(*xy, 1)]))
    assert torch.equal(logits[0] > 0, embedding.high_res[1][0, 0] > 0)
    ((side, coords, _),) = net.asked
    assert side == CELLS[0]
    assert coords[0, 0].tolist() == pytest.approx(list(xy))
    assert (logits[0] == OUTSIDE).sum() == 128**2 - side**2


@pytest.mark.parametrize(
    ("place", "parts"),
    [((236, 236, 276, 276), 1), ((200, 248, 330, 264), 2), ((20, 200, 480, 260), 3)],
    ids=["small", "larger than the first part", "larger than any part"],
)
def test_a_mask_that_reaches_the_border_of_its_part_is_answered_on_the_next(
    place: tuple[int, int, int, int], parts: int
) -> None:
    embedding = drawn(place)
    logits, net = echo(embedding, points([(256.0, 256.0, 1)]))
    assert sides(net) == CELLS[:parts]
    assert torch.equal(logits[0] > 0, embedding.high_res[1][0, 0] > 0)
    assert (logits[0] == OUTSIDE).sum() == 128**2 - CELLS[parts - 1] ** 2


def test_on_parts_alone_a_mask_that_outgrows_them_is_empty_and_the_others_are_the_same() -> None:
    embedding = drawn((236, 236, 276, 276))
    embedding = Embedding(embedding.features, tuple(level.clone() for level in embedding.high_res))
    large = drawn((20, 400, 480, 460)).high_res[1]
    embedding.high_res[1].copy_(torch.maximum(embedding.high_res[1], large))
    asked = points([(256.0, 256.0, 1)], [(250.0, 430.0, 1)])
    net = EchoNet(512)
    segmenter = NanoSegmenter(net, "echo", "0" * 64, CPU)  # type: ignore[arg-type]
    assert isinstance(segmenter, PartAnswers)
    near = segmenter.decode_parts(embedding, asked, multimask=True)
    assert CELLS[-1] not in sides(net)
    assert set(net.most) == {1}
    net.most.clear()
    whole = segmenter.decode(embedding, asked, multimask=True)
    assert CELLS[-1] in sides(net)
    assert set(net.most) == {None}
    assert torch.equal(near.logits[0], whole.logits[0])
    assert torch.equal(near.iou[0], whole.iou[0])
    assert (whole.logits[1] > 0).any()
    assert (near.logits[1] == OUTSIDE).all()
    assert (near.iou[1] == 0).all()


class HalfNet(EchoNet):
    """Answers in half, as under autocast on a GPU, of features in single."""

    def decode(self, *asked: Any) -> tuple[Tensor, Tensor, Tensor]:
        masks, iou, likeness = super().decode(*asked)
        return masks.bfloat16(), iou.bfloat16(), likeness.bfloat16()


@pytest.mark.parametrize("place", [(236, 236, 276, 276), (20, 200, 480, 260)], ids=["near", "whole"])
def test_a_network_that_answers_in_half_is_understood(place: tuple[int, int, int, int]) -> None:
    embedding = drawn(place)
    segmenter = NanoSegmenter(HalfNet(), "half", "0" * 64, CPU)  # type: ignore[arg-type]
    found = segmenter.decode(embedding, points([(256.0, 256.0, 1)]), multimask=True)
    assert found.logits.dtype == found.iou.dtype == torch.float32
    assert torch.equal(found.logits[0, 0] > 0, embedding.high_res[1][0, 0] > 0)


@pytest.mark.parametrize("parts", [2, 3])
@pytest.mark.parametrize("way", ["right", "left", "down", "up"])
def test_every_side_of_a_part_is_watched(way: str, parts: int) -> None:
    near, far = 248, 256 + LOCAL_SIDES[parts - 2] // 2 + 16
    along = (near, far) if way in ("right", "down") else (512 - far, 512 - near)
    across = (248, 264)
    (x0, x1), (y0, y1) = (along, across) if way in ("right", "left") else (across, along)
    _, net = echo(drawn((x0, y0, x1, y1)), points([(256.0, 256.0, 1)]))
    assert sides(net) == CELLS[:parts]


def test_a_mask_at_the_tiles_own_edge_is_no_reason_to_look_further() -> None:
    for place, xy in (((0, 0, 60, 60), (20.0, 20.0)), ((452, 452, 512, 512), (500.0, 500.0))):
        _, net = echo(drawn(place), points([(*xy, 1)]))
        assert sides(net) == CELLS[:1]


@pytest.mark.parametrize(
    ("prompts", "side"),
    [
        (points([(100.0, 100.0, 1), (160.0, 100.0, 1)]), CELLS[0]),
        (points([(100.0, 100.0, 1), (190.0, 100.0, 1)]), CELLS[1]),
        (points([(100.0, 100.0, 1), (100.0, 240.0, 0)]), CELLS[2]),
        (points([(150.0, 100.0, 1)], boxes=torch.tensor([[100.0, 80, 240, 120]])), CELLS[2]),
    ],
    ids=["clicks together", "clicks apart", "a negative click far off", "a wide box"],
)
def test_a_prompt_spans_at_most_half_of_its_part(prompts: PromptBatch, side: int) -> None:
    _, net = echo(drawn(), prompts)
    assert sides(net) == [side]


def test_a_box_travels_with_its_part() -> None:
    nothing = torch.zeros(1, 0, 2), torch.zeros(1, 0, dtype=torch.long)
    _, net = echo(drawn(), PromptBatch(*nothing, torch.tensor([[300.0, 310, 360, 350]])))
    ((side, _, boxes),) = net.asked
    assert side == CELLS[0]
    assert boxes is not None
    assert boxes.tolist() == [[300, 310, 360, 350]]


def test_an_earlier_mask_travels_with_its_own_prompt() -> None:
    prompts = points([(108.0, 108.0, 1)], [(410.0, 410.0, 1)])
    earlier = torch.stack(
        [drawn((96, 96, 120, 120)).high_res[1][0], drawn((400, 400, 420, 420)).high_res[1][0]]
    )
    _, net = echo(drawn(), PromptBatch(prompts.coords, prompts.labels, None, earlier))
    (given,) = net.given_masks
    assert given is not None
    assert given.shape == (2, 1, CELLS[0], CELLS[0])
    assert ((given > 0).sum((1, 2, 3)) == torch.tensor([36, 25])).all()


def test_small_and_wide_prompts_of_one_batch_keep_their_rows() -> None:
    embedding = drawn((96, 96, 120, 120), (400, 400, 420, 420), (260, 100, 508, 104))
    prompts = points([(108.0, 108.0, 1)], [(302.0, 102.0, 1)], [(410.0, 410.0, 1)])
    logits, net = echo(embedding, prompts)
    assert [len(coords) for _, coords, _ in net.asked] == [3, 1, 1]
    assert (logits[1] == embedding.high_res[1][0, 0]).all()
    assert (logits[0, 64:] == OUTSIDE).all()
    assert (logits[2, :64] == OUTSIDE).all()
    assert (logits[0, 24:30, 24:30] == 5).all()
    assert (logits[2, 100:105, 100:105] == 5).all()


def test_a_tile_no_larger_than_a_part_is_answered_whole() -> None:
    logits, net = echo(drawn((40, 40, 60, 60), size=128), points([(50.0, 50.0, 1)]), 128)
    assert sides(net) == [32]
    assert not (logits == OUTSIDE).any()


def test_prompts_on_the_whole_tile_are_answered_a_few_at_a_time() -> None:
    wide = [[(20.0 + k, 20.0, 1), (400.0, 400.0, 1)] for k in range(2 * WHOLE_BATCH + 3)]
    logits, net = echo(drawn((0, 0, 512, 512)), points(*wide))
    assert [len(coords) for _, coords, _ in net.asked] == [WHOLE_BATCH, WHOLE_BATCH, 3]
    assert (logits == 5).all()
