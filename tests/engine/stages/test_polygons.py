"""From mask fields to polygons: nothing shifts, nothing overlaps, nothing gets lost."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize
from scipy import ndimage
from shapely import MultiPolygon, Point, Polygon, box

from engine.grid import RasterGrid
from engine.stages import cleaning, polygons, right_angles
from tests.attacks.test_crowds import blob
from tests.rasters import affines

IDENTITY = Affine.identity()
CROSS = np.ones((3, 3), dtype=bool)


@st.composite
def blobs(draw: st.DrawFn, side: int = 24) -> np.ndarray:
    """(side, side) bool masks of a few smooth or ragged blobs, some with holes, some at the border."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    smooth = ndimage.gaussian_filter(rng.normal(size=(side, side)), draw(st.sampled_from([0.0, 1.0, 2.0])))
    return smooth > np.quantile(smooth, draw(st.floats(0.3, 0.95)))


def distance_field(side: int, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """(side, side) signed distance to a rectangle at any sub-pixel place, positive inside."""
    x, y = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    dx, dy = np.maximum(x0 - x, x - x1), np.maximum(y0 - y, y - y1)
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return -(outside + np.minimum(np.maximum(dx, dy), 0))


def disjoint(geoms: list[Polygon]) -> bool:
    """Whether no two share area beyond rounding."""
    total = sum(geom.area for geom in geoms)
    return bool(abs(total - shapely.union_all(geoms).area) <= 1e-7 * max(total, 1e-9))


@settings(max_examples=60, deadline=None)
@given(blobs(), affines())
def test_a_polygon_rasterised_back_covers_its_mask_within_a_pixel(mask: np.ndarray, affine: Affine) -> None:
    shape = polygons.trace(mask - 0.5, affine)
    assert shape.is_valid
    back = rasterize([(shape, 1)], mask.shape, transform=affine).astype(bool)
    assert (back >= ndimage.binary_erosion(mask, CROSS, border_value=1)).all()
    assert (back <= ndimage.binary_dilation(mask, CROSS)).all()


@settings(max_examples=40, deadline=None)
@given(blobs(), affines())
def test_to_world_is_the_grids_own_transform(mask: np.ndarray, affine: Affine) -> None:
    grid = RasterGrid(24, 24, affine, None)
    through_pixels = polygons.to_world(polygons.trace(mask - 0.5, IDENTITY), grid)
    direct = polygons.trace(mask - 0.5, affine)
    assert through_pixels.is_valid
    assert through_pixels.symmetric_difference(direct).area <= 1e-6 * direct.area


def test_polygons_in_world_coordinates_run_counter_clockwise() -> None:
    shape = polygons.to_world(box(1, 1, 5, 5), RasterGrid(9, 9, Affine(1, 0, 0, 0, -1, 0), None))
    assert shape.exterior.is_ccw


def test_the_corners_of_a_known_rectangle_come_back_within_half_a_pixel() -> None:
    mask = np.zeros((30, 40), dtype=bool)
    mask[7:19, 5:33] = True
    shape = polygons.trace(mask - 0.5, IDENTITY)
    assert shape.bounds == (5, 7, 33, 19)
    for corner in [(5, 7), (33, 7), (33, 19), (5, 19)]:
        assert shape.boundary.distance(Point(corner)) < 0.25


@settings(max_examples=60, deadline=None)
@given(st.floats(3, 6), st.floats(3, 6), st.floats(12, 17), st.floats(12, 17))
def test_a_smooth_field_places_a_rectangle_to_a_fraction_of_a_pixel(
    x0: float, y0: float, x1: float, y1: float
) -> None:
    shape = polygons.trace(distance_field(20, x0, y0, x1, y1), IDENTITY)
    np.testing.assert_allclose(shape.bounds, (x0, y0, x1, y1), atol=0.01)
    for corner in [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]:
        assert shape.boundary.distance(Point(corner)) < 0.5
    assert shape.centroid.distance(box(x0, y0, x1, y1).centroid) < 0.05


def test_a_coarse_field_is_scaled_by_its_affine_without_a_shift() -> None:
    field = distance_field(16, 4, 4, 12, 12)
    shape = polygons.trace(field, Affine.translation(1000, 2000) @ Affine.scale(4))
    np.testing.assert_allclose(shape.bounds, (1016, 2016, 1048, 2048), atol=0.05)


def test_a_mask_that_fills_the_array_is_closed_on_its_edge() -> None:
    shape = polygons.trace(np.ones((6, 9), dtype=np.float32), IDENTITY)
    assert shape.equals(box(0, 0, 9, 6))


def test_a_mask_that_touches_one_edge_ends_there() -> None:
    mask = np.zeros((10, 10))
    mask[3:6, 7:] = 1
    assert polygons.trace(mask - 0.5, IDENTITY).bounds == (7, 3, 10, 6)


def test_holes_and_islands_are_kept() -> None:
    mask = np.zeros((20, 20), dtype=bool)
    mask[2:18, 2:18] = True
    mask[5:15, 5:15] = False
    mask[8:12, 8:12] = True
    shape = polygons.trace(mask - 0.5, IDENTITY)
    assert isinstance(shape, MultiPolygon)
    assert sorted(len(part.interiors) for part in shape.geoms) == [0, 1]
    assert shape.area == pytest.approx(mask.sum(), abs=1.5)


def test_pixels_that_meet_at_a_corner_give_a_valid_polygon() -> None:
    shape = polygons.trace(np.indices((8, 8)).sum(axis=0) % 2 - 0.5, IDENTITY)
    assert shape.is_valid
    assert shape.area == pytest.approx(32, abs=8)


@pytest.mark.parametrize("value", [-1.0, 0.0, -np.inf, np.nan])
def test_a_field_without_anything_positive_is_empty(value: float) -> None:
    assert polygons.trace(np.full((5, 5), value), IDENTITY).is_empty


def test_infinite_logits_do_not_break_the_outline() -> None:
    field = np.full((10, 10), -np.inf)
    field[3:7, 3:7] = np.inf
    assert polygons.trace(field, IDENTITY).bounds == pytest.approx((3, 3, 7, 7))


def test_only_the_clicked_part_is_kept() -> None:
    parts = MultiPolygon([box(0, 0, 2, 2), box(5, 5, 9, 9), box(20, 20, 30, 30)])
    assert polygons.keep_clicked(parts, np.array([[6.0, 6.0]])).equals(box(5, 5, 9, 9))


def test_a_click_beside_every_part_keeps_the_nearest() -> None:
    parts = MultiPolygon([box(0, 0, 2, 2), box(5, 5, 9, 9)])
    assert polygons.keep_clicked(parts, np.array([[3.0, 1.0]])).equals(box(0, 0, 2, 2))


def test_two_clicks_keep_two_parts_and_none_keep_all() -> None:
    parts = MultiPolygon([box(0, 0, 2, 2), box(5, 5, 9, 9), box(20, 20, 30, 30)])
    assert len(polygons.keep_clicked(parts, np.array([[1.0, 1], [25, 25]])).geoms) == 2
    assert polygons.keep_clicked(parts, np.empty((0, 2))).equals(parts)


def test_small_holes_are_filled_and_large_ones_stay() -> None:
    shape = Polygon(
        box(0, 0, 20, 20).exterior, [box(2, 2, 3, 3).exterior.coords, box(8, 8, 14, 14).exterior.coords]
    )
    assert cleaning.clean(shape, 4, 0).area == pytest.approx(400 - 36)


def test_specks_and_slivers_are_removed_and_the_rest_does_not_move() -> None:
    house, speck, sliver = box(0, 0, 10, 10), box(20, 20, 20.5, 20.5), box(30, 0, 60, 0.1)
    assert cleaning.clean(MultiPolygon([house, speck, sliver]), 0, 2).equals_exact(house, normalize=True)


def test_a_whisker_on_a_polygon_is_cut_off() -> None:
    shape = shapely.union_all([box(0, 0, 10, 10), box(10, 5, 30, 5.1)])
    cleaned = cleaning.clean(shape, 0, 4)
    assert cleaned.bounds[2] < 10.5
    assert cleaned.area == pytest.approx(100, abs=0.1)


def test_a_bow_tie_is_made_valid() -> None:
    cleaned = cleaning.clean(Polygon([(0, 0), (4, 4), (4, 0), (0, 4)]), 0, 0)
    assert cleaned.is_valid
    assert cleaned.area == pytest.approx(8)


@settings(max_examples=50, deadline=None)
@given(blobs(), st.floats(0, 6), st.floats(0, 6))
def test_cleaning_gives_valid_parts_of_the_asked_size(mask: np.ndarray, hole: float, part: float) -> None:
    cleaned = cleaning.clean(polygons.trace(mask - 0.5, IDENTITY), hole, part)
    assert cleaned.is_valid
    for piece in [] if cleaned.is_empty else shapely.get_parts(cleaned):
        assert piece.area >= part
        assert all(Polygon(ring).area >= hole - 1e-9 for ring in piece.interiors)


def partition(mask_a: np.ndarray, mask_b: np.ndarray) -> list[Polygon]:
    """Two objects that share a ragged border, as segmentation leaves them."""
    shapes = [polygons.trace(m - 0.5, IDENTITY) for m in (mask_a | mask_b, mask_b)]
    return cleaning.remove_overlaps(shapes, [0.4, 0.9])


@settings(max_examples=50, deadline=None)
@given(blobs(), blobs(), st.floats(0.2, 2.0))
def test_simplified_neighbours_neither_part_nor_overlap(
    mask_a: np.ndarray, mask_b: np.ndarray, tolerance: float
) -> None:
    before = [shape for shape in partition(mask_a, mask_b) if not shape.is_empty]
    after = polygons.simplify(before, tolerance)
    assert all(shape.is_valid and not shape.is_empty for shape in after)
    assert disjoint(after)
    assert shapely.get_num_coordinates(after).sum() <= shapely.get_num_coordinates(before).sum() + 8


def test_a_shared_staircase_stays_shared_when_simplified() -> None:
    stairs = [(10 + (i % 2) * 0.5, i * 1.0) for i in range(21)]
    left = Polygon([(0, 0), *stairs, (0, 20)])
    right = Polygon([(30, 0), *stairs, (30, 20)])
    simpler = polygons.simplify([left, right], 1.5)
    assert disjoint(simpler)
    assert shapely.union_all(simpler).equals(shapely.union_all([left, right]))
    assert len(simpler[0].exterior.coords) < 10


def test_neighbours_whose_corners_do_not_match_stay_together_too() -> None:
    left = Polygon([(0, 0), (10, 0), (10.2, 10), (10, 20), (0, 20)])
    right = shapely.difference(box(5, 3, 30, 17.3), left)
    simpler = polygons.simplify([left, right], 1.0)
    assert disjoint(simpler)
    assert simpler[0].intersection(simpler[1]).length > 14


def test_near_neighbours_do_not_come_to_overlap() -> None:
    wave = [(10 + math.sin(i), i * 0.5) for i in range(41)]
    left = Polygon([(0, 0), *wave, (0, 20)])
    right = Polygon([(30, 0), *[(x + 0.05, y) for x, y in wave], (30, 20)])
    assert disjoint(polygons.simplify([left, right], 2.0))


def test_overlapping_polygons_are_simplified_each_by_itself() -> None:
    circles = [Point(0, 0).buffer(10, 64), Point(8, 0).buffer(10, 64)]
    simpler = polygons.simplify(circles, 0.5)
    for before, after in zip(circles, simpler, strict=True):
        assert len(after.exterior.coords) < len(before.exterior.coords)
        assert after.hausdorff_distance(before) <= 0.5


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), disjoint_before=st.booleans())
def test_a_look_for_overlaps_changes_no_outline(seed: int, disjoint_before: bool) -> None:
    rng = np.random.default_rng(seed)
    shapes = [Point(*rng.uniform(0, 40, 2)).buffer(rng.uniform(2, 6)) for _ in range(12)]
    if disjoint_before:
        shapes = cleaning.remove_overlaps(shapes, rng.random(12))
    looked, not_looked = (polygons.simplify(shapes, 0.3, may_overlap=may) for may in (True, False))
    assert shapely.to_wkb(looked).tolist() == shapely.to_wkb(not_looked).tolist()


