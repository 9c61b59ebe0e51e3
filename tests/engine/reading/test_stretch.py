from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import StretchConfig
from engine.errors import ConfigError, RasterError
from engine.reading.raster import RasterSource
from engine.reading.stretch import Stretch, fit_stretch, identity
from tests.rasters import pixels, write_raster, write_sparse_raster

CONFIG = StretchConfig()


def test_percentiles_become_black_and_white() -> None:
    stretch = fit_stretch(np.arange(10_001.0)[None], StretchConfig(low_percent=2, high_percent=98))
    assert stretch == Stretch("linear", (200.0,), (9800.0,))
    bytes_ = stretch.apply(np.array([[[0, 200, 5000, 9800, 1e9]]]))
    assert bytes_[0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_each_band_has_its_own_percentiles() -> None:
    samples = np.stack([np.linspace(0, 100, 1000), np.linspace(5000, 9000, 1000), np.linspace(-30, 5, 1000)])
    low = np.array(fit_stretch(samples, CONFIG).low)
    assert np.allclose(low, [1, 5040, -29.65])


def test_eight_bits_are_kept_exactly_by_the_identity() -> None:
    values = np.arange(256, dtype=np.float32).reshape(1, 16, 16)
    assert (identity(1).apply(values)[..., 0] == values[0]).all()


def test_values_that_are_not_finite_become_black_and_do_not_count() -> None:
    samples = np.array([[np.nan, np.inf, -np.inf, *range(101)]])
    stretch = fit_stretch(samples, CONFIG)
    assert stretch.low == (1.0,)
    assert stretch.high == (99.0,)
    assert stretch.apply(np.array([[[np.nan]]]))[0, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("value", [0.0, -7.5, 1e10, 1e-12])
def test_a_constant_band_is_mid_grey(value: float) -> None:
    stretch = fit_stretch(np.full((1, 100), value), CONFIG)
    assert stretch.high[0] > stretch.low[0]
    assert 126 <= stretch.apply(np.full((1, 2, 2), value)).mean() <= 129


def test_a_band_that_is_almost_constant_shows_its_exceptions() -> None:
    samples = np.zeros((1, 1000))
    samples[0, :3] = 40
    assert fit_stretch(samples, CONFIG).apply(np.array([[[0.0, 40.0]]]))[0, :, 0].tolist() == [0, 255]


def test_a_heavy_positive_tail_is_shown_by_its_logarithm() -> None:
    intensity = np.random.default_rng(0).lognormal(0, 2, (1, 10_000))
    stretch = fit_stretch(intensity, CONFIG)
    assert stretch.scale == "log10"
    shown = stretch.apply(intensity.reshape(1, 100, 100))
    assert 100 < np.median(shown) < 155


@pytest.mark.parametrize("name", ["optical", "decibel"])
def test_other_values_are_shown_linearly(name: str) -> None:
    rng = np.random.default_rng(0)
    values = {"optical": rng.gamma(2, 200, (3, 5000)), "decibel": rng.normal(-12, 5, (1, 5000))}[name]
    assert fit_stretch(values, CONFIG).scale == "linear"


def test_zeros_do_not_break_a_logarithm() -> None:
    values = np.concatenate([np.zeros(50), np.random.default_rng(0).lognormal(0, 2, 950)])
    stretch = fit_stretch(values[None], CONFIG)
    assert stretch.scale == "log10"
    assert stretch.apply(np.zeros((1, 2, 2))).max() == 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_brighter_values_never_become_darker_bytes(values: list[float]) -> None:
    ordered = np.sort(np.array(values))
    bytes_ = fit_stretch(ordered[None], CONFIG).apply(ordered.reshape(1, 1, -1))[0, :, 0].astype(int)
    assert (np.diff(bytes_) >= 0).all()


def test_a_stretch_is_json_and_comes_back_equal() -> None:
    stretch = Stretch("log10", (0.5, 1.5, 2.5), (3.5, 4.5, 5.5))
    back = json.loads(json.dumps(stretch.as_dict()))
    assert Stretch(back["scale"], tuple(back["low"]), tuple(back["high"])) == stretch


def test_impossible_percentiles_are_refused() -> None:
    with pytest.raises(ConfigError, match="percentiles"):
        StretchConfig(low_percent=50, high_percent=50)


# --- one stretch per raster -------------------------------------------------------------------------


def test_a_pixel_has_the_same_colour_in_every_window(tmp_path: Path) -> None:
    ramp = np.linspace(0, 4000, 256 * 256).reshape(256, 256).astype("uint16")
    path = write_raster(tmp_path / "ramp.tif", ramp)
    with RasterSource.open(path) as raster:
        whole, _ = raster.read((0, 0, 256))
        for x, y, span in [(0, 0, 64), (100, 37, 90), (192, 192, 64)]:
            part, _ = raster.read((x, y, span))
            assert (part == whole[y : y + span, x : x + span]).all()


def test_eight_bit_colour_is_kept_and_eight_bit_grey_is_stretched(tmp_path: Path) -> None:
    dim = pixels() // 4
    write_raster(tmp_path / "rgb.tif", dim)
    write_raster(tmp_path / "grey.tif", dim[0])
    with RasterSource.open(tmp_path / "rgb.tif") as raster:
        assert (np.moveaxis(raster.read((0, 0, 64))[0], -1, 0) == dim).all()
    with RasterSource.open(tmp_path / "grey.tif") as raster:
        assert raster.read((0, 0, 64))[0].max() == 255


def test_nodata_has_no_part_in_the_percentiles(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(-12, 4, (64, 64)).astype("float32")
    values[:30] = -99
    with RasterSource.open(write_raster(tmp_path / "db.tif", values, nodata=-99)) as raster:
        low, high = raster.stretch.low[0], raster.stretch.high[0]
    assert -24 < low < -18
    assert -6 < high < 0


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_raster_without_any_data_is_refused(tmp_path: Path, dtype: str) -> None:
    path = write_raster(tmp_path / "void.tif", np.zeros((3, 32, 32), dtype), nodata=0)
    with pytest.raises(RasterError, match="no valid pixel"):
        RasterSource.open(path)


def test_a_raster_of_nothing_but_nan_is_refused(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "nan.tif", np.full((32, 32), np.nan, "float32"))
    with pytest.raises(RasterError, match="no valid pixel"):
        RasterSource.open(path)


def test_a_measured_stretch_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "pan.tif", dtype="uint16", bands=1)
    given_one = Stretch("linear", (0.0,), (100_000.0,))
    with RasterSource.open(path, stretch=given_one) as raster:
        assert raster.stretch == given_one
        assert raster.read((0, 0, 64))[0].max() < 12


def test_overviews_give_nearly_the_same_stretch_as_full_resolution(tmp_path: Path) -> None:
    scene = np.add.outer(np.arange(1024), np.arange(1024)).astype("uint16")
    config = StretchConfig(sample_side=128)
    write_raster(tmp_path / "plain.tif", scene)
    write_raster(tmp_path / "pyramid.tif", scene, overviews=[2, 4, 8])
    found = []
    for name in ("plain.tif", "pyramid.tif"):
        with RasterSource.open(tmp_path / name, stretch=config) as raster:
            found.append((*raster.stretch.low, *raster.stretch.high))
    assert np.allclose(found[0], found[1], atol=15)


def test_a_large_raster_without_overviews_is_sampled_by_blocks_spread_over_it(tmp_path: Path) -> None:
    side = 6000
    path = tmp_path / "large.tif"
    ramp = np.broadcast_to(np.arange(side, dtype="uint16"), (side, side))
    write_sparse_raster(path, side, patch=ramp)
    with RasterSource.open(path) as raster:
        assert raster.stretch.low[0] < 400
        assert raster.stretch.high[0] > 5600


def test_a_small_patch_of_data_in_a_large_empty_raster_is_found(tmp_path: Path) -> None:
    path = tmp_path / "patch.tif"
    patch = np.full((40, 40), 700, "uint16") + np.arange(40, dtype="uint16")
    write_sparse_raster(path, 8000, patch=patch, at=(1000, 3000), nodata=0)
    with RasterSource.open(path) as raster:
        assert 700 <= raster.stretch.low[0] < raster.stretch.high[0] <= 739
