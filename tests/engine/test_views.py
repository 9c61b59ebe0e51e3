"""Files that lead to other files, to the network, or to nowhere."""

from __future__ import annotations

import os
import pickle
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from engine import encode, evaluate, preview, segment
from engine.errors import EngineError, PointsError, RasterError
from engine.reading.bands import choose_bands
from engine.reading.raster import RasterSource
from engine.reading.vector import read_layer
from tests.engine.cli_scene import Captured, arguments, fake, folder
from tests.engine.file_server import serving
from tests.rasters import NORTH_UP, UTM, pixels, write_raster

__all__ = ["fake", "folder"]

ROOT = Path(__file__).resolve().parents[2]
BAND = """<VRTRasterBand dataType="Byte" band="1">{}</VRTRasterBand>"""
SOURCE = """<SimpleSource><SourceFilename relativeToVRT="1">{}</SourceFilename><SourceBand>1</SourceBand>
<SrcRect xOff="0" yOff="0" xSize="64" ySize="64"/>
<DstRect xOff="0" yOff="0" xSize="64" ySize="64"/></SimpleSource>"""
VRT = """<VRTDataset rasterXSize="64" rasterYSize="64"><SRS>EPSG:32632</SRS>
<GeoTransform>600000,0.5,0,5200000,0,-0.5</GeoTransform>{}</VRTDataset>"""


def view(path: Path, *sources: str) -> Path:
    path.write_text(VRT.format(BAND.format("".join(SOURCE.format(name) for name in sources))))
    return path


REMOTE = {
    "http": lambda p: view(p, "http://127.0.0.1:9/a.tif"),
    "vsicurl": lambda p: view(p, "/vsicurl/http://127.0.0.1:9/a.tif"),
    "zip over http": lambda p: view(p, "/vsizip//vsicurl/http://127.0.0.1:9/a.zip/a.tif"),
    "bucket": lambda p: view(p, "/vsis3/bucket/a.tif"),
    "escaped": lambda p: view(p, "&#104;ttp://127.0.0.1:9/a.tif"),
    "service in a view": lambda p: view(p, "&lt;GDAL_WMS&gt;&lt;/GDAL_WMS&gt;"),
    "warped": lambda p: p.write_text(
        VRT.format("<SourceDataset>/vsicurl/http://127.0.0.1:9/a</SourceDataset>")
    ),
    "service": lambda p: p.write_text(
        "<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>"
    ),
    "stac": lambda p: p.write_text(
        '{"stac_version": "1.0.0", "assets": {"a": {"href": "http://127.0.0.1:9/a.tif"}}}'
    ),
    "connection": lambda p: view(p, "WMS:http://127.0.0.1:9/?"),
}


