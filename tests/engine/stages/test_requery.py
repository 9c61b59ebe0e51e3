"""The refined mask's box asks again, and every answer stays with its own object."""

from __future__ import annotations

import numpy as np
import pytest

from engine.stages.predict import Answer, TilePrompt, predict
from engine.stages.requery import requery
from tests.fakes import FakeSegmenter, painted

BOXES = [(8, 8, 40, 40), (72, 16, 104, 48), (24, 72, 64, 112)]
FILLER = -3.0
"""Logit and score of a first pass that cannot be mistaken for the model's answer."""


def prompts(**extra: np.ndarray) -> list[TilePrompt]:
    middles = [np.array([[(b[0] + b[2]) / 2, (b[1] + b[3]) / 2]]) for b in BOXES]
    return [TilePrompt(xy, np.array([1]), **extra) for xy in middles]


def scene() -> np.ndarray:
    return np.moveaxis(painted((128, 128), [(box, 220) for box in BOXES]), 0, -1).copy()


def cells(*boxes: tuple[int, int, int, int] | None) -> np.ndarray:
    """(K, 32, 32) masks over cells of 4 pixels; empty for None."""
    masks = np.zeros((len(boxes), 32, 32), bool)
    for mask, box in zip(masks, boxes, strict=True):
        if box is not None:
            x0, y0, x1, y1 = (edge // 4 for edge in box)
            mask[y0:y1, x0:x1] = True
    return masks


def filler(count: int = 3) -> Answer:
    return Answer(np.full((count, 32, 32), FILLER, np.float32), np.full(count, FILLER, np.float32))


def ask(
    asked: list[TilePrompt], refined: np.ndarray, first: Answer, expand: float = 0.0, batch: int = 8
) -> tuple[Answer, FakeSegmenter]:
    model = FakeSegmenter()
    answer = requery(model, model.encode(scene()), asked, refined, first, expand=expand, batch=batch)
    return answer, model


def test_every_object_is_asked_with_the_box_of_its_own_mask_in_tile_pixels() -> None:
    answer, model = ask(prompts(), cells(*BOXES), filler())
    (batch, multimask), *more = model.asked
    assert not more
    assert not multimask
    assert batch.boxes is not None
    assert batch.boxes.tolist() == [list(map(float, box)) for box in BOXES]
    assert np.array_equal(answer.logits > 0, cells(*BOXES))


def test_the_clicks_are_asked_along_with_the_box() -> None:
    with_negative = [TilePrompt(np.array([[24.0, 24.0], [60.0, 60.0]]), np.array([1, 0]))]
    _, model = ask(with_negative, cells(BOXES[0]), filler(1))
    assert model.asked[0][0].coords.tolist() == [[[24, 24], [60, 60]]]
    assert model.asked[0][0].labels.tolist() == [[1, 0]]


@pytest.mark.parametrize("empty", [0, 1, 2])
@pytest.mark.parametrize("batch", [1, 8])
def test_an_empty_refined_mask_is_left_out_by_index(empty: int, batch: int) -> None:
    kept = [row for row in range(3) if row != empty]
    refined = cells(*(None if row == empty else box for row, box in enumerate(BOXES)))
    answer, model = ask(prompts(), refined, filler(), batch=batch)
    assert model.prompts_decoded == 2
    assert np.array_equal(answer.logits[kept] > 0, cells(*BOXES)[kept])
    assert (answer.logits[empty] == FILLER).all()
    assert answer.scores == pytest.approx([FILLER if row == empty else 0.9 for row in range(3)])


def test_without_any_refined_mask_the_first_pass_stands_and_nothing_is_asked() -> None:
    first = filler()
    answer, model = ask(prompts(), cells(None, None, None), first)
    assert answer is first
    assert not model.asked


def test_the_first_pass_is_not_written_over() -> None:
    first = filler()
    ask(prompts(), cells(*BOXES), first)
    assert (first.logits == FILLER).all()
    assert (first.scores == FILLER).all()


def test_a_box_that_the_user_drew_is_kept() -> None:
    own = np.array([3.0, 5.0, 50.0, 47.0])
    asked = [TilePrompt(np.empty((0, 2)), np.empty(0, np.int64), own), *prompts()[1:]]
    _, model = ask(asked, cells(*BOXES), filler(), expand=0.5)
    boxes = model.asked[0][0].boxes
    assert boxes is not None
    assert boxes[0].tolist() == own.tolist()
    assert boxes[1].tolist() != list(BOXES[1])


def test_the_box_is_grown_by_a_share_of_its_sides() -> None:
    _, model = ask(prompts()[:1], cells(BOXES[0]), filler(1), expand=0.125)
    boxes = model.asked[0][0].boxes
    assert boxes is not None
    assert boxes.tolist() == [[4, 4, 44, 44]]


def test_a_box_at_the_tiles_edge_does_not_leave_the_tile() -> None:
    model = FakeSegmenter()
    embedding = model.encode(scene())
    corner = (96, 0, 128, 32)
    requery(model, embedding, prompts()[:1], cells(corner), filler(1), expand=0.25, batch=8)
    boxes = model.asked[0][0].boxes
    assert boxes is not None
    assert boxes.tolist() == [[88, 0, 128, 40]]


def test_the_second_answer_replaces_a_wrong_first_one() -> None:
    model = FakeSegmenter(ious=(0.1, 0.2, 0.9))
    embedding = model.encode(scene())
    alone = prompts()[:1]
    first = predict(model, embedding, alone, 8)
    assert (first.logits > 0).all()
    second = requery(model, embedding, alone, cells(BOXES[0]), first, expand=0.05, batch=8)
    assert np.array_equal(second.logits > 0, cells(BOXES[0]))
    assert second.scores == pytest.approx([0.2])