def test_a_tiny_polygon_survives_a_large_tolerance() -> None:
    (shape,) = polygons.simplify([Point(0, 0).buffer(1)], 50)
    assert shape.is_valid
    assert shape.area > 0


def test_no_tolerance_keeps_every_vertex_and_empties_stay_in_their_place() -> None:
    shapes = [Point(0, 0).buffer(3), Polygon()]
    assert polygons.simplify(shapes, 0) == shapes
    assert polygons.simplify(shapes, 1)[1].is_empty


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_outlines_that_lose_nothing_come_out_as_if_what_they_lose_were_computed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = [blob(rng, rng.uniform(0, 40, 2)) for _ in range(12)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapely, "covers", lambda one, other: np.zeros(len(one), dtype=bool))
        computed = cleaning.clean_all(shapes, 16.0, 4.0)
    assert shapely.to_wkb(cleaning.clean_all(shapes, 16.0, 4.0)).tolist() == shapely.to_wkb(computed).tolist()


def test_the_better_score_keeps_what_two_share() -> None:
    low, high = box(0, 0, 10, 10), box(5, 0, 15, 10)
    cut, kept = cleaning.remove_overlaps([low, high], [0.2, 0.8])
    assert kept.equals(high)
    assert cut.equals(box(0, 0, 5, 10))