@pytest.mark.parametrize("name", REMOTE)
def test_a_view_that_leads_to_the_network_is_refused_without_a_call(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.vrt"
    REMOTE[name](path)
    with pytest.raises(RasterError, match=r"a\.vrt: leads to the network .*--allow-remote") as caught:
        RasterSource.open(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(EngineError) as opened:
        RasterSource.open(path, allow_remote=True)
    assert "--allow-remote" not in str(opened.value)


def test_a_view_of_a_view_that_leads_to_the_network_is_refused(tmp_path: Path) -> None:
    REMOTE["http"](tmp_path / "inner.vrt")
    with pytest.raises(RasterError, match="leads to the network"):
        RasterSource.open(view(tmp_path / "outer.vrt", "inner.vrt"))


def test_a_vector_view_that_leads_to_the_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.vrt"
    path.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>http://127.0.0.1:9/a.json</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    with pytest.raises(PointsError, match="leads to the network"):
        read_layer(path, "point", target=None)


def test_an_address_that_the_user_names_is_asked(tmp_path: Path) -> None:
    with pytest.raises(RasterError) as caught:
        RasterSource.open("/vsicurl/http://127.0.0.1:9/a.tif")
    assert "--allow-remote" not in str(caught.value)


def test_a_local_view_is_read_here_and_in_other_processes(tmp_path: Path) -> None:
    write_raster(tmp_path / "leaf.tif", pixels(bands=1))
    view(tmp_path / "inner.vrt", "leaf.tif")
    with RasterSource.open(view(tmp_path / "outer.vrt", "inner.vrt"), allow_remote=True) as raster:
        assert raster.read((0, 0, 64))[1].all()
        with pickle.loads(pickle.dumps(raster)) as again:
            assert again.spec.allow_remote


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of a server that hands out the files of the test's folder."""
    with serving(tmp_path) as found:
        yield found


def test_a_view_of_the_network_is_read_once_that_is_allowed(tmp_path: Path, address: str) -> None:
    write_raster(tmp_path / "leaf.tif", pixels(bands=1))
    path = view(tmp_path / "a.vrt", f"/vsicurl/{address}/leaf.tif")
    with (
        RasterSource.open(path, allow_remote=True) as raster,
        RasterSource.open(tmp_path / "leaf.tif") as leaf,
    ):
        assert (raster.read((0, 0, 64))[0] == leaf.read((0, 0, 64))[0]).all()


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("verb", [segment, evaluate, preview, encode])
def test_every_verb_refuses_the_network_unless_allowed(  # type: ignore[no-untyped-def]
    folder: Path, address: str, capsys: Captured, verb
) -> None:
    text = VRT.format(BAND.format(SOURCE.format(f"/vsicurl/{address}/scene.tif")))
    (folder / "a.vrt").write_text(text)
    words = arguments(folder, raster="a.vrt")[:4]
    if verb in (evaluate, preview):
        words += [{evaluate: "--reference", preview: "--polygons"}[verb], str(folder / "truth.gpkg")]
    if verb is not encode:
        words += ["--out", str(folder / {evaluate: "o.json", preview: "o.png"}.get(verb, "o.gpkg"))]
    assert verb.main(words) == 2
    err = capsys.readouterr().err
    assert "leads to the network" in err
    assert err.count("\n") == 1
    assert verb.main([*words, "--allow-remote"]) == 0


CALLING = {
    "service": "<GDAL_WMS><Service name='TiledWMS'><ServerUrl>{0}/x?</ServerUrl>"
    "<TiledGroupName>a</TiledGroupName></Service></GDAL_WMS>",
    "warped": "<VRTDataset rasterXSize='64' rasterYSize='64' subClass='VRTWarpedDataset'><VRTRasterBand "
    "dataType='Byte' band='1' subClass='VRTWarpedRasterBand'/><GDALWarpOptions><SourceDataset>/vsicurl/{0}/a"
    "</SourceDataset></GDALWarpOptions></VRTDataset>",
}
"""Files for which GDAL calls as soon as it opens them."""


@pytest.mark.parametrize("name", CALLING)
@pytest.mark.parametrize("verb", [segment, encode])
def test_a_refused_view_has_called_nobody_by_then(
    folder: Path, verb: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GDAL_HTTP_TIMEOUT", "2")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        (folder / "a.vrt").write_text(CALLING[name].format(f"http://127.0.0.1:{server.getsockname()[1]}"))
        words = arguments(folder, raster="a.vrt")
        assert verb.main(words if verb is segment else words[:2]) == 2
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_view_of_a_file_that_is_gone_says_so_however_often_it_is_read(tmp_path: Path) -> None:
    write_raster(tmp_path / "leaf.tif", pixels(bands=1))
    path = view(tmp_path / "a.vrt", "leaf.tif", "gone.tif")
    for _ in range(8):
        with pytest.raises(RasterError, match=r"names .*gone\.tif, which does not exist"):
            RasterSource.open(path)


# --- bounded time -----------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [["a.vrt"], ["b.vrt", "a.vrt"]])
def test_views_of_themselves_are_one_line(tmp_path: Path, names: list[str]) -> None:
    for name, source in zip(names, [*names[1:], names[0]], strict=True):
        view(tmp_path / name, source)
    with pytest.raises(RasterError) as caught:
        RasterSource.open(tmp_path / names[0])
    assert "\n" not in str(caught.value)


def test_a_long_chain_of_views_is_one_line(tmp_path: Path) -> None:
    write_raster(tmp_path / "leaf.tif", pixels(bands=1))
    view(tmp_path / "v0.vrt", "leaf.tif")
    for k in range(1, 1500):
        view(tmp_path / f"v{k}.vrt", f"v{k - 1}.vrt")
    with pytest.raises(RasterError, match="names other files"):
        RasterSource.open(tmp_path / "v1499.vrt")


def test_views_that_multiply_are_refused_at_once(tmp_path: Path) -> None:
    write_raster(tmp_path / "leaf.tif", pixels(bands=1))
    view(tmp_path / "v0.vrt", "leaf.tif")
    for k in range(1, 30):
        view(tmp_path / f"v{k}.vrt", f"v{k - 1}.vrt", f"v{k - 1}.vrt")
    started = time.monotonic()
    with pytest.raises(RasterError, match="names other files"):
        RasterSource.open(tmp_path / "v29.vrt")
    assert time.monotonic() - started < 5


PIPE = """
import sys
from argparse import Namespace
from pathlib import Path
from engine.errors import EngineError
from engine.inputs import check_apart
from engine.reading.raster import RasterSource
from engine.reading.vector import read_layer
try:
    check_apart([Path(sys.argv[1] + ".out")], Namespace(**{sys.argv[2]: sys.argv[1]}))
    if sys.argv[2] == "raster":
        RasterSource.open(sys.argv[1])
    else:
        read_layer(sys.argv[1], "point", target=None)
except EngineError as error:
    print(error)
"""


@pytest.mark.parametrize("kind", ["raster", "points"])
@pytest.mark.parametrize("name", ["a.tif", "a.csv", "a.gpkg"])
def test_a_pipe_is_no_file(tmp_path: Path, kind: str, name: str) -> None:
    os.mkfifo(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", PIPE, str(tmp_path / name), kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "is no file but a pipe" in done.stdout
    assert done.stdout.count("\n") == 1


def test_thousands_of_bands_are_chosen_from_in_no_time(tmp_path: Path) -> None:
    path = tmp_path / "cube.tif"
    profile = {"driver": "GTiff", "width": 8, "height": 8, "count": 6000, "dtype": "uint8", "crs": UTM}
    with rasterio.open(path, "w", transform=NORTH_UP, interleave="pixel", **profile) as dataset:
        dataset.write(np.arange(6000 * 64, dtype="uint8").reshape(6000, 8, 8))
    with rasterio.open(path) as dataset:
        started = time.monotonic()
        assert choose_bands(dataset).indexes == (1, 2, 3)
        assert choose_bands(dataset, ["band 5999"]).indexes == (5999,)
        with pytest.raises(RasterError, match="there is no band") as caught:
            choose_bands(dataset, ["nir"])
        assert time.monotonic() - started < 10
    assert len(str(caught.value)) < 1000


# --- damaged georeferencing -------------------------------------------------------------------------


def refusal(path: Path) -> str | None:
    """Why a raster cannot be used, None if it can."""
    try:
        with RasterSource.open(path) as raster:
            raster.fingerprint()
            raster.grid.metres_per_pixel()
    except EngineError as error:
        return str(error)
    return None


def test_damaged_geokeys_are_one_line_or_a_raster(tmp_path: Path) -> None:
    data = write_raster(tmp_path / "a.tif", pixels(bands=1)).read_bytes()
    keys = data.find(struct.pack("<4H", 3072, 0, 1, 32632)) - 40
    rng = np.random.default_rng(0)
    refusals = []
    for _ in range(400):
        damaged = bytearray(data)
        for place in rng.integers(0, 60, rng.integers(1, 6)):
            damaged[keys + place] = rng.integers(0, 256)
        (tmp_path / "b.tif").write_bytes(damaged)
        refusals.append(refusal(tmp_path / "b.tif"))
    refused = [text for text in refusals if text is not None]
    assert 100 < len(refused) < 400
    assert not any("\n" in text for text in refused)


def test_a_file_that_gdal_cannot_speak_of_in_utf_8_is_one_line_of_a_verb(
    folder: Path, capsys: Captured
) -> None:
    rasterio.shutil.copy(folder / "scene.tif", folder / "a.xml", driver="PDS4")
    label = (folder / "a.xml").read_bytes()
    assert b">a.img<" in label
    (folder / "a.xml").write_bytes(label.replace(b">a.img<", b">\xff.img<"))
    assert segment.main(arguments(folder, "o.gpkg", "--quiet", raster="a.xml")) == 2
    assert capsys.readouterr().err.count("\n") == 1
