"""Agreement of masks, boxes and polygons, and the bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.metrics import bootstrap_interval, box_iou, mask_iou, pairwise_mask_iou, polygon_agreement


def rectangle(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros((12, 16), bool)
    mask[y0:y1, x0:x1] = True
    return mask


RECTANGLES = [(0, 0, 4, 4), (2, 0, 6, 4), (0, 0, 16, 12), (10, 8, 12, 12)]


def test_two_masks_that_share_half_have_an_iou_of_a_third() -> None:
    assert float(mask_iou(rectangle(0, 0, 4, 4), rectangle(2, 0, 6, 4))) == pytest.approx(1 / 3)


def test_two_empty_masks_have_an_iou_of_zero() -> None:
    assert float(mask_iou(rectangle(0, 0, 0, 0), rectangle(0, 0, 0, 0))) == 0


def test_stacks_of_masks_are_compared_pair_by_pair() -> None:
    masks = np.stack([rectangle(*corners) for corners in RECTANGLES])
    single = [float(mask_iou(one, other)) for one, other in zip(masks, masks[::-1], strict=True)]
    assert mask_iou(masks, masks[::-1]).tolist() == single


def test_every_pair_of_a_stack_has_the_iou_of_its_two_masks() -> None:
    masks = np.stack([rectangle(*corners) for corners in RECTANGLES])
    wanted = [[float(mask_iou(one, other)) for other in masks] for one in masks]
    assert pairwise_mask_iou(masks) == pytest.approx(np.array(wanted), abs=1e-6)


@pytest.mark.parametrize("one", RECTANGLES)
@pytest.mark.parametrize("other", RECTANGLES)
def test_boxes_masks_and_polygons_of_one_shape_agree_alike(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> None:
    wanted = float(mask_iou(rectangle(*one), rectangle(*other)))
    assert box_iou(np.array(one, float), np.array(other, float)) == pytest.approx(wanted)
    found = polygon_agreement(shapely.box(*one), shapely.box(*other))
    assert found == pytest.approx((wanted, 2 * wanted / (1 + wanted)))


def test_two_polygons_without_an_area_agree() -> None:
    assert polygon_agreement(shapely.Polygon(), shapely.Polygon()) == (1, 1)


def test_the_interval_is_the_same_for_the_same_seed() -> None:
    values = np.random.default_rng(1).random(50)
    first, again, other = (bootstrap_interval(values, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first == again != other


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_interval_holds_the_mean(values: list[float]) -> None:
    low, high = bootstrap_interval(np.array(values), np.random.default_rng(0))
    assert low - 1e-9 <= np.mean(values) <= high + 1e-9


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    draws = np.random.default_rng(0).normal(5, 2, (200, 40))
    bounds = [bootstrap_interval(values, np.random.default_rng(0), 400) for values in draws]
    assert 0.88 <= np.mean([low <= 5 <= high for low, high in bounds]) <= 0.99
