"""One layer in each format that segments are written in, and what the format cannot hold.

Rows go to the disk batch by batch, through GDAL or pyarrow, so that geometry is never in memory as a whole.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyogrio
import pyproj
from pyproj.exceptions import CRSError

from engine.errors import OutputError
from engine.reading.table import DAY
from engine.writing.arrow import Feed, write_parquet
from engine.writing.crs import check_words
from engine.writing.layer_table import LayerTable

Notes = list[str]
Writer = Callable[[Path, LayerTable, str, Notes], None]
"""Writes a layer of a name to a path; notes say what could not be held."""
_DBF_NAME, _DBF_TEXT = 10, 254
SHAPEFILE_NAMES = {"perimeter_m": "perim_m"}
"""What columns of the layer's own are called in a shapefile, whose names are short."""


def writer_of(path: Path) -> Writer:
    """What writes the format that a path names; OutputError if none does."""
    if path.suffix != ".shp" and path.suffix.lower() == ".shp":
        raise OutputError(
            f"{path}: GDAL writes shapefiles with a suffix in small letters; give "
            f"{path.with_suffix('.shp').name}"
        )
    try:
        return _WRITERS[path.suffix.lower()]
    except KeyError:
        raise OutputError(
            f"{path}: unknown extension '{path.suffix}'; choose one of {', '.join(_WRITERS)}"
        ) from None


def unique(stem: str, taken: set[str], limit: int | None = None) -> str:
    """The name, or the name with the first number that makes it new, regardless of case.

    Args:
        limit: most bytes in UTF-8; what is over is cut off, in whole characters.
    """
    name, number = _cut(stem, limit), 2
    while name.lower() in taken:
        tail = f"_{number}"
        name = _cut(stem, None if limit is None else limit - len(tail)) + tail
        number += 1
    taken.add(name.lower())
    return name


def _cut(text: str, limit: int | None) -> str:
    return text if limit is None else text.encode()[:limit].decode(errors="ignore")


def _write_ogr(path: Path, table: LayerTable, driver: str, layer: str, **options: str) -> None:
    feed = Feed(table)
    crs = table.crs_known
    with warnings.catch_warnings(), feed.errors():
        # A layer without CRS and texts cut for a shapefile: both are noted for the user.
        for known in ("'crs' was not provided", "No SRS set on layer", ".*has been truncated to 254"):
            warnings.filterwarnings("ignore", known)
        pyogrio.write_arrow(
            feed.reader(),
            path,
            layer=layer,
            driver=driver,
            geometry_name=feed.geometry,
            geometry_type="MultiPolygon",
            crs=None if crs is None else _named(crs),
            encoding="UTF-8",
            **options,
        )


def _named(crs: pyproj.CRS) -> str:
    """A CRS by its number where it has one, which all readers know; else as any GDAL reads it, if it can."""
    if code := crs.to_epsg():
        return f"EPSG:{code}"
    try:
        return str(crs.to_wkt("WKT1_GDAL"))
    except CRSError:
        return str(crs.to_wkt("WKT2_2019"))


def _dates(table: LayerTable) -> list[str]:
    return [str(name) for name, dtype in table.fields.dtypes.items() if dtype == DAY]


def _write_gpkg(path: Path, table: LayerTable, layer: str, notes: Notes) -> None:
    # Older QGIS warn of GeoPackage 1.4, and of times without milliseconds, which the standard asks for.
    _write_ogr(
        path, table, "GPKG", layer, GEOMETRY_NAME="geom", VERSION="1.3", DATETIME_PRECISION="MILLISECOND"
    )


def _write_geojson(path: Path, table: LayerTable, layer: str, notes: Notes) -> None:
    if table.crs is None:
        # RFC 7946 would cut coordinates to those of a globe.
        _write_ogr(path, table, "GeoJSON", layer)
        return
    if table.crs_known != "EPSG:4326":
        notes.append(f"{path.name}: GeoJSON is always in WGS 84, so coordinates were reprojected to it")
        table = table.to_crs("EPSG:4326")
    _write_ogr(path, table, "GeoJSON", layer, RFC7946="YES", COORDINATE_PRECISION="9")


def _write_flatgeobuf(path: Path, table: LayerTable, layer: str, notes: Notes) -> None:
    # Its index has no place for rows without geometry.
    index = "YES" if len(table) and table.filled.all() else "NO"
    for name in _dates(table):
        moments = pd.to_datetime(table.fields[name]).astype("datetime64[ms]")
        table = table.with_fields(table.fields.assign(**{name: moments}))
        notes.append(f"{path.name}: FlatGeobuf holds no dates without a time: those of '{name}' got midnight")
    _write_ogr(path, table, "FlatGeobuf", layer, SPATIAL_INDEX=index)


def _write_parquet(path: Path, table: LayerTable, layer: str, notes: Notes) -> None:
    write_parquet(path, table)


def _write_shapefile(path: Path, table: LayerTable, layer: str, notes: Notes) -> None:
    if table.crs_known is not None:
        check_words(Path(path.name), table.crs_known)
    taken: set[str] = set()
    short = {
        name: unique(SHAPEFILE_NAMES.get(name, name), taken, _DBF_NAME) for name in map(str, table.fields)
    }
    renamed = [f"{name} → {new}" for name, new in short.items() if name != new]
    if renamed:
        notes.append(f"{path.name}: shapefiles hold names of 10 bytes: {', '.join(renamed)}")
    fields = table.fields.rename(columns=short)
    for name in short.values():
        if any(isinstance(v, str) and len(v.encode()) > _DBF_TEXT for v in fields[name]):
            notes.append(f"{path.name}: shapefiles hold 254 bytes of text: values of '{name}' were cut")
        elif fields[name].dtype in ("bool", "boolean"):
            fields[name] = fields[name].astype("Int32")
        elif fields[name].dtype.kind == "M" and fields[name].dtype != DAY:
            notes.append(f"{path.name}: shapefiles hold no times: those of '{name}' are kept as text")
            fields[name] = fields[name].map(_moment, na_action="ignore").astype("str")
    _write_ogr(path, table.with_fields(fields), "ESRI Shapefile", layer)


def _moment(time: pd.Timestamp) -> str:
    return time.isoformat(timespec="milliseconds")


_WRITERS: dict[str, Writer] = {
    ".gpkg": _write_gpkg,
    ".geojson": _write_geojson,
    ".shp": _write_shapefile,
    ".fgb": _write_flatgeobuf,
    ".parquet": _write_parquet,
}
