"""Area and perimeter of polygons on the ground, in square metres and metres."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from rasterio.crs import CRS
from shapely import MultiPolygon, Polygon, box

from engine.stages import polygons


def ground_square(epsg: int) -> Polygon:
    """A square of 100 m on the ground around 9.5° E, 47° N, in a CRS."""
    lon, lat = 9.5, 47.0
    utm = CRS.from_epsg(32632)
    x, y = Transformer.from_crs(4326, utm.to_wkt(), always_xy=True).transform(lon, lat)
    scale = 0.99968  # UTM's own scale at half a degree from its meridian, so that 100 m are 100 m
    half = 50 * scale
    corners = box(x - half, y - half, x + half, y + half)
    to_crs = Transformer.from_crs(utm.to_wkt(), epsg, always_xy=True)
    return shapely.transform(corners, lambda xy: np.column_stack(to_crs.transform(xy[:, 0], xy[:, 1])))


@pytest.mark.parametrize("epsg", [32632, 3857, 4326, 2056, 2263])
def test_a_hundred_metre_square_measures_a_hectare_in_any_crs(epsg: int) -> None:
    if epsg == 2263:  # New York, US feet
        shape = shapely.affinity.translate(box(0, 0, 328.0833333, 328.0833333), 984_250, 0)
        shape = shapely.affinity.translate(shape, 0, 210_000)
    else:
        shape = ground_square(epsg)
    area, perimeter = polygons.metric(shape, CRS.from_epsg(epsg))
    assert area == pytest.approx(10_000, rel=1e-3)
    assert perimeter == pytest.approx(400, rel=1e-3)


def test_holes_are_taken_off_the_area_and_added_to_the_perimeter() -> None:
    outer = ground_square(32632)
    hole = shapely.affinity.scale(outer, 0.5, 0.5)
    holed = Polygon(outer.exterior, [hole.exterior])
    area, perimeter = polygons.metric(holed, "EPSG:32632")
    assert area == pytest.approx(7500, rel=1e-3)
    assert perimeter == pytest.approx(600, rel=1e-3)


def test_several_parts_are_measured_together() -> None:
    square = ground_square(32632)
    both = MultiPolygon([square, shapely.affinity.translate(square, 500, 0)])
    assert polygons.metric(both, "EPSG:32632")[0] == pytest.approx(20_000, rel=1e-3)


def test_without_a_crs_the_plane_is_measured_as_it_is() -> None:
    assert polygons.metric(box(0, 0, 3, 4), None) == (12.0, 14.0)
    assert polygons.metric(Polygon(), CRS.from_epsg(4326)) == (0.0, 0.0)
