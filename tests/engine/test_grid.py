from __future__ import annotations

import math
from random import Random

import numpy as np
import pyproj
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.crs import CRS

from engine.errors import ConfigError, PointsError, RasterError
from engine.grid import RasterGrid, Tile, owner, plan, span_at, stride_at, tile_at
from tests.rasters import NORTH_UP, ROTATED, SHEARED, SOUTH_UP, TRANSFORMS, UTM, affines, pixel_points

SIZE = 64
overlaps = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75])
levels = st.integers(-3, 5)


def grid(
    transform: Affine = NORTH_UP, crs: str | None = UTM, width: int = 100, height: int = 80
) -> RasterGrid:
    return RasterGrid(width, height, transform, CRS.from_user_input(crs) if crs else None)


# --- georeferencing ---------------------------------------------------------------------------------


@given(affines(), pixel_points())
def test_world_and_pixel_coordinates_are_inverse_for_any_transform(
    transform: Affine, xy: NDArray[np.float64]
) -> None:
    place = grid(transform)
    # A float64 world coordinate of 1e7 has a spacing of 2e-9 ground units.
    tolerance = 1e-6 + 1e-7 / place.pixel_size
    assert np.allclose(place.to_pixel(place.to_world(xy)), xy, rtol=1e-9, atol=tolerance)


@given(affines(), pixel_points(max_size=5))
def test_world_coordinates_agree_with_the_affine_itself(transform: Affine, xy: NDArray[np.float64]) -> None:
    expected = [transform @ (float(x), float(y)) for x, y in xy]
    assert np.allclose(grid(transform).to_world(xy), expected, rtol=1e-12, atol=1e-6)


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_the_origin_is_the_outer_corner_of_the_first_pixel(transform: Affine) -> None:
    assert np.allclose(grid(transform).to_world([(0, 0)]), [(transform.c, transform.f)])


def test_a_single_pair_is_taken_as_one_point() -> None:
    assert grid().to_world((2, 4)).tolist() == [[600_001.0, 5_199_998.0]]