def test_on_a_tie_the_earlier_keeps_it_and_nan_yields_to_all() -> None:
    a, b = box(0, 0, 10, 10), box(5, 0, 15, 10)
    assert cleaning.remove_overlaps([a, b], [0.5, 0.5])[0].equals(a)
    assert cleaning.remove_overlaps([a, b], [np.nan, -3.0])[1].equals(b)


def test_an_object_inside_a_better_one_becomes_empty_and_keeps_its_place() -> None:
    inner, outer = box(2, 2, 4, 4), box(0, 0, 10, 10)
    assert cleaning.remove_overlaps([inner, outer], [0.1, 0.9])[0].is_empty
    assert len(cleaning.remove_overlaps([inner, outer], [0.9, 0.1])[1].interiors) == 1


scored = st.lists(
    st.tuples(st.floats(0, 30), st.floats(0, 30), st.floats(1, 9), st.integers(3, 12)), min_size=1, max_size=9
)


@settings(max_examples=60, deadline=None)
@given(scored, st.randoms(use_true_random=False))
def test_overlaps_go_whatever_the_order_and_no_area_is_lost(
    specs: list[tuple[float, float, float, int]], random: Random
) -> None:
    shapes = [Point(x, y).buffer(radius, segments) for x, y, radius, segments in specs]
    scores = np.arange(len(shapes)) / 10
    order = list(range(len(shapes)))
    random.shuffle(order)
    result = cleaning.remove_overlaps(shapes, scores)
    shuffled = cleaning.remove_overlaps([shapes[i] for i in order], scores[order])
    assert disjoint(result)
    assert all(shape.is_valid for shape in result)
    assert shapely.union_all(result).area == pytest.approx(shapely.union_all(shapes).area, rel=1e-9)
    assert all(shuffled[k].equals(result[i]) for k, i in enumerate(order))


