"""From a CRS to its ellipsoid."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from engine.geodesy import ellipsoid_of


@pytest.mark.parametrize(
    ("code", "xy", "lonlat"),
    [
        pytest.param("EPSG:4326", (9, 48), (9, 48), id="degrees"),
        pytest.param("EPSG:32632", (500_000, 0), (9, 0), id="metres"),
        pytest.param("EPSG:3857", (111_319.491, 0), (1, 0), id="stretched metres"),
        pytest.param("EPSG:2225", (6_561_666.667, 1_640_416.667), (-122, 39.333), id="feet"),
        pytest.param("EPSG:4807", (10, 50), (9, 45), id="grads, from the meridian of Paris"),
    ],
)
def test_places_come_out_in_degrees_whatever_the_crs_counts_in(
    code: str, xy: tuple[float, float], lonlat: tuple[float, float]
) -> None:
    ellipsoid = ellipsoid_of(code)
    assert ellipsoid is not None
    assert np.allclose(ellipsoid.lonlat(np.array([xy], dtype=float)), [lonlat], atol=0.001)


def test_no_crs_has_no_ellipsoid() -> None:
    assert ellipsoid_of(None) is None


def test_a_local_crs_is_tied_to_no_ellipsoid() -> None:
    local = 'LOCAL_CS["site",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'
    assert ellipsoid_of(local) is None


def test_a_projection_with_impossible_parallels_is_tied_to_no_ellipsoid() -> None:
    sound = pyproj.CRS("+proj=lcc +lat_1=45 +lat_2=40 +lat_0=0 +lon_0=0 +datum=WGS84").to_wkt()
    assert ellipsoid_of(sound) is not None
    assert ellipsoid_of(sound.replace(",40,", ",-45,")) is None
