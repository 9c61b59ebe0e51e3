"""A rotated box holds its object, no rectangle at another angle is smaller, and its corners are right."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from shapely import MultiPolygon, Polygon, box

from engine.stages.ground_frames import ground_frames
from engine.stages.polygons import Polygonal, valid
from engine.stages.rotated_boxes import rotated_box, rotated_boxes

WGS84 = Geod(ellps="WGS84")


@st.composite
def outlines(draw: st.DrawFn) -> Polygonal:
    """Stars of any raggedness, of one part or several, anywhere on a map in metres."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        count = draw(st.integers(3, 30))
        angles = np.sort(rng.uniform(0, 2 * np.pi, count))
        radii = rng.uniform(1, 20, count)
        middle = rng.uniform(-60, 60, 2)
        parts.append(
            valid(Polygon(middle + radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])))
        )
    shape = valid(shapely.union_all(parts))
    offset = draw(st.sampled_from([(0.0, 0.0), (500_000.0, 5_300_000.0)]))
    return shapely.transform(shape, lambda xy: xy + offset)


def upright_area(shape: Polygonal, degrees: float) -> float:
    """Area of the upright box around a shape turned by an angle."""
    x0, y0, x1, y1 = shapely.affinity.rotate(shape, degrees, origin=(0, 0)).bounds
    return (x1 - x0) * (y1 - y0)


@settings(max_examples=60, deadline=None)
@given(outlines())
def test_a_rotated_box_holds_its_outline_and_no_angle_gives_a_smaller_one(shape: Polygonal) -> None:
    found = rotated_box(shape)
    assert found.buffer(1e-6).covers(shape)
    centred = shapely.transform(shape, lambda xy: xy - np.array(shape.bounds[:2]))
    brute = min(upright_area(centred, degrees) for degrees in np.arange(0, 90, 0.25))
    assert found.area <= brute * (1 + 1e-6)
    # And it is no smaller than a true one: a quarter of a degree beside the best costs little.
    assert found.area >= shapely.convex_hull(shape).area * (1 - 1e-9)


@settings(max_examples=40, deadline=None)
@given(outlines())
def test_the_corners_of_a_rotated_box_are_right(shape: Polygonal) -> None:
    ring = shapely.get_coordinates(rotated_box(shape))
    assert len(ring) == 5
    edges = np.diff(ring, axis=0)
    lengths = np.hypot(*edges.T)
    turns = (edges * np.roll(edges, -1, axis=0)).sum(axis=1) / (lengths * np.roll(lengths, -1))
    assert np.abs(turns).max() < 1e-6


@given(st.floats(0, 180), st.floats(2, 50), st.floats(1, 2))
def test_a_box_is_its_own_rotated_box(degrees: float, length: float, width: float) -> None:
    ship = shapely.affinity.rotate(box(0, 0, length, width), degrees)
    assert rotated_box(ship).hausdorff_distance(ship) < 1e-9 * length


def test_the_box_of_several_parts_holds_them_all() -> None:
    parts = MultiPolygon([box(0, 0, 2, 2), box(8, 0, 10, 2)])
    assert rotated_box(parts).equals(box(0, 0, 10, 2))


def test_what_is_empty_has_an_empty_box() -> None:
    assert [shape.is_empty for shape in rotated_boxes([Polygon(), box(0, 0, 1, 1)], "EPSG:32632")] == [
        True,
        False,
    ]


def to_map(shape: Polygon, crs: str, lon: float, lat: float) -> Polygon:
    """A shape in metres around a place, on a map."""
    local = CRS.from_proj4(f"+proj=aeqd +lon_0={lon} +lat_0={lat} +ellps=WGS84")
    move = Transformer.from_crs(local, crs, always_xy=True).transform
    moved: Polygon = shapely.transform(shape, lambda xy: np.column_stack(move(*xy.T)))
    return moved


def ground_sides(shape: Polygon, crs: str) -> tuple[list[float], list[float]]:
    """Lengths in metres, and corners in degrees, on the ellipsoid."""
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform
    lon, lat = to_degrees(*shapely.get_coordinates(shape).T)
    azimuths, _, lengths = WGS84.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    corners = (np.diff([*azimuths, azimuths[0]]) + 180) % 360 - 180
    return list(lengths), list(corners)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:32632", "EPSG:32662"])
@pytest.mark.parametrize("lat", [0.0, 47.0, 70.0])
@settings(max_examples=10, deadline=None)
@given(degrees=st.floats(0, 90))
def test_corners_and_lengths_are_those_on_the_ground_in_any_crs(crs: str, lat: float, degrees: float) -> None:
    ship = shapely.affinity.rotate(box(-60, -8, 60, 8), degrees, origin=(0, 0))
    (found,) = rotated_boxes([to_map(ship, crs, 9.0, lat)], crs)
    lengths, corners = ground_sides(found, crs)
    assert sorted(lengths) == pytest.approx([16, 16, 120, 120], rel=0.01)
    assert np.abs(corners) == pytest.approx(90, abs=0.6)
    assert found.exterior.is_ccw


def test_a_map_that_keeps_angles_moves_nothing() -> None:
    shape = box(500_000, 5_000_000, 500_030, 5_000_020)
    for crs in ("EPSG:32632", "EPSG:3857", None):
        (frame,) = ground_frames([shape], crs)
        assert frame.matrix is None
        assert frame.to_ground(shape) is shape


@given(st.floats(-85, 85), st.floats(-179, 179), outlines())
def test_the_way_to_the_ground_and_back_changes_nothing(lat: float, lon: float, shape: Polygonal) -> None:
    low = np.array(shape.bounds[:2])
    degrees = shapely.transform(shape, lambda xy: (xy - low) * 1e-5 + (lon, lat))
    (frame,) = ground_frames([degrees], "EPSG:4326")
    there = frame.to_ground(degrees)
    assert there.area == pytest.approx(degrees.area, rel=1e-6)
    back = frame.to_map(there)
    assert np.allclose(shapely.get_coordinates(back), shapely.get_coordinates(degrees), rtol=0, atol=1e-10)


def test_a_place_where_the_map_ends_is_taken_as_drawn() -> None:
    beyond = box(200, 89, 210, 95)
    (frame,) = ground_frames([beyond], "EPSG:4326")
    assert np.isfinite(shapely.get_coordinates(frame.to_ground(beyond))).all()
