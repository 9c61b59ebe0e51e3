from __future__ import annotations

import json
import pickle
import shutil
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.io import DatasetReader
from rasterio.shutil import copy as gdal_copy

from engine.errors import ConfigError, RasterError
from engine.reading.raster import RasterSource
from tests.engine.file_server import serving
from tests.rasters import NORTH_UP, pixels, ramp, write_raster

DTYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]
DEGREES = Affine(1e-5, 0, 9, 0, -1e-5, 47)
COMPLEX = ["complex64", "complex128", "complex_int16"]


@pytest.fixture
def ramp_path(tmp_path: Path) -> Path:
    return write_raster(tmp_path / "ramp.tif", ramp())


# --- every kind of value ----------------------------------------------------------------------------


@pytest.mark.parametrize("bands", [1, 3, 4])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_of_value_is_legible(tmp_path: Path, dtype: str, bands: int) -> None:
    array = pixels(dtype, bands)
    path = write_raster(tmp_path / "scene.tif", array, photometric="minisblack")
    with RasterSource.open(path) as raster:
        rgb, valid = raster.read((0, 0, 64))
    assert raster.dtype == dtype
    assert rgb.shape == (64, 64, 3)
    assert rgb.dtype == np.uint8
    assert valid.all()
    assert rgb.std() > 50
    assert 90 < rgb.mean() < 165
    assert np.corrcoef(rgb[..., 0].ravel(), array[0].ravel().astype(float))[0, 1] > 0.99


@pytest.mark.parametrize("dtype", COMPLEX)
def test_complex_values_are_shown_by_their_amplitude(tmp_path: Path, dtype: str) -> None:
    slc = pixels(dtype, 1)
    path = write_raster(tmp_path / "slc.tif", slc, dtype=dtype, bands=1)
    if dtype == "complex_int16":
        path = _as_complex_int16(path)
    with RasterSource.open(path) as raster:
        rgb, valid = raster.read((0, 0, 64))
    assert raster.dtype == dtype
    assert raster.stretch.scale == "log10"
    assert valid.all()
    amplitude = np.log10(np.abs(slc[0])).ravel()
    assert np.corrcoef(rgb[..., 0].ravel(), amplitude)[0, 1] > 0.98


def _as_complex_int16(path: Path) -> Path:
    """The same file with CInt16 values, which the library reads but does not write."""
    target = path.with_name("cint16.vrt")
    gdal_copy(path, target, driver="VRT")
    target.write_text(target.read_text().replace('dataType="CFloat32"', 'dataType="CInt16"'))
    return target


def test_averaging_complex_values_keeps_their_amplitude(tmp_path: Path) -> None:
    phase = np.exp(2j * np.pi * np.random.default_rng(0).random((128, 128)))
    amplitude = np.where(np.arange(128) < 64, 10, 1000)
    path = write_raster(tmp_path / "slc.tif", (amplitude * phase).astype("complex64"))
    with RasterSource.open(path) as raster:
        small, _ = raster.read((0, 0, 128), 16)
        large, _ = raster.read((0, 0, 16), 64)
    # Averaged as complex numbers, random phases would cancel out and pull the amplitude down.
    assert (small[:, :8] <= 1).all()
    assert (small[:, 8:] >= 254).all()
    assert (large <= 1).all()


# --- georeferencing ---------------------------------------------------------------------------------


def test_a_raster_without_crs_asks_for_one_in_one_line(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "nowhere.tif", crs=None)
    with pytest.raises(RasterError, match="--assume-crs EPSG:xxxx") as caught:
        RasterSource.open(path)
    assert "\n" not in str(caught.value)


def test_an_assumed_crs_is_taken(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "nowhere.tif", crs=None)
    with RasterSource.open(path, assume_crs="EPSG:25832") as raster:
        assert raster.grid.crs == CRS.from_epsg(25832)
        assert raster.grid.transform == NORTH_UP


