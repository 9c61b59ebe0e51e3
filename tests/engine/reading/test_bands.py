from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasterio.enums import ColorInterp
from rasterio.shutil import copy as gdal_copy

from engine.errors import RasterError
from engine.reading.raster import RasterSource
from tests.rasters import pixels, write_raster

R, G, B = ColorInterp.red, ColorInterp.green, ColorInterp.blue
NIR, ALPHA, NONE = ColorInterp.nir, ColorInterp.alpha, ColorInterp.undefined
SENTINEL = ("B2 blue", "B3 green", "B4 red", "B8 nir")


def test_bands_marked_red_green_and_blue_are_chosen_wherever_they_are(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "bgrn.tif", bands=4, colours=[B, G, R, NONE])
    with RasterSource.open(path) as raster:
        assert raster.bands == (3, 2, 1)
        assert raster.band_names == ("red", "green", "blue")


def test_without_colours_the_first_three_bands_are_chosen(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "five.tif", bands=5, dtype="uint16", photometric="minisblack")
    with RasterSource.open(path) as raster:
        assert raster.bands == (1, 2, 3)
        assert raster.band_names == ("band 1", "band 2", "band 3")


@pytest.mark.parametrize("bands", [1, 2])
def test_one_or_two_bands_give_grey_from_the_first(tmp_path: Path, bands: int) -> None:
    path = write_raster(tmp_path / "grey.tif", bands=bands, dtype="uint16")
    with RasterSource.open(path) as raster:
        rgb, _ = raster.read((0, 0, 64))
    assert raster.bands == (1,)
    assert (rgb == rgb[..., :1]).all()
    assert rgb.std() > 40


def test_an_alpha_band_is_not_taken_for_data(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "argb.tif", bands=4, colours=[ALPHA, NONE, NONE, NONE])
    with RasterSource.open(path) as raster:
        assert raster.bands == (2, 3, 4)


def test_grey_with_alpha_is_grey(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "la.tif", bands=2, colours=[ColorInterp.gray, ALPHA])
    with RasterSource.open(path) as raster:
        assert raster.bands == (1,)


def test_near_infrared_marked_as_alpha_can_be_asked_for(tmp_path: Path) -> None:
    array = pixels(bands=4)
    path = write_raster(tmp_path / "rgba.tif", array, colours=[R, G, B, ALPHA])
    with RasterSource.open(path, bands=(4, 1, 2)) as raster:
        rgb, _ = raster.read((0, 0, 64))
    assert (rgb[..., 0] == array[3]).all()


def test_bands_are_found_by_number_and_by_description_in_any_case(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "s2.tif", bands=4, dtype="uint16", descriptions=SENTINEL)
    with RasterSource.open(path, bands=["b8 NIR", "3", 2]) as raster:
        assert raster.bands == (4, 3, 2)
        assert raster.band_names == ("B8 nir", "B4 red", "B3 green")


def test_a_description_that_is_the_number_of_another_band_takes_no_number_away(tmp_path: Path) -> None:
    array = np.repeat(np.uint8([10, 20, 30]), 64 * 64).reshape(3, 64, 64)
    path = write_raster(tmp_path / "digits.tif", array, descriptions=("3", "2", "nir"))
    with RasterSource.open(path) as raster, raster.spec.open() as again:
        assert raster.bands == again.bands == (1, 2, 3)
        np.testing.assert_array_equal(again.read((0, 0, 64))[0][0, 0], [10, 20, 30])
    with RasterSource.open(path, bands=["3", "nir", "1"]) as raster:
        assert raster.bands == (3, 3, 1)


def test_a_number_is_no_description(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "years.tif", descriptions=("2021", "2022", "2023"))
    with RasterSource.open(path, bands=["2023"]) as raster:
        assert raster.bands == (3,)
    with pytest.raises(RasterError, match="2023"):
        RasterSource.open(path, bands=[2023])


def test_one_band_asked_for_gives_grey(tmp_path: Path) -> None:
    array = pixels()
    path = write_raster(tmp_path / "rgb.tif", array)
    with RasterSource.open(path, bands=[2]) as raster:
        rgb, _ = raster.read((0, 0, 64))
    assert (rgb[..., 0] == rgb[..., 2]).all()
    assert np.corrcoef(rgb[..., 0].ravel(), array[1].ravel())[0, 1] > 0.99


