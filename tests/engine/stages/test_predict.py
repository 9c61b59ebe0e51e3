"""Prompts in batches, and the choice among three masks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.stages.predict import NEIGHBOUR_PENALTY, Answer, TilePrompt, predict, to_batch
from tests.fakes import FakeSegmenter, painted

BOXES = [(4, 4, 28, 36), (44, 8, 60, 24), (8, 76, 60, 120), (76, 72, 120, 88), (88, 20, 112, 60)]
EVERYTHING = (0.6, 0.7, 0.9)
"""Predicted IoUs that prefer the mask of the whole tile to the object's own."""


def image() -> np.ndarray:
    return np.moveaxis(painted((128, 128), [(box, 220) for box in BOXES]), 0, -1).copy()


def clicked(row: int, *more: tuple[float, float, int]) -> TilePrompt:
    """One positive click in the middle of a box, and other clicks with their labels."""
    x0, y0, x1, y1 = BOXES[row]
    clicks = [((x0 + x1) / 2, (y0 + y1) / 2, 1), *more]
    return TilePrompt(np.array(clicks)[:, :2], np.array([label for _, _, label in clicks]))


def boxed(row: int) -> TilePrompt:
    return TilePrompt(np.empty((0, 2)), np.empty(0, np.int64), np.array(BOXES[row], np.float64))


def mixed() -> list[TilePrompt]:
    """Prompts of every kind, mixed up."""
    return [
        clicked(0),
        boxed(1),
        clicked(2, (100.0, 100.0, 0)),
        clicked(3),
        TilePrompt(clicked(4).xy, np.array([1]), np.array(BOXES[4], np.float64)),
        clicked(1),
    ]


def ask(
    prompts: list[TilePrompt], batch: int = 32, own: int | None = None, **options: tuple
) -> tuple[Answer, FakeSegmenter]:
    model = FakeSegmenter(**options)
    return predict(model, model.encode(image()), prompts, batch, own=own), model


