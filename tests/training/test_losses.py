"""Losses by hand-worked numbers, and what they reward."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from training.losses import FAR_WEIGHT, balanced_bce, dice, focal, mask_iou, neighbourhood

LN2 = math.log(2)


def target(*boxes: tuple[int, int, int, int], side: int = 32) -> Tensor:
    """(N, side, side) one mask per box x0, y0, x1, y1."""
    masks = torch.zeros(len(boxes), side, side)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes, strict=True):
        mask[y0:y1, x0:x1] = 1
    return masks


def extent(near: Tensor) -> list[int]:
    """x0, y0, x1, y1 of the ones of a (h, w) map that must be a filled box."""
    rows, columns = near.any(1).nonzero(), near.any(0).nonzero()
    box = [int(v) for v in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)]
    assert near.sum() == (box[2] - box[0]) * (box[3] - box[1])
    return box


@pytest.mark.parametrize(
    ("box", "near"),
    [
        ((10, 12, 18, 16), [6, 10, 22, 18]),
        ((15, 15, 16, 16), [13, 13, 18, 18]),
        ((0, 0, 8, 32), [0, 0, 12, 32]),
        ((28, 28, 32, 32), [26, 26, 32, 32]),
    ],
    ids=["half a side", "at least two cells", "a full side", "a corner"],
)
def test_the_neighbourhood_is_the_box_grown_by_half_its_side(box: tuple, near: list[int]) -> None:
    assert extent(neighbourhood(target(box))[0]) == near


def test_every_object_has_its_own_neighbourhood() -> None:
    near = neighbourhood(target((2, 2, 6, 6), (20, 20, 28, 28)))
    assert extent(near[0]) == [0, 0, 8, 8]
    assert extent(near[1]) == [16, 16, 32, 32]


def test_a_cell_that_is_covered_in_part_belongs_to_the_object() -> None:
    soft = target((10, 10, 14, 14))
    soft[0, 12, 17] = 0.1
    assert extent(neighbourhood(soft)[0]) == [6, 8, 22, 16]


def test_an_undecided_answer_costs_a_bit_near_and_half_a_bit_far() -> None:
    loss = balanced_bce(torch.zeros(1, 2, 32, 32), target((10, 10, 14, 14)))
    assert loss.tolist() == [pytest.approx([LN2 * (1 + FAR_WEIGHT)] * 2)]


def test_balanced_cross_entropy_by_hand() -> None:
    # 4 of 16 cells near the object are its own; everything is denied with p = 1/4.
    masks = target((4, 4, 6, 6), side=16)
    assert extent(neighbourhood(masks)[0]) == [2, 2, 8, 8]
    logits = torch.full((1, 1, 16, 16), math.log(1 / 3))
    miss, deny = -math.log(1 / 4), -math.log(3 / 4)
    expected = (4 * miss + 32 * deny) / 36 + FAR_WEIGHT * deny
    assert balanced_bce(logits, masks).item() == pytest.approx(expected, rel=1e-5)


def test_it_falls_as_the_prediction_improves() -> None:
    masks = target((8, 8, 20, 20))
    guesses = torch.stack([target(box)[0] * 8 - 4 for box in ((0, 0, 4, 4), (12, 8, 24, 20), (9, 8, 21, 20))])
    perfect = masks * 8 - 4
    losses = balanced_bce(torch.cat([guesses, perfect])[None], masks)[0]
    assert (losses.diff() < 0).all()
    sure = balanced_bce(torch.cat([perfect, perfect * 3])[None], masks)[0]
    assert sure[1] < sure[0] < 0.1


def test_small_and_large_objects_weigh_alike() -> None:
    masks = target((14, 14, 18, 18), (8, 8, 24, 24))
    missed = balanced_bce(torch.full((2, 1, 32, 32), -4.0), masks)[:, 0]
    assert missed[0].item() == pytest.approx(missed[1].item(), rel=0.05)


def test_a_false_alarm_far_away_costs_less_than_one_beside_the_object() -> None:
    masks = target((4, 4, 8, 8))
    near, far = (torch.where(target(box) > 0, 4.0, -4.0) for box in ((8, 4, 10, 8), (24, 24, 26, 28)))
    right = masks * 4
    loss = balanced_bce(torch.stack([near + right * 2, far + right * 2], dim=1).flatten(0, 1)[None], masks)
    assert loss[0, 0] > 5 * loss[0, 1]


@pytest.mark.parametrize("fill", [0.0, 1.0], ids=["nothing", "everything"])
def test_an_object_without_surroundings_gives_a_finite_loss(fill: float) -> None:
    masks = torch.full((1, 8, 8), fill)
    logits = torch.zeros(1, 1, 8, 8, requires_grad=True)
    loss = balanced_bce(logits, masks)
    loss.sum().backward()
    assert loss.item() == pytest.approx(LN2)
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_dice_by_hand() -> None:
    masks = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    logits = torch.stack(
        [torch.zeros(2, 2), torch.tensor([[40.0, -40], [-40, -40]]), torch.full((2, 2), -40.0)]
    )
    # 1 - (2·0.5 + 1) / (2 + 1 + 1), then a perfect and an empty answer.
    assert dice(logits[None], masks)[0].tolist() == pytest.approx([0.5, 0.0, 0.5], abs=1e-6)


def test_focal_by_hand() -> None:
    # At p = 0.5 each pixel costs α_t · 0.25 · ln 2: α_t is 0.8 on the object, 0.2 off it.
    half = focal(torch.zeros(1, 1, 1, 2), torch.tensor([[[1.0, 0.0]]]))
    assert half.item() == pytest.approx((0.8 + 0.2) / 2 * 0.25 * LN2)
    # p = 0.9 on the object: 0.8 · 0.1² · -ln 0.9; without gamma and alpha it is half the cross-entropy.
    sure = torch.logit(torch.full((1, 1, 1, 1), 0.9))
    one = torch.ones(1, 1, 1)
    assert focal(sure, one).item() == pytest.approx(0.8 * 0.01 * 0.1053605, rel=1e-4)
    assert focal(sure, one, gamma=0, alpha=0.5).item() == pytest.approx(0.5 * 0.1053605, rel=1e-4)


def test_focal_of_extreme_logits_is_finite() -> None:
    assert focal(torch.tensor([[[[1e4, -1e4]]]]), torch.tensor([[[0.0, 1.0]]])).isfinite().all()


def test_mask_iou_by_hand() -> None:
    masks = torch.tensor([[[1.0, 0.6, 0.5, 0.0]], [[0.0, 0.0, 0.0, 0.0]]])
    logits = torch.tensor([[[[2.0, -1, 3, 0]], [[1.0, 1, -1, -1]]], [[[-1.0] * 4], [[1.0] * 4]]])
    assert mask_iou(logits, masks).tolist() == [pytest.approx([1 / 3, 1]), pytest.approx([0, 0])]


def test_each_candidate_and_each_prompt_is_judged_by_itself() -> None:
    masks = target((2, 2, 8, 8), (16, 16, 30, 30))
    logits = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    for loss in (balanced_bce, dice, mask_iou):
        whole = loss(logits, masks)
        assert whole.shape == (2, 3)
        for row in range(2):
            for k in range(3):
                alone = loss(logits[row : row + 1, k : k + 1], masks[row : row + 1])
                assert whole[row, k].item() == pytest.approx(alone.item(), rel=1e-5)


def test_pixels_that_are_not_kept_count_in_no_loss() -> None:
    target = torch.tensor([[[1.0, 0.0, 0.0, 1.0]]])
    kept = torch.tensor([[[1.0, 1.0, 0.0, 0.0]]])
    logits = torch.tensor([[[[2.0, -1.0, 5.0, -5.0]]]])
    short, wanted = logits[..., :2], target[..., :2]
    assert focal(logits, target, kept=kept).item() == pytest.approx(focal(short, wanted).item())
    assert dice(logits, target, kept).item() == pytest.approx(dice(short, wanted).item())
    assert mask_iou(logits, target, kept).item() == mask_iou(short, wanted).item() == 1
    assert balanced_bce(logits, target, kept).item() == pytest.approx(balanced_bce(short, wanted).item())


def test_a_count_in_the_place_of_alpha_weighs_all_pixels_alike() -> None:
    logits, target = torch.zeros(1, 1, 1, 2), torch.tensor([[[1.0, 0.0]]])
    # (½)² · log 2 at either pixel, times the count.
    assert focal(logits, target, alpha=7.0).item() == pytest.approx(7 * 0.25 * math.log(2), rel=1e-6)


def test_a_larger_smoothing_of_dice_pulls_it_towards_zero() -> None:
    logits, target = torch.full((1, 1, 1, 2), -100.0), torch.ones(1, 1, 2)
    assert dice(logits, target).item() == pytest.approx(1 - 1 / 3)
    assert dice(logits, target, smooth=6.0).item() == pytest.approx(1 - 6 / 8)