def test_a_ragged_rectangle_is_squared_up() -> None:
    rng = np.random.default_rng(3)
    turned = shapely.affinity.rotate(box(0, 0, 30, 18), 23)
    corners = shapely.get_coordinates(shapely.segmentize(turned, 1.0))[:-1]
    ragged = Polygon(corners + rng.uniform(-0.3, 0.3, corners.shape))
    (shape,), (done,) = right_angles.regularize([cleaning.clean(ragged, 0, 1)], 1.0)
    assert done
    assert len(shape.exterior.coords) <= 7
    assert shape.intersection(turned).area / shape.union(turned).area > 0.95


def test_what_cannot_be_squared_up_stays_as_it_was_and_says_so() -> None:
    star = Polygon(
        [(math.cos(a) * r, math.sin(a) * r) for a, r in zip(np.arange(18) * 0.35, [9, 2] * 9, strict=True)]
    )
    house = box(20, 20, 40, 30)
    result, done = right_angles.regularize([star, Polygon(), house], 1.0)
    assert done == [False, False, True]
    assert result[0].equals(star)
    assert result[1].is_empty
    assert result[2].hausdorff_distance(house) < 1e-6


@settings(max_examples=25, deadline=None)
@given(st.lists(blobs(), min_size=1, max_size=3), st.floats(0.3, 3.0))
def test_squaring_up_keeps_count_order_and_validity(masks: list[np.ndarray], tolerance: float) -> None:
    shapes = [polygons.trace(mask - 0.5, IDENTITY) for mask in masks]
    result, done = right_angles.regularize(shapes, tolerance)
    assert len(result) == len(done) == len(shapes)
    for before, after, squared in zip(shapes, result, done, strict=True):
        assert after.is_valid
        assert squared or after.equals(before)
        assert after.intersection(before).area >= 0.7 * after.union(before).area


@settings(max_examples=60, deadline=None)
@given(blobs(), st.sampled_from([0.0, 4.0, 9.0]))
def test_what_is_told_to_be_clean_already_stays_the_same_to_the_bit(mask: np.ndarray, part: float) -> None:
    settled: set[int] = set()
    (cleaned,) = cleaning.clean_all([polygons.trace(mask - 0.5, IDENTITY)], 16.0, part, None, settled)
    (again,) = cleaning.clean_all([cleaned], 0.0, part)
    assert not settled or shapely.to_wkb(again) == shapely.to_wkb(cleaned)
