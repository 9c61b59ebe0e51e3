"""Certain pixels, claimed by one object only, that hang together with the click."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.stages.refine import (
    binary_entropy,
    clicked_component,
    confident,
    divide_overlaps,
    mean_entropy,
    probability,
    refine,
    stability,
    suppress_overlaps,
)

THRESHOLDS = [(0.2, 0.788), (0.3, 0.837), (0.5, 0.906)]
"""eps and the probability that ``p·(1-H) > eps`` amounts to, to three digits."""
SURE, UNSURE, NOT = 5.0, 0.5, -5.0
"""Logits: confidently inside, inside with doubt (p = 0.62), outside."""


def logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def field(*boxes: tuple[slice, slice], value: float = SURE) -> np.ndarray:
    """(12, 12) logits that are ``value`` in the boxes (rows, columns)."""
    logits = np.full((12, 12), NOT, np.float32)
    for box in boxes:
        logits[box] = value
    return logits


@pytest.mark.parametrize(("p", "bits"), [(0.5, 1.0), (0.25, 0.8112781), (0.9, 0.4689956), (0.99, 0.0807931)])
def test_entropy_is_counted_in_bits(p: float, bits: float) -> None:
    assert binary_entropy(np.array(p)) == pytest.approx(bits, abs=1e-6)
    assert binary_entropy(np.array(1 - p)) == pytest.approx(bits, abs=1e-6)


def test_entropy_is_zero_and_finite_where_nothing_is_in_doubt() -> None:
    assert binary_entropy(np.array([0.0, 1.0])) == pytest.approx([0, 0], abs=1e-5)


def test_the_probability_of_a_huge_logit_does_not_overflow() -> None:
    with np.errstate(all="raise"):
        assert probability(np.array([-1e4, 0.0, 1e4], np.float32)) == pytest.approx([0, 0.5, 1])
    assert probability(np.array([np.log(3)])) == pytest.approx([0.75])


@pytest.mark.parametrize(("eps", "threshold"), THRESHOLDS)
def test_confidence_is_exactly_a_probability_threshold(eps: float, threshold: float) -> None:
    p = np.linspace(0, 1, 200_001)
    crossing = p[confident(p, eps)]
    assert crossing.min() == pytest.approx(threshold, abs=6e-4)
    assert np.array_equal(confident(p, eps), p >= crossing.min())


@given(st.floats(0.06, 0.99), arrays(np.float64, 20, elements=st.floats(0, 1)))
def test_a_more_probable_pixel_is_never_less_confident(eps: float, p: np.ndarray) -> None:
    chosen = confident(np.sort(p), eps)
    assert (np.diff(chosen.astype(int)) >= 0).all()


def test_a_background_pixel_without_doubt_is_not_confident() -> None:
    assert not confident(np.array([0.0, 1e-6, 0.01]), 0.05).any()


def test_pixels_of_two_objects_belong_to_neither() -> None:
    masks = np.array([[[1, 1, 1, 0]], [[0, 1, 0, 0]], [[0, 1, 1, 1]]], bool)
    assert suppress_overlaps(masks).astype(int).tolist() == [[[1, 0, 0, 0]], [[0, 0, 0, 0]], [[0, 0, 0, 1]]]


@given(arrays(np.bool_, st.tuples(st.integers(1, 5), st.just(4), st.just(5))))
def test_overlap_suppression_keeps_what_one_object_alone_claims(masks: np.ndarray) -> None:
    kept = suppress_overlaps(masks)
    assert (kept.sum(axis=0) <= 1).all()
    assert np.array_equal(kept.any(axis=0), masks.sum(axis=0) == 1)
    assert not (kept & ~masks).any()


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.just(3), st.just(4)), elements=st.floats(0, 1)))
def test_divided_overlaps_belong_to_the_surest_claimant(p: np.ndarray) -> None:
    masks = p > 0.5
    divided = divide_overlaps(masks, p)
    assert np.array_equal(divided.any(axis=0), masks.any(axis=0)), "nothing is lost"
    assert (divided.sum(axis=0) <= 1).all()
    assert np.array_equal((p * divided).max(axis=0), (p * masks).max(axis=0))


def test_neighbours_can_divide_what_both_claim() -> None:
    first, second = field((slice(2, 8), slice(0, 7))), field((slice(2, 8), slice(5, 12)))
    second[2:8, 5] = UNSURE
    clicks = [np.array([[1.5, 4.5]]), np.array([[10.5, 4.5]])]
    refined = refine(np.stack([first, second]), clicks, 0.0, divide=True)
    assert refined[0][4].tolist() == [True] * 7 + [False] * 5
    assert refined[1][4].tolist() == [False] * 7 + [True] * 5


def test_a_low_threshold_lets_no_background_pass() -> None:
    logits = np.full((1, 12, 12), logit(0.15), np.float32)
    logits[0, 4:8, 4:8] = UNSURE
    assert confident(probability(logits), 0.02).all()
    assert refine(logits, [np.array([[5.5, 5.5]])], 0.02).sum() == 16


LEFT, RIGHT = (slice(2, 5), slice(1, 4)), (slice(6, 10), slice(7, 11))


@pytest.mark.parametrize(
    ("clicks", "kept"),
    [
        ([[2.5, 3.5]], [LEFT]),
        ([[8.2, 7.9]], [RIGHT]),
        ([[2.5, 3.5], [8.2, 7.9]], [LEFT, RIGHT]),
        ([[4.9, 3.5]], [LEFT]),
        ([[11.0, 5.0]], [RIGHT]),
        ([[-3.0, -3.0]], [LEFT]),
        ([[12.0, 40.0]], [RIGHT]),
        ([], [LEFT, RIGHT]),
    ],
    ids=["left", "right", "both", "beside left", "beside right", "off the tile", "far off it", "no click"],
)
def test_the_component_of_the_click_is_kept(clicks: list[list[float]], kept: list[tuple]) -> None:
    mask = field(LEFT, RIGHT) > 0
    found = clicked_component(mask, np.array(clicks).reshape(-1, 2))
    assert np.array_equal(found, field(*kept) > 0)


def test_of_two_clicks_the_one_that_hits_decides() -> None:
    found = clicked_component(field(LEFT, RIGHT) > 0, np.array([[5.5, 3.5], [8.0, 8.0]]))
    assert np.array_equal(found, field(RIGHT) > 0)


def test_pixels_that_meet_at_a_corner_are_one_component() -> None:
    mask = np.eye(12, dtype=bool)
    mask[0, 11] = True
    assert clicked_component(mask, np.array([[3.5, 3.5]])).sum() == 12


def test_an_empty_mask_has_no_component() -> None:
    assert not clicked_component(np.zeros((4, 4), bool), np.array([[1.0, 1.0]])).any()


def test_refining_keeps_confident_pixels_of_the_clicked_component() -> None:
    logits = field(LEFT, RIGHT)
    logits[5, 1:4] = UNSURE
    refined = refine(logits[None], [np.array([[2.5, 3.5]])], 0.2)
    assert np.array_equal(refined[0], field(LEFT) > 0)


def test_neighbours_lose_only_what_both_are_confident_of() -> None:
    first, second = field((slice(2, 8), slice(0, 7))), field((slice(2, 8), slice(5, 12)))
    second[2:8, 5] = UNSURE
    refined = refine(np.stack([first, second]), [np.array([[1.5, 4.5]]), np.array([[10.5, 4.5]])], 0.2)
    assert refined[0][4].tolist() == [True] * 6 + [False] * 6
    assert refined[1][4].tolist() == [False] * 7 + [True] * 5


def test_the_confidence_threshold_is_the_callers() -> None:
    logits = np.full((1, 4, 4), logit(0.85), np.float32)
    logits[0, 0] = logit(0.95)
    click = [np.array([[1.5, 0.5]])]
    assert refine(logits, click, 0.2).sum() == 16
    assert refine(logits, click, 0.5).sum() == 4


def test_objects_that_are_confident_of_the_same_pixels_fall_back_on_their_plain_masks() -> None:
    twin = field(LEFT)
    grown = np.where(np.roll(twin, 1, axis=1) > 0, np.maximum(twin, UNSURE), twin)
    refined = refine(np.stack([twin, grown]), [np.array([[2.5, 3.5]])] * 2, 0.2)
    assert np.array_equal(refined[0], twin > 0)
    assert np.array_equal(refined[1], grown > 0)


def test_an_object_in_doubt_everywhere_falls_back_on_the_clicked_part_of_its_plain_mask() -> None:
    logits = field(LEFT, RIGHT, value=UNSURE)[None]
    assert np.array_equal(refine(logits, [np.array([[8.5, 8.5]])], 0.2)[0], field(RIGHT) > 0)


def test_an_object_that_is_nowhere_stays_empty_and_keeps_its_row() -> None:
    logits = np.stack([field(LEFT), field(), field(RIGHT)])
    refined = refine(logits, [np.array([[2.5, 3.5]]), np.array([[6.5, 1.5]]), np.array([[8.5, 8.5]])], 0.2)
    assert refined.any(axis=(1, 2)).tolist() == [True, False, True]


def test_stability_is_the_iou_of_the_masks_at_plus_and_minus_one() -> None:
    logits = np.array([[[2.0, 1.5, 1.1, 3.0, 0.5, -0.5, -1.5, -9.0]], [[-2.0] * 8], [[4.0] * 8]])
    assert stability(logits) == pytest.approx([4 / 6, 0, 1])


def test_mean_entropy_counts_the_pixels_inside_alone() -> None:
    logits = np.array([[[logit(0.75), logit(0.9), -0.1, -20.0]], [[-1.0] * 4]])
    assert mean_entropy(logits) == pytest.approx([(0.8112781 + 0.4689956) / 2, 1.0], abs=1e-5)
