"""Coordinates in the cells of a table."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from engine.errors import PointsError
from engine.reading.points import load_prompts
from engine.reading.vector import read_layer
from tests.engine.point_layers import GRID, at, reasons

HERE = gpd.GeoSeries([at(8, 9)], crs=32632).to_crs(4326)[0]


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "column", "row", "cell"),
    [
        ("lon,lat\n9.5,46.9\n9°30'E,46.9\n", "lon", 2, "9°30'E"),
        ("lon,lat\n9.5,46.9 N\n", "lat", 1, "46.9 N"),
        ('x,y\n"600,010","5,199,990"\n', "x", 1, "600,010"),
        ("x;y\n600.010,5;5.199.990,5\n", "x", 1, "600.010,5"),
        ("x,y\n600 010,5199990\n", "x", 1, "600 010"),
        ("x,y\n600010 m,5199990 m\n", "x", 1, "600010 m"),
        ("x,y\n600010,2020-01-01\n", "y", 1, "2020-01-01"),
    ],
)
def test_a_cell_that_is_no_plain_number_is_named(
    tmp_path: Path, text: str, column: str, row: int, cell: str
) -> None:
    with pytest.raises(PointsError) as caught:
        load_prompts(table(tmp_path, text), GRID)
    message = str(caught.value)
    assert message.startswith(f"a.csv: column '{column}' holds ")
    assert f"{cell}" in message
    assert f"in row {row}" in message
    assert "\n" not in message


@pytest.mark.parametrize("empty", ["", "NA", "n/a", "nan", "NULL", "-"])
def test_empty_cells_of_any_spelling_reject_their_row_alone(tmp_path: Path, empty: str) -> None:
    here = f"{at(8, 9).x},{at(8, 9).y}"
    result = load_prompts(table(tmp_path, f"x,y,n\n{here},1\n{empty},{empty},2\n"), GRID)
    np.testing.assert_allclose(result.prompts[0].xy, [[8, 9]], atol=1e-6)
    assert reasons(result) == {2: "no geometry"}


@pytest.mark.parametrize("columns", ["x,y,lon,lat", "lon,lat,x,y"])
def test_pixels_beside_longitude_and_latitude_give_way_to_them(tmp_path: Path, columns: str) -> None:
    cells = {"x": 8, "y": 9, "lon": HERE.x, "lat": HERE.y}
    path = table(tmp_path, f"{columns}\n{','.join(str(cells[name]) for name in columns.split(','))}\n")
    result = load_prompts(path, GRID)
    np.testing.assert_allclose(result.prompts[0].xy, [[8, 9]], atol=1e-4)
    assert result.field_names == ("x", "y")
    assert any("its x and y lie elsewhere than its lon and lat" in note for note in result.notes)


def test_coordinates_of_the_raster_beside_rounded_longitude_and_latitude_count(tmp_path: Path) -> None:
    path = table(tmp_path, f"lon,lat,x,y\n{HERE.x:.2f},{HERE.y:.2f},{at(8, 9).x},{at(8, 9).y}\n")
    result = load_prompts(path, GRID)
    np.testing.assert_allclose(result.prompts[0].xy, [[8, 9]], atol=1e-6)
    assert not any("elsewhere" in note for note in result.notes)


def test_a_crs_that_the_user_names_is_that_of_x_and_y(tmp_path: Path) -> None:
    path = table(tmp_path, f"lon,lat,x,y\n0,0,{at(8, 9).x},{at(8, 9).y}\n")
    result = load_prompts(path, GRID, points_crs="EPSG:32632")
    np.testing.assert_allclose(result.prompts[0].xy, [[8, 9]], atol=1e-6)


def test_a_table_is_no_layer_of_polygons(tmp_path: Path) -> None:
    with pytest.raises(PointsError, match="a table without geometry; give a layer of polygons"):
        read_layer(table(tmp_path, "x,y\n1,2\n"), "polygon", target=None)
