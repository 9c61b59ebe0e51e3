"""One layer in each format that segments are written in, and what the format cannot hold."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from shapely import Polygon

from engine.errors import OutputError
from engine.reading.table import DAY

Notes = list[str]
Writer = Callable[[Path, gpd.GeoDataFrame, str, Notes], None]
"""Writes a layer of a name to a path; notes say what could not be held."""
_DBF_NAME, _DBF_TEXT = 10, 254
_DBF_SHORT = {"perimeter_m": "perim_m"}
_ARROW_DRIVERS = ("GPKG", "ESRI Shapefile")
"""Those to which dates as such have to be given by Arrow; GeoJSON takes them either way."""


def writer_of(path: Path) -> Writer:
    """What writes the format that a path names; OutputError if none does."""
    try:
        return _WRITERS[path.suffix.lower()]
    except KeyError:
        raise OutputError(
            f"{path}: unknown extension '{path.suffix}'; choose one of {', '.join(_WRITERS)}"
        ) from None


def unique(stem: str, taken: set[str], limit: int | None = None) -> str:
    """The name, or the name with the first number that makes it new, regardless of case."""
    name, number = stem[:limit], 2
    while name.lower() in taken:
        tail = f"_{number}"
        name = stem[: None if limit is None else limit - len(tail)] + tail
        number += 1
    taken.add(name.lower())
    return name


def _write_ogr(path: Path, gdf: gpd.GeoDataFrame, driver: str, layer: str, **options: str) -> None:
    with warnings.catch_warnings():
        # A layer without CRS and texts cut for a shapefile: both are noted for the user.
        for known in ("'crs' was not provided", "No SRS set on layer", ".*has been truncated to 254"):
            warnings.filterwarnings("ignore", known)
        # Dates arrive as dates through Arrow alone, which makes no multi-polygons of polygons.
        by_arrow = bool(_dates(gdf)) and driver in _ARROW_DRIVERS
        pyogrio.write_dataframe(
            gdf.set_geometry(_multi(gdf.geometry)) if by_arrow else gdf,
            path,
            layer=layer,
            driver=driver,
            geometry_type="MultiPolygon",
            promote_to_multi=True,
            encoding="UTF-8",
            use_arrow=by_arrow,
            **options,
        )


def _dates(gdf: gpd.GeoDataFrame) -> list[str]:
    return [str(name) for name in gdf.columns if gdf[name].dtype == DAY]


def _multi(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    made = [shapely.MultiPolygon([shape]) if isinstance(shape, Polygon) else shape for shape in shapes]
    return gpd.GeoSeries(made, index=shapes.index, crs=shapes.crs)


def _write_gpkg(path: Path, gdf: gpd.GeoDataFrame, layer: str, notes: Notes) -> None:
    # Older QGIS warn of GeoPackage 1.4, and of times without milliseconds, which the standard asks for.
    _write_ogr(
        path, gdf, "GPKG", layer, GEOMETRY_NAME="geom", VERSION="1.3", DATETIME_PRECISION="MILLISECOND"
    )


def _write_geojson(path: Path, gdf: gpd.GeoDataFrame, layer: str, notes: Notes) -> None:
    if gdf.crs is None:
        # RFC 7946 would cut coordinates to those of a globe.
        _write_ogr(path, gdf, "GeoJSON", layer)
        return
    if gdf.crs != "EPSG:4326":
        notes.append(f"{path.name}: GeoJSON is always in WGS 84, so coordinates were reprojected to it")
        gdf = gdf.to_crs(4326)
    _write_ogr(path, gdf, "GeoJSON", layer, RFC7946="YES", COORDINATE_PRECISION="9")


def _write_flatgeobuf(path: Path, gdf: gpd.GeoDataFrame, layer: str, notes: Notes) -> None:
    # Its index has no place for rows without geometry.
    index = "NO" if gdf.geometry.isna().any() or gdf.empty else "YES"
    for name in _dates(gdf):
        gdf = gdf.assign(**{name: pd.to_datetime(gdf[name]).astype("datetime64[ms]")})
        notes.append(f"{path.name}: FlatGeobuf holds no dates without a time: those of '{name}' got midnight")
    _write_ogr(path, gdf, "FlatGeobuf", layer, SPATIAL_INDEX=index)


def _write_parquet(path: Path, gdf: gpd.GeoDataFrame, layer: str, notes: Notes) -> None:
    gdf.to_parquet(path, index=False)


def _write_shapefile(path: Path, gdf: gpd.GeoDataFrame, layer: str, notes: Notes) -> None:
    taken: set[str] = set()
    fields = [str(name) for name in gdf.columns if name != gdf.geometry.name]
    short = {name: unique(_DBF_SHORT.get(name, name), taken, _DBF_NAME) for name in fields}
    renamed = [f"{name} → {new}" for name, new in short.items() if name != new]
    if renamed:
        notes.append(f"{path.name}: shapefiles hold names of 10 characters: {', '.join(renamed)}")
    gdf = gdf.rename(columns=short)
    for name in short.values():
        if any(isinstance(v, str) and len(v.encode()) > _DBF_TEXT for v in gdf[name]):
            notes.append(f"{path.name}: shapefiles hold 254 bytes of text: values of '{name}' were cut")
        elif gdf[name].dtype in ("bool", "boolean"):
            gdf[name] = gdf[name].astype("Int32")
        elif gdf[name].dtype.kind == "M" and gdf[name].dtype != DAY:
            notes.append(f"{path.name}: shapefiles hold no times: those of '{name}' are kept as text")
            gdf[name] = gdf[name].map(_moment, na_action="ignore").astype("str")
    _write_ogr(path, gdf, "ESRI Shapefile", layer)


def _moment(time: pd.Timestamp) -> str:
    return time.isoformat(timespec="milliseconds")


_WRITERS: dict[str, Writer] = {
    ".gpkg": _write_gpkg,
    ".geojson": _write_geojson,
    ".shp": _write_shapefile,
    ".fgb": _write_flatgeobuf,
    ".parquet": _write_parquet,
}
