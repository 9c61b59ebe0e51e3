"""Missing data that the raster does not state, and statistics that do not fit the pixels."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.enums import Resampling

from engine.config import StretchConfig
from engine.reading.missing import find_missing
from engine.reading.raster import RasterSource
from engine.reading.stretch import Stretch
from engine.segment import main
from tests.engine.cli_scene import BOXES, SHAPE, Captured, arguments, fake, folder, read
from tests.fakes import painted
from tests.rasters import pixels, write_raster

__all__ = ["fake", "folder"]

MARKS = [-9999, -32768, -3.4028234663852886e38, 1e38, 1e20]


def holed(mark: float, dtype: str = "float32", bands: int = 3) -> np.ndarray:
    """Values of an ordinary scene, with the mark in 7 % of the pixels."""
    values = pixels(dtype, bands, 120, 120)
    values[:, np.random.default_rng(1).random((120, 120)) < 0.07] = mark
    return values


@pytest.mark.parametrize("mark", MARKS)
def test_undeclared_nodata_is_read_as_if_it_were_declared(tmp_path: Path, mark: float) -> None:
    values = holed(mark)
    silent = write_raster(tmp_path / "silent.tif", values)
    stated = write_raster(tmp_path / "stated.tif", values, nodata=float(np.float32(mark)))
    with RasterSource.open(silent) as one, RasterSource.open(stated) as other:
        assert (one.stretch.low, one.stretch.high) == (other.stretch.low, other.stretch.high)
        for mine, theirs in zip(one.read((0, 0, 120)), other.read((0, 0, 120)), strict=True):
            assert (mine == theirs).all()
        assert any("taken as missing data" in note and note.startswith("silent.tif") for note in one.notes)
        assert other.notes == ()


@pytest.mark.parametrize("dtype", ["int16", "int32", "float64"])
def test_whole_numbers_have_undeclared_nodata_too(tmp_path: Path, dtype: str) -> None:
    values = (pixels(dtype, 3, 120, 120) % 5000).astype(dtype)
    values[:, 30:38] = -9999
    path = write_raster(tmp_path / "a.tif", values)
    with RasterSource.open(path) as raster:
        assert raster.stretch.missing == ((-9999.0,),) * 3
        assert 0.9 < raster.read((0, 0, 120))[1].mean() < 0.95


def test_a_mark_does_not_bleed_into_its_neighbours_at_any_scale(tmp_path: Path) -> None:
    values = np.tile(np.linspace(100, 200, 120, dtype="float32"), (120, 1))
    values[50:60, 50:60] = -9999
    with RasterSource.open(write_raster(tmp_path / "a.tif", values)) as raster:
        for size in (30, 60, 120, 240):
            rgb, valid = raster.read((0, 0, 120), size)
            column = rgb[..., 0][: size // 4].mean(axis=0)
            assert np.abs(rgb[..., 0].astype(float) - column)[valid].max() <= 4
            assert 0.98 < valid.mean() < 1
        assert raster.valid_at([[55, 55], [20, 20]]).tolist() == [False, True]


def test_two_marks_in_one_band_are_both_found() -> None:
    band = np.concatenate([np.linspace(0, 3000, 900), np.full(50, -9999.0), np.full(50, 1e38)])
    assert {*find_missing(band[None])[0]} == {-9999.0, 1e38}


def test_a_worker_reads_the_same_holes(tmp_path: Path) -> None:
    with RasterSource.open(write_raster(tmp_path / "a.tif", holed(-9999))) as raster:
        with pickle.loads(pickle.dumps(raster)) as again:
            assert (again.read((0, 0, 120))[1] == raster.read((0, 0, 120))[1]).all()
        assert raster.describe()["stretch"]["missing"] == [[-9999.0]] * 3


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).gamma(2, 200, 5000).round(),
        np.random.default_rng(0).lognormal(0, 3, 5000),
        np.random.default_rng(0).normal(-12, 5, 5000),
        np.concatenate([np.zeros(2000), np.linspace(300, 3000, 3000)]),
        np.concatenate([np.geomspace(100, 60_000, 5000).round(), np.full(500, 65_535.0)]),
        np.concatenate([np.zeros(990), np.full(10, 40.0)]),
        np.concatenate([np.linspace(0, 5000, 5000), [1e6]]),
    ],
    ids=["optical", "intensity", "decibel", "zeros", "saturated", "mask", "one spike"],
)
def test_ordinary_values_are_all_data(values: np.ndarray) -> None:
    assert find_missing(values[None]) == ()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200, unique=True))
def test_values_that_do_not_repeat_are_all_data(values: list[float]) -> None:
    assert find_missing(np.array([values])) == ()


@pytest.mark.usefixtures("fake")
def test_segmenting_around_undeclared_nodata_says_so_and_finds_the_same(
    folder: Path, capsys: Captured
) -> None:
    scene = painted(SHAPE, [(box, 220) for box in BOXES]).astype("float32") * 10
    scene += np.random.default_rng(0).random(scene.shape, dtype="float32")
    scene[:, :14] = -3.4028234663852886e38
    write_raster(folder / "silent.tif", scene)
    write_raster(folder / "stated.tif", scene, nodata=float(scene[0, 0, 0]))
    assert main(arguments(folder, "silent.gpkg", raster="silent.tif")) == 0
    assert "note: silent.tif: the value -3.40282347e+38" in capsys.readouterr().err
    assert main(arguments(folder, "stated.gpkg", raster="stated.tif")) == 0
    silent, stated = read(folder / "silent.gpkg"), read(folder / "stated.gpkg")
    assert (silent["status"] == "accepted").sum() == 3
    assert silent.geometry.geom_equals_exact(stated.geometry, 0)[silent["status"] == "accepted"].all()


# --- min is white -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_an_image_stored_inverted_is_read_as_people_see_it(tmp_path: Path, dtype: str) -> None:
    ramp = np.tile(np.arange(120), (120, 1)).astype(dtype)
    with RasterSource.open(write_raster(tmp_path / "a.tif", ramp, photometric="MINISWHITE")) as raster:
        row = raster.read((0, 0, 120))[0][60, :, 0].astype(int)
        assert row[0] == 255
        assert row[-1] == 0
        assert (np.diff(row) <= 0).all()
        assert raster.describe()["stretch"]["inverted"] is True


def test_nodata_of_an_inverted_image_is_black_and_not_valid(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(120), (120, 1)).astype("uint16")
    with RasterSource.open(
        write_raster(tmp_path / "a.tif", ramp, photometric="MINISWHITE", nodata=0)
    ) as raster:
        rgb, valid = raster.read((0, 0, 120))
        assert not valid[:, 0].any()
        assert (rgb[:, 0] == 0).all()


# --- overviews and samples that do not fit the pixels -----------------------------------------------


def changed_after_its_overviews(path: Path, **options: Any) -> Path:
    old = np.linspace(100, 110, 512 * 512).reshape(512, 512).astype("uint16")
    write_raster(path, old, overviews=[2, 4, 8], tiled=True, **options)
    with rasterio.open(path, "r+") as dataset:
        dataset.write((old[None] - 100) * 200 + 3000)
    return path


def test_overviews_of_other_pixels_are_left_out_and_the_user_is_told(tmp_path: Path) -> None:
    path = changed_after_its_overviews(tmp_path / "a.tif")
    with RasterSource.open(path, stretch=StretchConfig(sample_side=128)) as raster:
        assert raster.stretch.low[0] > 2500
        assert raster.read((0, 0, 512), 64)[0].std() > 30
        assert any("overviews" in note for note in raster.notes)


@pytest.mark.parametrize("method", [Resampling.average, Resampling.nearest, Resampling.cubic])
def test_overviews_of_the_pixels_themselves_are_used(tmp_path: Path, method: Resampling) -> None:
    path = write_raster(tmp_path / "a.tif", pixels("uint16", 3, 512, 512), tiled=True)
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4], method)
    with RasterSource.open(path) as raster:
        assert raster.notes == ()


def test_clicks_where_the_stretch_shows_nothing_are_told(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(120), (120, 1)).astype("uint16")
    path = write_raster(tmp_path / "a.tif", ramp)
    with RasterSource.open(path, stretch=Stretch("linear", (500.0,), (600.0,))) as raster:
        (note,) = raster.notes_at([[60, 60], [30, 30]])
        assert "100 % of the pixels around the clicks" in note
    with RasterSource.open(path) as raster:
        assert raster.notes_at([[60, 60], [30, 30], [-500, 0]]) == ()
        assert raster.notes_at(np.empty((0, 2))) == ()