def test_no_points_give_no_coordinates() -> None:
    assert grid().to_pixel(np.empty((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    "transform",
    [Affine(1, 2, 0, 2, 4, 0), Affine(0, 0, 5, 0, 0, 5), Affine(math.nan, 0, 0, 0, 1, 0)],
    ids=["collinear", "zero", "nan"],
)
def test_a_transform_without_inverse_is_refused(transform: Affine) -> None:
    with pytest.raises(RasterError, match="geotransform"):
        grid(transform)


def test_an_empty_raster_is_refused() -> None:
    with pytest.raises(RasterError, match="at least one pixel"):
        grid(width=0)


def test_pixel_size_is_the_root_of_the_pixel_area() -> None:
    assert grid(SHEARED).pixel_size == pytest.approx(math.sqrt(0.5 * 0.6 + 0.2 * 0.1))
    assert grid(ROTATED).pixel_size == pytest.approx(0.5)


def test_the_upper_left_edges_belong_to_the_raster_and_the_lower_right_do_not() -> None:
    inside = grid(width=100, height=80).contains([(0, 0), (99.99, 79.99), (100, 5), (5, 80), (-0.01, 5)])
    assert inside.tolist() == [True, True, False, False, False]


def test_points_without_position_are_not_on_the_raster() -> None:
    assert not grid().contains([(math.nan, 5)]).any()


def test_the_crs_travels_to_pyproj_as_wkt() -> None:
    wkt = grid().crs_wkt
    assert wkt is not None
    assert pyproj.CRS.from_wkt(wkt) == pyproj.CRS.from_epsg(32632)


def test_without_crs_there_is_no_wkt() -> None:
    assert grid(crs=None).crs_wkt is None


@pytest.mark.parametrize(
    ("crs", "transform", "metres"),
    [
        (UTM, Affine(10, 0, 500_000, 0, -10, 5_200_000), 10.0 / 0.9996),
        ("EPSG:3857", Affine(0.2, 0, 1_175_671, 0, -0.2, 5_888_953), 0.13726),
        ("EPSG:4326", Affine(1e-5, 0, 10, 0, -1e-5, 0), math.sqrt(1.11319 * 1.10574)),
        ("EPSG:2263", Affine(1, 0, 980_000, 0, -1, 200_000), 0.3048),
        ("EPSG:4807", Affine(1e-5, 0, 2, 0, -1e-5, 0), 0.9 * math.sqrt(1.11319 * 1.10574)),
        ('LOCAL_CS["site",UNIT["foot",0.3048]]', Affine(2, 0, 0, 0, -2, 0), 0.6096),
        (None, Affine(0.25, 0, 0, 0, -0.25, 0), 0.25),
    ],
    ids=["utm", "web_mercator", "degrees", "feet", "grads", "local_feet", "none"],
)
def test_metres_per_pixel_is_true_on_the_ground(crs: str | None, transform: Affine, metres: float) -> None:
    assert grid(transform, crs).metres_per_pixel() == pytest.approx(metres, rel=2e-4)


def test_where_a_projection_cannot_be_undone_its_own_unit_counts() -> None:
    far_out = Affine(10, 0, 1e9, 0, -10, 5_200_000)
    assert grid(far_out).metres_per_pixel() == 10.0


@pytest.mark.parametrize("transform", [NORTH_UP, SOUTH_UP, ROTATED])
def test_metres_per_pixel_does_not_depend_on_orientation(transform: Affine) -> None:
    assert grid(transform).metres_per_pixel() == pytest.approx(0.5, rel=1e-3)


# --- tiles ------------------------------------------------------------------------------------------


def test_spans_double_with_each_level() -> None:
    assert [span_at(level, 256) for level in (-2, -1, 0, 1, 2)] == [64, 128, 256, 512, 1024]


def test_a_level_that_would_split_pixels_is_refused() -> None:
    with pytest.raises(ConfigError, match="fractions"):
        span_at(-3, 100)


def test_a_tile_without_pixels_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one pixel"):
        span_at(0, 0)


@pytest.mark.parametrize("overlap", [1.0, -0.1, math.nan])
def test_an_impossible_overlap_is_refused(overlap: float) -> None:
    with pytest.raises(ConfigError, match="overlap"):
        tile_at(0, 0, 0, SIZE, overlap)


def test_a_tiny_tile_with_a_large_overlap_still_advances() -> None:
    assert stride_at(0, 4, 0.99) == 1


def test_the_first_tile_touches_the_origin_and_its_neighbours_may_hang_over() -> None:
    assert tile_at(0, 0, 0, SIZE, 0.25).window == (0, 0, 64, 64)
    assert tile_at(0, -1, 2, SIZE, 0.25).window == (96, -48, 64, 64)


@given(levels, st.integers(-50, 50), st.integers(-50, 50), overlaps, pixel_points())
def test_tile_and_raster_coordinates_are_inverse(
    level: int, row: int, col: int, overlap: float, xy: NDArray[np.float64]
) -> None:
    tile = tile_at(level, row, col, SIZE, overlap)
    assert np.allclose(tile.to_raster(tile.to_tile(xy)), xy, atol=1e-6)


def test_tile_corners_map_to_window_corners() -> None:
    tile = Tile(level=1, row=0, col=0, x=10, y=20, span=128, size=64)
    assert tile.scale == 2
    assert tile.to_raster([(0, 0), (64, 64)]).tolist() == [[10, 20], [138, 148]]


# --- ownership --------------------------------------------------------------------------------------


def centrality(tile: Tile, xy: NDArray[np.float64]) -> float:
    """Chebyshev distance from a point to a tile's centre."""
    return float(np.abs(xy - (tile.x + tile.span / 2, tile.y + tile.span / 2)).max())


@given(pixel_points(max_size=8), levels, overlaps)
def test_the_owner_is_the_tile_in_which_the_point_is_most_central(
    xy: NDArray[np.float64], level: int, overlap: float
) -> None:
    for point, (row, col) in zip(xy, owner(xy, level, SIZE, overlap), strict=True):
        around = [(int(row) + i, int(col) + j) for i in (-2, -1, 0, 1, 2) for j in (-2, -1, 0, 1, 2)]
        nearest = min(centrality(tile_at(level, r, c, SIZE, overlap), point) for r, c in around)
        own = centrality(tile_at(level, int(row), int(col), SIZE, overlap), point)
        assert own <= nearest + 1e-9


@given(pixel_points(), levels, overlaps)
def test_points_keep_half_the_overlap_from_their_tiles_edge(
    xy: NDArray[np.float64], level: int, overlap: float
) -> None:
    for tile, indices in plan(xy, level, SIZE, overlap):
        inside = xy[indices] - (tile.x, tile.y)
        assert np.minimum(inside, tile.span - inside).min() >= tile.span * overlap / 2 - 1


@given(pixel_points(), levels, overlaps)
def test_each_point_is_in_exactly_one_tile_and_no_tile_is_empty(
    xy: NDArray[np.float64], level: int, overlap: float
) -> None:
    tiles = plan(xy, level, SIZE, overlap)
    assert all(len(indices) for _, indices in tiles)
    assert sorted(np.concatenate([indices for _, indices in tiles]).tolist()) == list(range(len(xy)))


@given(pixel_points(), levels, overlaps, st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_points(
    xy: NDArray[np.float64], level: int, overlap: float, random: Random
) -> None:
    shuffle = np.array(random.sample(range(len(xy)), len(xy)))
    plain = {tile: sorted(indices.tolist()) for tile, indices in plan(xy, level, SIZE, overlap)}
    shuffled = {
        tile: sorted(shuffle[indices].tolist()) for tile, indices in plan(xy[shuffle], level, SIZE, overlap)
    }
    assert plain == shuffled


@given(pixel_points(min_size=2), levels, overlaps)
def test_a_points_owner_does_not_depend_on_other_points(
    xy: NDArray[np.float64], level: int, overlap: float
) -> None:
    together = owner(xy, level, SIZE, overlap)
    alone = np.concatenate([owner(point, level, SIZE, overlap) for point in xy])
    assert (together == alone).all()


def test_tiles_come_in_row_major_order() -> None:
    xy = np.array([(500, 500), (10, 500), (500, 10), (10, 10)])
    places = [(tile.row, tile.col) for tile, _ in plan(xy, 0, SIZE, 0.25)]
    assert places == sorted(places)
    assert len(places) == 4


def test_a_point_halfway_between_two_centres_has_one_owner() -> None:
    # Centres lie at 32 and 80: 56 is as far from either.
    assert owner([(56, 56)], 0, SIZE, 0.25).tolist() == [[1, 1]]
    assert len(plan([(56, 56), (56, 56)], 0, SIZE, 0.25)) == 1


def test_no_points_need_no_tiles() -> None:
    assert plan(np.empty((0, 2)), 0, SIZE, 0.25) == ()


def test_a_point_without_position_is_refused() -> None:
    with pytest.raises(PointsError, match="finite"):
        plan([(1.0, math.nan)], 0, SIZE, 0.25)
