from __future__ import annotations

import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.enums import ColorInterp
from rasterio.io import DatasetReader

from engine.errors import RasterError
from engine.grid import tile_at
from engine.reading.raster import RasterSource
from tests.rasters import TRANSFORMS, pixels, ramp, write_raster, write_sparse_raster

RGBA = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]


@pytest.fixture
def ramp_path(tmp_path: Path) -> Path:
    return write_raster(tmp_path / "ramp.tif", ramp())


# --- windows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_place_on_the_ground_shows_the_pixel_that_lies_there(tmp_path: Path, transform: Affine) -> None:
    path = write_raster(tmp_path / "scene.tif", ramp(), transform=transform)
    with RasterSource.open(path) as raster, rasterio.open(path) as dataset:
        for col, row in [(3, 5), (60, 2), (31, 63)]:
            x, y = dataset.xy(row, col)
            ((px, py),) = raster.grid.to_pixel([(x, y)])
            assert (px, py) == pytest.approx((col + 0.5, row + 0.5), abs=1e-6)
            rgb, _ = raster.read((px // 1, py // 1, 1))
            assert rgb[0, 0].tolist() == [col, row, 77]


def test_native_windows_are_exact_and_padded_beyond_the_edge(ramp_path: Path) -> None:
    with RasterSource.open(ramp_path) as raster:
        rgb, valid = raster.read((-10, 40, 32))
    assert (rgb[:24, 10:, 0] == np.arange(22)).all()
    assert (rgb[:24, 10:, 1] == np.arange(40, 64)[:, None]).all()
    assert not valid[:, :10].any()
    assert not valid[24:].any()
    assert valid[:24, 10:].all()
    assert not rgb[~valid].any()


@settings(max_examples=40)
@given(
    x=st.integers(-70, 70),
    y=st.integers(-70, 70),
    size=st.sampled_from([8, 16, 20]),
    factor=st.sampled_from([1, 2, 3, 4]),
)
def test_decimated_windows_are_the_mean_of_what_lies_inside(
    tmp_path_factory: pytest.TempPathFactory, x: int, y: int, size: int, factor: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "means.tif"
    array = pixels("float32", 1)[0]
    if not path.exists():
        write_raster(path, array)
    padded = np.full((240, 240), np.nan)
    padded[80:144, 80:144] = array
    window = padded[80 + y :, 80 + x :][: size * factor, : size * factor]
    blocks = window.reshape(size, factor, size, factor).swapaxes(1, 2).reshape(size, size, -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = np.nanmean(blocks, axis=-1)
    with RasterSource.open(path) as raster:
        rgb, valid = raster.read((x, y, size * factor), size)
        # Cut pixels have the mean of their part inside; where validity is sampled, the sample is inside too.
        assert (valid == np.isfinite(expected)).all()
        shown = raster.stretch.apply(np.nan_to_num(expected).astype("float32")[None])
    assert np.abs(rgb[valid].astype(int) - shown[valid]).max(initial=0) <= 1


@settings(max_examples=25)
@given(x=st.integers(-20, 60), y=st.integers(-20, 60), zoom=st.sampled_from([2, 4, 8]))
def test_enlarged_windows_keep_every_pixel_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, x: int, y: int, zoom: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "enlarged.tif"
    if not path.exists():
        write_raster(path, ramp())
    with RasterSource.open(path) as raster:
        rgb, valid = raster.read((x, y, 16), 16 * zoom)
    columns = x + (np.arange(16 * zoom) + 0.5) / zoom
    rows = y + (np.arange(16 * zoom) + 0.5) / zoom
    inside = ((rows >= 0) & (rows < 64))[:, None] & (columns >= 0) & (columns < 64)
    assert (valid == inside).all()
    # Bilinear values of a ramp are the ramp (columns counted from pixel centres), held at the raster's ends.
    expected = np.broadcast_to(np.clip(columns - 0.5, 0, 63), valid.shape)
    assert np.abs(rgb[..., 0] - expected)[valid].max(initial=0) <= 1.01


def test_fractional_windows_are_not_rounded(ramp_path: Path) -> None:
    with RasterSource.open(ramp_path, stretch=None) as raster:
        rgb, valid = raster.read((10.5, 10.0, 16), 8)
    assert valid.all()
    # Each output pixel covers 2 x 2: columns 10.5-12.5 hold 10 (half), 11 and 12 (half): mean 11.
    assert rgb[0, :3, 0].tolist() == [11, 13, 15]


def test_a_raster_smaller_than_one_output_pixel_is_still_seen(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "tiny.tif", np.full((3, 3, 3), 90, "uint8"))
    with RasterSource.open(path) as raster:
        rgb, valid = raster.read((-20, -20, 64), 4)
    assert valid.sum() == 1
    assert rgb[1, 1].tolist() == [90, 90, 90]


def test_a_window_off_the_raster_is_all_invalid(ramp_path: Path) -> None:
    with RasterSource.open(ramp_path) as raster:
        rgb, valid = raster.read((1000, -500, 32), 32)
    assert not valid.any()
    assert not rgb.any()


def test_tiles_read_as_their_windows(ramp_path: Path) -> None:
    tile = tile_at(1, 0, 1, 16, 0.25)
    with RasterSource.open(ramp_path) as raster:
        by_tile, _ = raster.read(tile)
        by_window, _ = raster.read((tile.x, tile.y, tile.span), 16)
    assert by_tile.shape == (16, 16, 3)
    assert (by_tile == by_window).all()


def test_areas_need_not_be_square(ramp_path: Path) -> None:
    with RasterSource.open(ramp_path) as raster:
        rgb, valid = raster.read_area((0, 0, 64, 32), 8, 16)
    assert rgb.shape == (8, 16, 3)
    assert valid.all()
    assert np.abs(rgb[:, :, 1] - (np.arange(8)[:, None] * 4 + 1.5)).max() <= 0.5


@pytest.mark.parametrize("window", [(0, 0, 0), (0, 0, -5), (float("nan"), 0, 8)])
def test_a_window_without_area_is_refused(ramp_path: Path, window: tuple[float, float, float]) -> None:
    with RasterSource.open(ramp_path) as raster, pytest.raises(RasterError, match="nothing in it"):
        raster.read(window, 8)


def test_overviews_serve_coarse_windows(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "pyramid.tif", pixels(bands=1, height=512, width=512), overviews=[4])
    with rasterio.open(path, "r+", overview_level=0) as overview:
        overview.write(np.full((128, 128), 200, "uint8"), 1)
    with RasterSource.open(path, bands=[1, 1, 1]) as raster:
        assert raster.read((0, 0, 512), 128)[0].min() == 200
        assert raster.read((0, 0, 128), 128)[0].min() < 100


# --- validity ---------------------------------------------------------------------------------------


def _hole() -> np.ndarray[Any, Any]:
    valid = np.ones((64, 64), dtype=bool)
    valid[8:24, 32:48] = False
    return valid


def _with_hole(path: Path, kind: str) -> Path:
    hole = ~_hole()
    array = pixels("uint8", 3) // 2 + 100
    if kind == "mask":
        return write_raster(path, array, mask=~hole)
    if kind == "alpha":
        alpha = np.where(hole, 0, 255).astype("uint8")
        return write_raster(path, np.concatenate([array, alpha[None]]), colours=RGBA)
    if kind == "alpha_of_five":
        bands = np.concatenate([array, array[:1], np.where(hole, 0, 255).astype("uint8")[None]])
        return write_raster(path, bands, colours=[*RGBA[:3], ColorInterp.undefined, ColorInterp.alpha])
    if kind == "nodata":
        return write_raster(path, np.where(hole, 0, array).astype("uint8"), nodata=0)
    floats = np.where(hole, np.nan, array).astype("float32")
    return write_raster(path, floats, nodata=np.nan if kind == "nan_nodata" else None)


KINDS = ["mask", "alpha", "alpha_of_five", "nodata", "nan", "nan_nodata"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [32, 64, 128])
def test_missing_data_is_invalid_and_black_at_every_scale(tmp_path: Path, kind: str, size: int) -> None:
    with RasterSource.open(_with_hole(tmp_path / "hole.tif", kind)) as raster:
        rgb, valid = raster.read((0, 0, 64), size)
    rows = np.floor((np.arange(size) + 0.5) * 64 / size).astype(int)
    assert (valid == _hole()[np.ix_(rows, rows)]).all()
    assert not rgb[~valid].any()


@pytest.mark.parametrize("kind", ["mask", "alpha", "nodata", "nan_nodata"])
def test_missing_data_does_not_darken_its_neighbours(tmp_path: Path, kind: str) -> None:
    with RasterSource.open(_with_hole(tmp_path / "hole.tif", kind), bands=[1, 2, 3]) as raster:
        rgb, valid = raster.read((-1, -1, 66), 22)
        full, full_valid = raster.read((0, 0, 64), 64)
    darkest = full[full_valid].min()
    assert rgb[valid].min() >= darkest


@pytest.mark.parametrize("kind", KINDS)
def test_points_know_whether_they_lie_on_data(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-8, 72, (500, 2))
    with RasterSource.open(_with_hole(tmp_path / "hole.tif", kind)) as raster:
        answer = raster.valid_at(points)
    cols, rows = np.floor(points).astype(int).T
    inside = (cols >= 0) & (rows >= 0) & (cols < 64) & (rows < 64)
    expected = inside & _hole()[rows.clip(0, 63), cols.clip(0, 63)]
    assert (answer == expected).all()
    assert 0 < expected.sum() < 500


def test_a_pixel_that_is_nodata_in_one_band_alone_is_no_hole(tmp_path: Path) -> None:
    array = np.full((3, 16, 16), 90, "uint8")
    array[0, 4, 4] = 0
    with RasterSource.open(write_raster(tmp_path / "shadow.tif", array, nodata=0)) as raster:
        assert raster.read((0, 0, 16))[1].all()
        assert raster.valid_at([(4.5, 4.5)]).all()


def test_no_points_are_valid_nowhere(ramp_path: Path) -> None:
    with RasterSource.open(ramp_path) as raster:
        assert raster.valid_at(np.empty((0, 2))).shape == (0,)


@pytest.mark.parametrize("layout", [{"tiled": True, "blockxsize": 16, "blockysize": 16}, {"blockysize": 1}])
def test_points_are_looked_up_right_in_every_block_layout(tmp_path: Path, layout: dict[str, Any]) -> None:
    array = np.random.default_rng(1).integers(0, 2, (1, 700, 1300)).astype("uint8")
    path = write_raster(tmp_path / "spots.tif", array, nodata=0, **layout)
    points = np.random.default_rng(2).uniform(0, (1300, 700), (3000, 2))
    with RasterSource.open(path) as raster:
        cols, rows = np.floor(points).astype(int).T
        assert (raster.valid_at(points) == (array[0, rows, cols] == 1)).all()


# --- nothing is read whole --------------------------------------------------------------------------


def test_a_huge_raster_is_opened_and_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.tif"
    write_sparse_raster(path, 20_000, patch=pixels("uint16", 1, 512, 512)[0], at=(9_900, 9_900), nodata=0)
    points = np.random.default_rng(0).uniform(0, 20_000, (20_000, 2))
    tracemalloc.start()
    with RasterSource.open(path) as raster:
        raster.read((9_000, 9_000, 2_048), 256)
        raster.valid_at(points)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The raster holds 800 MB of values.
    assert peak < 32e6


def test_no_array_near_the_size_of_the_raster_is_ever_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.tif"
    write_sparse_raster(path, 20_000, patch=pixels("uint16", 1, 512, 512)[0], at=(0, 0), nodata=0)
    asked: list[tuple[float, int]] = []
    with RasterSource.open(path) as raster:
        spy = _Spy(raster._dataset, asked)
        monkeypatch.setattr(raster._reader, "dataset", spy)
        raster.read((0, 0, 512), 256)
        raster.read((0, 0, 20_000), 256)
        raster.valid_at(np.random.default_rng(0).uniform(0, 20_000, (500, 2)))
    assert len(asked) > 100
    assert max(pixels_out for _, pixels_out in asked) <= 1 << 18
    assert sum(window > 1 << 20 for window, _ in asked) == 2  # Values and mask of the one coarse view.


class _Spy:
    """A dataset that notes the (window area, output pixels) of every read."""

    def __init__(self, dataset: DatasetReader, asked: list[tuple[float, int]]) -> None:
        self._dataset, self._asked = dataset, asked

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._dataset, name)
        if name not in ("read", "read_masks"):
            return found

        def read(*args: Any, **options: Any) -> Any:
            window, shape = options["window"], options["out_shape"]
            self._asked.append((window.width * window.height, int(np.prod(shape))))
            return found(*args, **options)

        return read
