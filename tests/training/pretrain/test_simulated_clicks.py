"""Prompts drawn from masks are those an analyst could have given."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.pretrain.simulated_clicks import (
    KIND_SHARES,
    MAX_POINTS,
    Prompts,
    first_round,
    jittered,
    next_round,
    random_pixel,
    tight_box,
)

SIDE = 64


def blobs(count: int, seed: int) -> np.ndarray:
    """(count, SIDE, SIDE) masks of seeded boxes of 6 to 30 pixels."""
    rng = np.random.default_rng(seed)
    masks = np.zeros((count, SIDE, SIDE), bool)
    for mask in masks:
        x, y = rng.integers(0, SIDE - 30, 2)
        width, height = rng.integers(6, 31, 2)
        mask[y : y + height, x : x + width] = True
    return masks


def at(mask: np.ndarray, xy: np.ndarray) -> bool:
    assert (xy % 1 == 0.5).all(), "clicks lie on pixel centres"
    return bool(mask[int(xy[1]), int(xy[0])])


def test_a_random_pixel_is_one_of_the_masks() -> None:
    mask = blobs(1, 0)[0]
    rng = np.random.default_rng(0)
    drawn = np.array([random_pixel(mask, rng) for _ in range(300)])
    assert all(at(mask, xy) for xy in drawn)
    x0, y0, x1, y1 = tight_box(mask)
    assert drawn.mean(axis=0) == pytest.approx([(x0 + x1) / 2, (y0 + y1) / 2], abs=2)


def test_a_tight_box_runs_along_the_outer_edges() -> None:
    mask = np.zeros((8, 10), bool)
    mask[3:5, 2:9] = True
    assert tight_box(mask).tolist() == [2, 3, 9, 5]


boxes = st.tuples(st.floats(0, 200), st.floats(0, 200), st.floats(4, 300), st.floats(4, 300))


@given(boxes, st.integers(0, 10_000))
def test_a_jittered_box_moves_by_a_quarter_of_its_side_and_twenty_pixels_at_most(
    place: tuple[float, float, float, float], seed: int
) -> None:
    x, y, width, height = place
    box = np.array([x, y, x + width, y + height], np.float32)
    moved = jittered(box, np.random.default_rng(seed), 512)
    limit = np.minimum(np.array([width, height, width, height]) / 4, 20) + 1e-3
    assert (np.abs(moved - box) <= limit).all()
    assert (moved[2:] > moved[:2]).all()
    assert (moved >= 0).all()
    assert (moved <= 512).all()


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_first_prompts_point_at_their_object(seed: int) -> None:
    masks = blobs(12, seed)
    prompts, single = first_round(masks, np.random.default_rng(seed))
    for row, mask in enumerate(masks):
        used = prompts.labels[row] >= 0
        positives = prompts.coords[row, prompts.labels[row] == 1]
        negatives = prompts.coords[row, prompts.labels[row] == 0]
        assert all(at(mask, xy) for xy in positives)
        assert not any(at(mask, xy) for xy in negatives)
        boxed = np.isfinite(prompts.boxes[row])
        assert boxed.all() or not boxed.any()
        assert len(positives) or boxed.all(), "there is something to go by"
        assert single[row] == (used.sum() == 1 and not boxed.any())
        if boxed.all():
            tight = tight_box(mask)
            sides = np.tile(tight[2:] - tight[:2], 2)
            assert (np.abs(prompts.boxes[row] - tight) <= sides / 4 + 1e-3).all()


def test_every_kind_of_prompt_is_drawn() -> None:
    prompts, single = first_round(blobs(400, 1), np.random.default_rng(1))
    kinds = Counter(
        (int((labels >= 0).sum() > 1), int((labels >= 0).any()), bool(np.isfinite(box[0])))
        for labels, box in zip(prompts.labels, prompts.boxes, strict=True)
    )
    click, box, both, several = (
        kinds[key] for key in ((0, 1, False), (0, 0, True), (0, 1, True), (1, 1, False))
    )
    assert click + box + both + several == 400
    assert click == single.sum()
    assert 180 < click < 260
    assert min(box, both, several) > 20
    assert (prompts.labels == 0).any()


def test_clicks_inside_are_several_and_all_on_their_object() -> None:
    masks = blobs(200, 4)
    prompts, single = first_round(masks, np.random.default_rng(4), (0, 0, 0, 0, 1))
    counts = Counter((prompts.labels == 1).sum(axis=1).tolist())
    assert set(counts) == set(range(2, MAX_POINTS + 1))
    assert not (prompts.labels == 0).any()
    assert not single.any()
    for row, mask in enumerate(masks):
        assert all(at(mask, xy) for xy in prompts.coords[row, prompts.labels[row] == 1])


def test_a_kind_that_never_comes_changes_no_draw() -> None:
    """A run that was made before a kind of prompt was added can be made again."""
    masks = blobs(40, 5)
    with_it, without = (first_round(masks, np.random.default_rng(5), KIND_SHARES[:n])[0] for n in (5, 4))
    assert np.array_equal(with_it.coords, without.coords)
    assert np.array_equal(with_it.boxes, without.boxes, equal_nan=True)


def test_the_same_seed_draws_the_same_prompts() -> None:
    first, second = (first_round(blobs(20, 3), np.random.default_rng(9))[0] for _ in range(2))
    assert np.array_equal(first.coords, second.coords)
    assert np.array_equal(first.boxes, second.boxes, equal_nan=True)


def test_an_object_that_fills_the_crop_gets_no_negative_click() -> None:
    prompts, _ = first_round(np.ones((60, 8, 8), bool), np.random.default_rng(0))
    assert not (prompts.labels == 0).any()


def test_a_full_row_takes_no_further_click() -> None:
    prompts = Prompts.empty(1)
    for k in range(MAX_POINTS + 2):
        prompts.add_point(0, np.array([k, k], np.float32), 1)
    assert prompts.coords[0, :, 0].tolist() == list(range(MAX_POINTS))


def test_prompts_become_tensors_with_all_their_parts() -> None:
    prompts, _ = first_round(blobs(3, 0), np.random.default_rng(0))
    batch = prompts.batch(torch.device("cpu"))
    assert batch.coords.shape == (3, MAX_POINTS, 2)
    assert (batch.coords.dtype, batch.labels.dtype) == (torch.float32, torch.int64)
    assert batch.boxes is not None
    assert batch.boxes.dtype == torch.float32
    assert batch.masks is None


STRIDE = 4


def answered(seed: int) -> tuple[Prompts, np.ndarray, np.ndarray]:
    """Prompts, logits that miss some and invent some, and soft targets on a grid of STRIDE pixels."""
    masks = blobs(16, seed)
    prompts, _ = first_round(masks, np.random.default_rng(seed))
    targets = masks.reshape(16, 16, STRIDE, 16, STRIDE).mean(axis=(2, 4)).astype(np.float32)
    noise = np.random.default_rng(seed).normal(0, 1, targets.shape)
    return prompts, (targets * 4 - 2 + noise).astype(np.float32), targets


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_the_next_click_falls_on_an_error_and_says_which(seed: int) -> None:
    prompts, logits, targets = answered(seed)
    after = next_round(prompts, logits, targets, STRIDE, np.random.default_rng(seed))
    for row in range(len(logits)):
        before = (prompts.labels[row] >= 0).sum()
        added = (after.labels[row] >= 0).sum() - before
        assert added in (0, 1)
        if added:
            x, y = (after.coords[row, before] // STRIDE).astype(int)
            wanted = targets[row, y, x] > 0.5
            assert (logits[row, y, x] > 0) != wanted
            assert after.labels[row, before] == int(wanted)
        elif before < MAX_POINTS and ((logits[row] > 0) != (targets[row] > 0.5)).any():
            predicted = tight_box(logits[row] > 0) * STRIDE
            assert (np.abs(after.boxes[row] - predicted) <= 20).all()


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_the_answer_comes_back_as_it_was_or_not_at_all(seed: int) -> None:
    prompts, logits, targets = answered(seed)
    after = next_round(prompts, logits, targets, STRIDE, np.random.default_rng(seed))
    assert after.masks is not None
    assert after.masks.shape == (16, 1, 16, 16)
    for given_back, answer in zip(after.masks[:, 0], logits, strict=True):
        assert np.isnan(given_back).all() or np.array_equal(given_back, answer)


def test_both_reactions_and_both_kinds_of_memory_occur() -> None:
    prompts, logits, targets = answered(4)
    after = [next_round(prompts, logits, targets, STRIDE, np.random.default_rng(s)) for s in range(5)]
    clicked = [(a.labels >= 0).sum(1) > (prompts.labels >= 0).sum(1) for a in after]
    assert 0.4 < np.mean(clicked) < 0.9
    remembered = [np.isfinite(a.masks[:, 0, 0, 0]).mean() for a in after if a.masks is not None]
    assert 0.4 < np.mean(remembered) < 0.8


def test_reacting_leaves_the_first_prompts_alone() -> None:
    prompts, logits, targets = answered(2)
    kept = prompts.coords.copy(), prompts.labels.copy(), prompts.boxes.copy()
    next_round(prompts, logits, targets, STRIDE, np.random.default_rng(0))
    for before, now in zip(kept, (prompts.coords, prompts.labels, prompts.boxes), strict=True):
        assert np.array_equal(before, now, equal_nan=True)


def test_a_perfect_answer_draws_no_corrective_click() -> None:
    prompts, _, targets = answered(6)
    after = next_round(
        prompts, np.where(targets > 0.5, 3, -3).astype(np.float32), targets, STRIDE, np.random.default_rng(0)
    )
    assert np.array_equal(after.labels, prompts.labels)


def test_an_empty_answer_is_corrected_by_a_click_on_the_object() -> None:
    prompts, logits, targets = answered(8)
    after = next_round(prompts, np.full_like(logits, -3), targets, STRIDE, np.random.default_rng(0))
    added = (after.labels >= 0).sum(1) - (prompts.labels >= 0).sum(1)
    room = (prompts.labels >= 0).sum(1) < MAX_POINTS
    assert np.array_equal(added, room.astype(int))
    assert np.array_equal(after.boxes, prompts.boxes, equal_nan=True)


def test_kinds_come_as_often_as_asked_for() -> None:
    masks = np.zeros((400, 32, 32), bool)
    masks[:, 4:20, 6:30] = True
    prompts, single = first_round(masks, np.random.default_rng(0), (0.0, 0.5, 0.0, 0.5))
    boxed = np.isfinite(prompts.boxes[:, 0])
    assert not single.any()
    assert 150 < boxed.sum() < 250
    assert ((prompts.labels[~boxed] >= 0).sum(axis=1) >= 2).all()
