"""Small sound rasters, one of each way to store one: what the mutations begin with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.shutil import copy

from tests.fakes import painted
from tests.rasters import SOUTH_UP, UTM, pixels, write_raster

SIDE = 96
SCENE = painted((SIDE, SIDE), [((20, 20, 60, 60), 220)])
"""(3, 96, 96) uint8: one bright object."""
CLICKED = 40.0, 40.0
"""A pixel of the object."""
TILED = {"tiled": True, "blockxsize": 32, "blockysize": 32}
WORLD = "0.5\n0.0\n0.0\n-0.5\n600000.25\n5199999.75\n"
VIEW = """<VRTDataset rasterXSize="96" rasterYSize="96"><SRS>EPSG:32632</SRS>
<GeoTransform>600000,0.5,0,5200000,0,-0.5</GeoTransform>
<VRTRasterBand dataType="Byte" band="1"><NoDataValue>0</NoDataValue><ColorInterp>Gray</ColorInterp>
<ComplexSource><SourceFilename relativeToVRT="1">leaf.tif</SourceFilename><SourceBand>1</SourceBand>
<SourceProperties RasterXSize="96" RasterYSize="96" DataType="Byte" BlockXSize="96" BlockYSize="28"/>
<SrcRect xOff="0" yOff="0" xSize="96" ySize="96"/><DstRect xOff="0" yOff="0" xSize="96" ySize="96"/>
<ScaleOffset>0</ScaleOffset><ScaleRatio>1</ScaleRatio></ComplexSource></VRTRasterBand></VRTDataset>"""
WARPED = """<VRTDataset rasterXSize="96" rasterYSize="96" subClass="VRTWarpedDataset"><SRS>EPSG:32632</SRS>
<GeoTransform>600000,0.5,0,5200000,0,-0.5</GeoTransform>
<VRTRasterBand dataType="Byte" band="1" subClass="VRTWarpedRasterBand"/>
<BlockXSize>96</BlockXSize><BlockYSize>96</BlockYSize>
<GDALWarpOptions><WarpMemoryLimit>6.71089e+07</WarpMemoryLimit><ResampleAlg>NearestNeighbour</ResampleAlg>
<WorkingDataType>Byte</WorkingDataType><SourceDataset relativeToVRT="1">leaf.tif</SourceDataset>
<Transformer><ApproxTransformer><MaxError>0.125</MaxError><BaseTransformer><GenImgProjTransformer>
<SrcGeoTransform>600000,0.5,0,5200000,0,-0.5</SrcGeoTransform>
<SrcInvGeoTransform>-1200000,2,0,10400000,0,-2</SrcInvGeoTransform>
<DstGeoTransform>600000,0.5,0,5200000,0,-0.5</DstGeoTransform>
<DstInvGeoTransform>-1200000,2,0,10400000,0,-2</DstInvGeoTransform></GenImgProjTransformer></BaseTransformer>
</ApproxTransformer></Transformer><BandList><BandMapping src="1" dst="1"/></BandList>
</GDALWarpOptions></VRTDataset>"""
RAW_VIEW = """<VRTDataset rasterXSize="96" rasterYSize="96"><SRS>EPSG:32632</SRS>
<GeoTransform>600000,0.5,0,5200000,0,-0.5</GeoTransform>
<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">
<SourceFilename relativeToVRT="1">leaf.bin</SourceFilename>
<ImageOffset>0</ImageOffset><PixelOffset>1</PixelOffset><LineOffset>96</LineOffset>
</VRTRasterBand></VRTDataset>"""


def _tif(folder: Path, values: Any = SCENE, **options: Any) -> Path:
    return write_raster(folder / "a.tif", values, **options)


def _as(driver: str, name: str, folder: Path, values: Any = SCENE, **options: Any) -> Path:
    """The scene as another driver writes it, with a world file where it keeps no place of its own."""
    leaf = write_raster(folder / "leaf.tif", values)
    copy(leaf, folder / name, driver=driver, **options)
    leaf.unlink()
    return folder / name


def _view(folder: Path, text: str) -> Path:
    write_raster(folder / "leaf.tif", SCENE[:1])
    (folder / "leaf.bin").write_bytes(SCENE[0].tobytes())
    (folder / "a.vrt").write_text(text)
    return folder / "a.vrt"


def _picture(driver: str, suffix: str, world: str, folder: Path, values: Any = SCENE) -> Path:
    """A picture with its place in files beside it."""
    path = _as(driver, f"a{suffix}", folder, values)
    path.with_suffix(world).write_text(WORLD)
    (folder / f"{path.name}.aux.xml").write_text(
        f"<PAMDataset><SRS>{CRS.from_string(UTM).to_wkt()}</SRS></PAMDataset>"
    )
    return path


def _big_endian(folder: Path) -> Path:
    return _tif(folder, ENDIANNESS="BIG")


def _palette(folder: Path) -> Path:
    table = {i: (i, 255 - i, 3, 255) for i in range(256)}
    return _tif(folder, SCENE[:1], colormap=table)


def _outside(folder: Path) -> Path:
    """Overviews and a mask in files beside the raster."""
    path = _tif(folder, SCENE[:1])
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False, TIFF_USE_OVR=True), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(SCENE[0] > 0)
        dataset.build_overviews([2, 4])
    return path


def _control_points(folder: Path) -> Path:
    path = _tif(folder, SCENE[:1], transform=None)
    with rasterio.open(path, "r+") as dataset:
        corners = [(0, 0), (0, SIDE), (SIDE, 0), (SIDE, SIDE)]
        points = [GroundControlPoint(r, c, 600_000 + c / 2, 5_200_000 - r / 2) for r, c in corners]
        dataset.gcps = points, CRS.from_string(UTM)
    return path


def _inverted(folder: Path) -> Path:
    return _tif(folder, (SCENE[:1] > 100).astype("uint8"), NBITS=1, PHOTOMETRIC="MINISWHITE")


SEEDS: dict[str, Callable[[Path], Path]] = {
    "strips": _tif,
    "tiles": partial(_tif, **TILED),
    "planes": partial(_tif, interleave="band", compress="deflate", **TILED),
    "deflate": partial(_tif, compress="deflate", predictor=2),
    "lzw": partial(_tif, values=pixels("uint16", 1, SIDE, SIDE), compress="lzw", predictor=2),
    "packbits": partial(_tif, compress="packbits"),
    "jpeg": partial(_tif, compress="jpeg", photometric="ycbcr", blockxsize=96, blockysize=96, tiled=True),
    "webp": partial(_tif, compress="webp", **TILED),
    "zstd": partial(_tif, compress="zstd", **TILED),
    "lzma": partial(_tif, compress="lzma"),
    "lerc": partial(_tif, values=pixels("float32", 1, SIDE, SIDE), compress="lerc", **TILED),
    "lerc deflate": partial(_tif, values=pixels("float32", 1, SIDE, SIDE), compress="lerc_deflate"),
    "big": partial(_tif, BIGTIFF="YES", compress="deflate", **TILED),
    "big endian": _big_endian,
    "floats": partial(
        _tif, values=pixels("float32", 1, SIDE, SIDE), compress="deflate", predictor=3, nodata=-9999
    ),
    "doubles": partial(_tif, values=pixels("float64", 1, SIDE, SIDE), nodata=float("nan")),
    "radar": partial(_tif, values=pixels("complex64", 1, SIDE, SIDE)),
    "signed": partial(_tif, values=pixels("int16", 4, SIDE, SIDE), nodata=-32768),
    "overviews": partial(_tif, overviews=(2, 4), **TILED),
    "mask": partial(_tif, mask=SCENE[0] > 0, compress="deflate"),
    "alpha": partial(
        _tif,
        values=np.concatenate([SCENE, np.full((1, SIDE, SIDE), 255, np.uint8)]),
        colours=[ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha],
    ),
    "palette": _palette,
    "inverted": _inverted,
    "fax": partial(_tif, values=(SCENE[:1] > 100).astype("uint8"), NBITS=1, compress="ccittfax4"),
    "twelve bits": partial(_tif, values=SCENE[:1].astype("uint16") * 16, NBITS=12),
    "south up": partial(_tif, transform=SOUTH_UP),
    "outside": _outside,
    "control points": _control_points,
    "cloud": partial(_as, "COG", "a.tif", BLOCKSIZE="128"),
    "view": partial(_view, text=VIEW),
    "warped view": partial(_view, text=WARPED),
    "raw view": partial(_view, text=RAW_VIEW),
    "png": partial(_picture, "PNG", ".png", ".pgw"),
    "deep png": partial(_picture, "PNG", ".png", ".pgw", values=pixels("uint16", 1, SIDE, SIDE)),
    "jpeg picture": partial(_picture, "JPEG", ".jpg", ".jgw"),
    "gif": partial(_picture, "GIF", ".gif", ".gfw", values=SCENE[:1]),
    "bmp": partial(_picture, "BMP", ".bmp", ".bpw"),
    "jpeg 2000": partial(_as, "JP2OpenJPEG", "a.jp2"),
    "envi": partial(_as, "ENVI", "a.dat"),
    "ehdr": partial(_as, "EHdr", "a.bil"),
    "grid text": partial(_as, "AAIGrid", "a.asc", values=SCENE[:1, :24, :24]),
    "imagine": partial(_as, "HFA", "a.img"),
    "geopackage": partial(_as, "GPKG", "a.gpkg"),
    "mbtiles": partial(_as, "MBTiles", "a.mbtiles"),
    "meta": partial(_as, "MRF", "a.mrf"),
    "pcidsk": partial(_as, "PCIDSK", "a.pix"),
    "ers": partial(_as, "ERS", "a.ers"),
    "nitf": partial(_as, "NITF", "a.ntf", values=SCENE[:1]),
    "grib": partial(_as, "GRIB", "a.grib", values=pixels("float32", 1, SIDE, SIDE)),
    "saga": partial(_as, "SAGA", "a.sdat", values=SCENE[:1]),
    "r raster": partial(_as, "RRASTER", "a.grd"),
    "pds4": partial(_as, "PDS4", "a.xml", values=SCENE[:1]),
}