@pytest.mark.parametrize("word", ["pixel", "none", "Pixel"])
def test_plain_pixel_coordinates_can_be_kept(tmp_path: Path, word: str) -> None:
    path = write_raster(tmp_path / "photo.tif", crs=None, transform=None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with RasterSource.open(path, assume_crs=word) as raster:
            assert raster.grid.crs is None
            assert raster.grid.to_world([(3, 4)]).tolist() == [[3, 4]]
            assert raster.fingerprint()["crs"] is None


def test_a_crs_of_its_own_is_not_overruled(ramp_path: Path) -> None:
    with pytest.raises(RasterError, match="leave --assume-crs out"):
        RasterSource.open(ramp_path, assume_crs="EPSG:4326")
    with RasterSource.open(ramp_path, assume_crs="EPSG:32632") as raster:
        assert raster.grid.crs == CRS.from_epsg(32632)


def test_nonsense_for_a_crs_is_refused(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "nowhere.tif", crs=None)
    with pytest.raises(ConfigError, match="no CRS"):
        RasterSource.open(path, assume_crs="mars:1")


def test_a_raster_placed_by_control_points_must_be_warped_first(tmp_path: Path) -> None:
    path = tmp_path / "gcps.tif"
    points = [GroundControlPoint(r, c, 10 + c / 1e4, 50 - r / 1e4) for r, c in [(0, 0), (0, 64), (64, 0)]]
    with rasterio.open(
        path, "w", driver="GTiff", width=64, height=64, count=1, dtype="uint8", gcps=points, crs="EPSG:4326"
    ) as dataset:
        dataset.write(pixels(bands=1))
    with pytest.raises(RasterError, match="gdalwarp"):
        RasterSource.open(path)


def test_a_geographic_raster_opens(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "ll.tif", crs="EPSG:4326", transform=Affine(1e-5, 0, 11, 0, -1e-5, 46))
    with RasterSource.open(path) as raster:
        assert raster.grid.metres_per_pixel() == pytest.approx(0.927, abs=0.01)


@pytest.mark.parametrize("driver", ["COG", "VRT"])
def test_other_containers_read_the_same(tmp_path: Path, ramp_path: Path, driver: str) -> None:
    other = tmp_path / f"other.{'vrt' if driver == 'VRT' else 'tif'}"
    gdal_copy(ramp_path, other, driver=driver)
    with RasterSource.open(ramp_path) as one, RasterSource.open(other) as two:
        assert (one.read((-5, 8, 40), 40)[0] == two.read((-5, 8, 40), 40)[0]).all()
        assert one.grid == two.grid


# --- damaged and missing files ----------------------------------------------------------------------


def _message(path: Path) -> str:
    with pytest.raises(RasterError) as caught:
        RasterSource.open(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return str(caught.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    assert "does not exist" in _message(tmp_path / "none.tif")


def test_a_folder_says_so(tmp_path: Path) -> None:
    assert "is a folder" in _message(tmp_path)


def test_a_vector_layer_says_so(tmp_path: Path) -> None:
    path = tmp_path / "layer.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    assert "is a vector layer" in _message(path)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"II*\x00\xff\xff\xff\xff"], ids=["empty", "text", "header"]
)
def test_a_file_that_is_no_raster_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(content)
    assert "not a raster that GDAL can read" in _message(path)


def test_a_truncated_file_says_so_when_its_missing_part_is_read(tmp_path: Path) -> None:
    whole = write_raster(tmp_path / "whole.tif", bands=1, dtype="uint16", height=256, width=256)
    path = tmp_path / "cut.tif"
    path.write_bytes(whole.read_bytes()[:40_000])
    assert "damaged" in _message(path)


def test_damage_met_while_reading_is_one_line_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_raster(tmp_path / "scene.tif", bands=1, compress="deflate", height=256, width=256)
    with RasterSource.open(path) as raster:
        spec = raster.spec
    damaged = bytearray(path.read_bytes())
    damaged[-30_000:] = b"\xff" * 30_000
    path.write_bytes(bytes(damaged))
    with spec.open() as raster, pytest.raises(RasterError, match="damaged") as caught:
        raster.read((0, 0, 256))
    assert "\n" not in str(caught.value)


def test_a_failed_opening_lets_go_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[DatasetReader] = []
    original = rasterio.open

    def remember(*args: Any, **options: Any) -> DatasetReader:
        opened.append(original(*args, **options))
        return opened[-1]

    path = write_raster(tmp_path / "nowhere.tif", crs=None)
    monkeypatch.setattr(rasterio, "open", remember)
    with pytest.raises(RasterError):
        RasterSource.open(path)
    assert [dataset.closed for dataset in opened] == [True]


# --- provenance and workers -------------------------------------------------------------------------


def test_another_process_reads_the_same_pixels_without_measuring_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_raster(tmp_path / "scene.tif", bands=4, dtype="uint16", crs=None)
    with RasterSource.open(path, bands=[4, 2, 1], assume_crs="EPSG:32632") as raster:
        carried = pickle.dumps(raster)
        before, _ = raster.read((0, 0, 64))
    monkeypatch.setattr("engine.reading.measuring.sample_values", lambda *_: pytest.fail("measured again"))
    with pickle.loads(carried) as again:
        assert again.stretch == raster.stretch
        assert again.bands == (4, 2, 1)
        assert again.grid == raster.grid
        assert (again.read((0, 0, 64))[0] == before).all()


def test_fingerprint_and_description_are_json(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "scene.tif", dtype="float32", bands=1, nodata=np.nan)
    with RasterSource.open(path) as raster:
        told = json.loads(json.dumps(raster.fingerprint() | raster.describe(), allow_nan=False))
    assert (told["name"], told["width"], told["count"], told["crs"]) == ("scene.tif", 64, 1, "EPSG:32632")
    assert told["nodata"] == "nan"
    assert told["transform"] == list(NORTH_UP[:6])


def test_the_fingerprint_changes_with_the_content_and_not_with_the_folder(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "scene.tif", seed=1)
    (tmp_path / "elsewhere").mkdir()
    twin = Path(shutil.copy2(path, tmp_path / "elsewhere"))
    other = write_raster(tmp_path / "other.tif", seed=2)
    prints = []
    for file in (path, twin, other):
        with RasterSource.open(file) as raster:
            prints.append(raster.fingerprint())
    assert prints[0] == prints[1]
    assert prints[0]["sha256"] != prints[2]["sha256"]


def test_the_fingerprint_of_a_vrt_follows_its_sources(tmp_path: Path) -> None:
    source = write_raster(tmp_path / "source.tif", seed=1)
    vrt = tmp_path / "mosaic.vrt"
    gdal_copy(source, vrt, driver="VRT")
    with RasterSource.open(vrt) as raster:
        before = raster.fingerprint()["sha256"]
    write_raster(source, seed=2, compress="deflate")
    with RasterSource.open(vrt) as raster:
        assert raster.fingerprint()["sha256"] != before


def test_the_fingerprint_of_a_raster_in_an_archive_follows_its_content(tmp_path: Path) -> None:
    seen = set()
    for seed in (1, 2, 1):
        (tmp_path / str(seed)).mkdir(exist_ok=True)
        write_raster(tmp_path / "scene.tif", seed=seed)
        archive = tmp_path / str(seed) / "scenes.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr(zipfile.ZipInfo("scene.tif"), (tmp_path / "scene.tif").read_bytes())
            made.writestr(zipfile.ZipInfo("last.txt"), bytes(200_000))
        for name in (f"/vsizip/{archive}/scene.tif", f"/vsizip/{{{archive}}}/scene.tif"):
            with RasterSource.open(name) as raster:
                told = raster.fingerprint()
            assert (told["size"], told["mtime"]) == (archive.stat().st_size, archive.stat().st_mtime)
            seen.add(told["sha256"])
    assert len(seen) == 2


def test_rasters_in_one_file_have_fingerprints_of_their_own(tmp_path: Path) -> None:
    pages, archive = tmp_path / "pages.tif", tmp_path / "years.zip"
    for year, more in ((2020, {}), (2021, {"APPEND_SUBDATASET": "YES"})):
        write_raster(pages, seed=year, **more)
        write_raster(tmp_path / f"{year}.tif", seed=year)
        with zipfile.ZipFile(archive, "a") as made:
            made.write(tmp_path / f"{year}.tif", f"{year}/t.tif")
    for one, other in (
        (f"/vsizip/{archive}/2020/t.tif", f"/vsizip/{archive}/2021/t.tif"),
        (f"GTIFF_DIR:1:{pages}", f"GTIFF_DIR:2:{pages}"),
    ):
        prints = []
        for name in (one, one, other):
            with RasterSource.open(name) as raster:
                prints.append(raster.fingerprint())
        assert prints[0] == prints[1]
        assert prints[0]["sha256"] != prints[2]["sha256"]


def test_a_vrt_that_is_written_out_as_the_name_has_a_fingerprint(tmp_path: Path) -> None:
    source, file = write_raster(tmp_path / "t.tif", crs="EPSG:4326", transform=DEGREES), tmp_path / "t.vrt"
    gdal_copy(source, file, driver="VRT")
    written = file.read_text().replace('relativeToVRT="1">', f'relativeToVRT="0">{tmp_path}/')
    with RasterSource.open(written.replace("\n", " ")) as raster:
        assert raster.fingerprint()["size"] == source.stat().st_size


def test_the_fingerprint_of_a_vrt_follows_sources_in_an_archive(tmp_path: Path) -> None:
    prints = []
    for seed in (1, 2):
        write_raster(tmp_path / "scene.tif", seed=seed)
        with zipfile.ZipFile(tmp_path / "scenes.zip", "w") as made:
            made.write(tmp_path / "scene.tif", "scene.tif")
        if seed == 1:
            gdal_copy(f"/vsizip/{tmp_path}/scenes.zip/scene.tif", tmp_path / "a.vrt", driver="VRT")
        with RasterSource.open(tmp_path / "a.vrt") as raster:
            prints.append(raster.fingerprint()["sha256"])
    assert prints[0] != prints[1]


def test_the_fingerprint_of_a_raster_on_the_network_follows_its_pixels(tmp_path: Path) -> None:
    prints = []
    for place, seed in (("a", 1), ("b", 2), ("c", 1)):
        (tmp_path / place).mkdir()
        write_raster(tmp_path / place / "scene.tif", seed=seed)
    with serving(tmp_path) as address:
        for place in "abc":
            with RasterSource.open(f"/vsicurl/{address}/{place}/scene.tif") as raster:
                prints.append(raster.fingerprint())
    assert prints[0] == prints[2]
    assert prints[0]["sha256"] != prints[1]["sha256"]


# --- real files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "sentinel1_vv_db",
        "sentinel2_fields_rgb",
        "spacenet_ms1",
        "spacenet_sample_geotiff",
        "spacenet_sar_masked",
    ],
)
def test_real_rasters_of_many_kinds_are_legible(real_data: Path, name: str) -> None:
    with RasterSource.open(real_data / "multiband" / f"{name}.tif") as raster:
        side = min(raster.grid.width, raster.grid.height)
        rgb, valid = raster.read((0, 0, side), 128)
    seen = rgb[valid].astype(float)
    assert valid.mean() > 0.5
    assert seen.std() > 35
    assert 50 < seen.mean() < 170


def test_near_infrared_of_real_tree_images_can_be_chosen(real_data: Path) -> None:
    for path in sorted((real_data / "urban_trees").glob("*.tif")):
        with RasterSource.open(path) as natural, RasterSource.open(path, bands=(4, 1, 2)) as infrared:
            assert natural.bands == (1, 2, 3)
            assert natural.band_names == ("red", "green", "blue")
            rgb, _ = natural.read((0, 0, 256))
            nir, _ = infrared.read((0, 0, 256))
        assert (nir[..., 1] == rgb[..., 0]).all()
        assert (nir[..., 0] != rgb[..., 0]).any()