def object_mask(row: int) -> np.ndarray:
    x0, y0, x1, y1 = (edge // 4 for edge in BOXES[row])
    mask = np.zeros((32, 32), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def test_the_best_mask_wins_even_where_predicted_ious_exceed_one() -> None:
    answer, _ = ask([clicked(0)], ious=(1.05, 1.1, 1.3))
    assert (answer.logits[0] > 0).all(), "the third mask floods the tile"
    assert answer.scores.tolist() == [1.0]


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_the_size_of_the_batches_does_not_change_an_answer(batch: int) -> None:
    whole, _ = ask(mixed(), 32, ious=EVERYTHING)
    parts, model = ask(mixed(), batch, ious=EVERYTHING)
    assert np.array_equal(parts.logits, whole.logits)
    assert np.array_equal(parts.scores, whole.scores)
    assert max(len(prompts) for prompts, _ in model.asked) <= batch


@settings(max_examples=15)
@given(st.permutations(range(6)), st.sampled_from([1, 4, 32]))
def test_the_order_of_the_prompts_does_not_change_an_answer(order: list[int], batch: int) -> None:
    prompts = mixed()
    straight, _ = ask(prompts)
    shuffled, _ = ask([prompts[row] for row in order], batch)
    assert np.array_equal(shuffled.logits, straight.logits[order])
    assert np.array_equal(shuffled.scores, straight.scores[order])


@pytest.mark.parametrize("own", [1, 2, 4, 6])
def test_prompts_that_are_only_kept_off_are_not_answered_and_change_no_answer(own: int) -> None:
    whole, _ = ask(mixed(), ious=EVERYTHING)
    first, model = ask(mixed(), ious=EVERYTHING, own=own)
    assert np.array_equal(first.logits, whole.logits[:own])
    assert np.array_equal(first.scores, whole.scores[:own])
    assert model.prompts_decoded == own


def test_every_prompt_gets_the_mask_of_its_own_object() -> None:
    answer, model = ask(mixed(), 2)
    for row, target in enumerate((0, 1, 2, 3, 4, 1)):
        assert np.array_equal(answer.logits[row] > 0, object_mask(target)), row
    assert model.prompts_decoded == 6


def test_three_masks_are_asked_for_lone_clicks_only() -> None:
    _, model = ask(mixed())
    multi = {multimask: prompts for prompts, multimask in model.asked if multimask}
    assert len(multi[True]) == 3
    assert all(len(prompts.labels[0]) == 1 for prompts in multi.values())
    single = [prompts for prompts, multimask in model.asked if not multimask]
    assert sorted(len(prompts) for prompts in single) == [1, 2]


@pytest.mark.parametrize(
    ("prompt", "ambiguous"),
    [(clicked(0), True), (clicked(0, (90.0, 90.0, 0)), False), (boxed(0), False)],
    ids=["one click", "two clicks", "a box"],
)
def test_one_click_alone_is_ambiguous(prompt: TilePrompt, ambiguous: bool) -> None:
    assert prompt.is_ambiguous is ambiguous


def test_the_candidate_with_the_best_predicted_iou_wins() -> None:
    answer, _ = ask([clicked(0)], ious=EVERYTHING)
    assert (answer.logits[0] > 0).all()
    assert answer.scores == pytest.approx([0.9])


@pytest.mark.parametrize("batch", [1, 32])
def test_a_candidate_that_covers_a_neighbours_click_yields_to_the_objects_own(batch: int) -> None:
    answer, _ = ask([clicked(0), clicked(3)], batch, ious=EVERYTHING)
    assert np.array_equal(answer.logits[0] > 0, object_mask(0))
    assert np.array_equal(answer.logits[1] > 0, object_mask(3))
    assert answer.scores == pytest.approx([0.7, 0.7]), "the penalty is for the choice, not for the score"


def test_the_penalty_does_not_outweigh_every_difference() -> None:
    hopeless = 0.9 - NEIGHBOUR_PENALTY - 0.05
    answer, _ = ask([clicked(0), clicked(3)], ious=(hopeless, hopeless, 0.9))
    assert (answer.logits > 0).all()


@pytest.mark.parametrize(
    "neighbour",
    [
        TilePrompt(np.array([[200.0, 60.0]]), np.array([1])),
        TilePrompt(np.array([[-8.0, 60.0]]), np.array([1])),
        boxed(3),
    ],
    ids=["right of the tile", "left of the tile", "a box without clicks"],
)
def test_a_neighbour_without_a_click_on_the_tile_is_no_reason_to_yield(neighbour: TilePrompt) -> None:
    answer, _ = ask([clicked(0), neighbour], ious=EVERYTHING)
    assert (answer.logits[0] > 0).all()


def test_a_neighbours_negative_click_is_no_reason_to_yield() -> None:
    only_negative_near = TilePrompt(np.array([[200.0, 60.0], [70.0, 50.0]]), np.array([1, 0]))
    answer, _ = ask([clicked(0), only_negative_near], ious=EVERYTHING)
    assert (answer.logits[0] > 0).all()


@pytest.mark.parametrize(("raw", "score"), [(1.3, 1.0), (-0.2, 0.0), (0.4, 0.4)])
def test_predicted_ious_are_clipped_to_the_unit_interval(raw: float, score: float) -> None:
    answer, _ = ask([clicked(2, (100.0, 100.0, 0))], ious=(raw, raw, raw))
    assert answer.scores == pytest.approx([score])


def test_prompts_are_padded_to_the_longest() -> None:
    batch = to_batch([clicked(0), clicked(1, (1.0, 2.0, 0), (3.0, 4.0, 1))])
    assert batch.labels.tolist() == [[1, -1, -1], [1, 0, 1]]
    assert batch.coords[1].tolist() == [[52, 16], [1, 2], [3, 4]]
    assert batch.coords[0, 1:].tolist() == [[0, 0], [0, 0]]
    assert (batch.coords.dtype, batch.labels.dtype) == (torch.float32, torch.int64)
    assert batch.boxes is None


def test_boxes_travel_in_order() -> None:
    batch = to_batch([boxed(3), boxed(1)])
    assert batch.coords.shape == (2, 0, 2)
    assert batch.boxes is not None
    assert batch.boxes.tolist() == [list(BOXES[3]), list(BOXES[1])]
    assert batch.boxes.dtype == torch.float32


def test_negative_clicks_reach_the_model_as_such() -> None:
    beside = clicked(0, (52.0, 16.0, 1), (50.0, 14.0, 0))
    answer, _ = ask([beside])
    assert np.array_equal(answer.logits[0] > 0, object_mask(0))