@pytest.mark.parametrize("band", [0, 5, "swir", -1])
def test_an_unknown_band_lists_those_that_exist(tmp_path: Path, band: int | str) -> None:
    path = write_raster(tmp_path / "s2.tif", bands=4, dtype="uint16", descriptions=SENTINEL)
    with pytest.raises(RasterError, match=r"1 \(B2 blue\), 2 \(B3 green\), 3 \(B4 red\), 4 \(B8 nir\)"):
        RasterSource.open(path, bands=[band])


@pytest.mark.parametrize("count", [0, 2, 4])
def test_bands_come_as_one_or_three(tmp_path: Path, count: int) -> None:
    path = write_raster(tmp_path / "s2.tif", bands=4, dtype="uint16")
    with pytest.raises(RasterError, match=r"or three .red, green, blue."):
        RasterSource.open(path, bands=[1] * count)


def test_a_raster_of_alpha_alone_is_refused_unless_asked_for(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "alpha.tif", bands=1, colours=[ALPHA])
    with pytest.raises(RasterError, match="nothing but an alpha band"):
        RasterSource.open(path)
    with RasterSource.open(path, bands=[1]) as raster:
        assert raster.bands == (1,)


def test_a_colour_table_is_looked_up_before_colours_are_averaged(tmp_path: Path) -> None:
    # Indexes 1 and 3 alternate: their average index, 2, is blue, but red and green average to a dark yellow.
    checker = np.indices((64, 64)).sum(axis=0) % 2 * 2 + 1
    colormap = {1: (255, 0, 0, 255), 2: (0, 0, 255, 255), 3: (0, 255, 0, 255)}
    path = write_raster(tmp_path / "palette.tif", checker.astype("uint8"), colormap=colormap)
    with RasterSource.open(path) as raster:
        full, _ = raster.read((0, 0, 64))
        half, _ = raster.read((0, 0, 64), 32)
        large, _ = raster.read((0, 0, 8), 32)
    assert raster.describe()["stretch"]["scale"] == "identity"
    assert full[0, 0].tolist() == [255, 0, 0]
    assert full[0, 1].tolist() == [0, 255, 0]
    assert np.abs(half.astype(int) - (127, 127, 0)).max() <= 1
    assert (large[..., 2] == 0).all()
    assert large[0, 0].tolist() == [255, 0, 0]


def test_transparent_entries_of_a_colour_table_are_not_valid(tmp_path: Path) -> None:
    halves = np.repeat([[0, 1]], 32, axis=1).repeat(64, axis=0).astype("uint8")
    path = write_raster(
        tmp_path / "palette.tif", halves, colormap={0: (0, 0, 0, 0), 1: (9, 90, 200, 255)}, nodata=0
    )
    with RasterSource.open(path) as raster:
        rgb, valid = raster.read((0, 0, 64))
        assert raster.valid_at([(10, 10), (50, 10)]).tolist() == [False, True]
    assert not valid[:, :32].any()
    assert valid[:, 32:].all()
    assert rgb[0, 40].tolist() == [9, 90, 200]


@pytest.mark.parametrize("table", ["", "<ColorTable></ColorTable>"])
def test_indexes_of_colours_without_a_table_are_grey(tmp_path: Path, table: str) -> None:
    write_raster(tmp_path / "source.tif", bands=1)
    vrt = tmp_path / "a.vrt"
    gdal_copy(tmp_path / "source.tif", vrt, driver="VRT")
    said = f"<ColorInterp>Palette</ColorInterp>{table}"
    vrt.write_text(vrt.read_text().replace("<ColorInterp>Gray</ColorInterp>", said))
    with RasterSource.open(vrt) as raster, RasterSource.open(tmp_path / "source.tif") as grey:
        assert raster.read((0, 0, 64))[1].all()
        assert (raster.read((0, 0, 64))[0] == grey.read((0, 0, 64))[0]).all()
