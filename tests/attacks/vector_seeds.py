"""Small sound layers of clicks and of polygons, one in each format: what the mutations begin with."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from tests.rasters import NORTH_UP, UTM

PLACES = [(40.0, 40.0), (10.5, 80.0), (75.0, 12.0), (70.0, 70.0), (-20.0, 5.0)]
"""Pixels of the raster that is segmented; the last lies beside it."""


def clicks() -> gpd.GeoDataFrame:
    """Five points with a field of each type, and an empty cell in most."""
    fields = {
        "object_id": [1, 1, 2, 3, 4],
        "label": [1, 0, 1, 1, 1],
        "class": ["roof", "roof", "tänk", None, "roof"],
        "height": [1.5, None, -2.0, 1e300, 0.0],
        "seen": [datetime.date(2020, 2, day) for day in (1, 2, 3, 4, 29)],
        "when": [datetime.datetime(2020, 2, day, 12, 30) for day in (1, 2, 3, 4, 5)],
        "number": np.array([2**53 + 1, 2, 3, 4, -5], dtype=np.int64),
    }
    world = np.array([NORTH_UP * place for place in PLACES])
    return gpd.GeoDataFrame(fields, geometry=shapely.points(world), crs=UTM)


def outlines() -> gpd.GeoDataFrame:
    """A square around each click, with a hole in one; one of several parts."""
    frame = clicks()
    shapes = [point.buffer(8, cap_style="square") for point in frame.geometry]
    shapes[0] = shapes[0].difference(shapes[0].centroid.buffer(1))
    shapes[2] = shapely.union_all([shapes[2], shapely.transform(shapes[2], lambda xy: xy + 10.0)])
    return frame.set_geometry(shapes)


def _written(
    name: str, driver: str, frame: Callable[[], gpd.GeoDataFrame], folder: Path, **options: object
) -> Path:
    layer = frame()
    if driver in ("KML", "GPX", "DXF"):
        layer = layer[["geometry"]].to_crs(4326)
    if driver == "ESRI Shapefile":
        layer = layer.drop(columns="when")
    layer.to_file(folder / name, driver=driver, **options)
    return folder / name


def _parquet(frame: Callable[[], gpd.GeoDataFrame], folder: Path) -> Path:
    frame().to_parquet(folder / "a.parquet")
    return folder / "a.parquet"


def _table(separator: str, folder: Path) -> Path:
    frame = clicks()
    table = frame.drop(columns="geometry").assign(x=frame.geometry.x, y=frame.geometry.y)
    path = folder / ("a.csv" if separator == "," else "a.tsv")
    table.to_csv(path, sep=separator, index=False)
    return path


def _degrees(folder: Path) -> Path:
    frame = clicks().to_crs(4326)
    table = frame[["class", "label"]].assign(lon=frame.geometry.x, lat=frame.geometry.y)
    table.to_csv(folder / "a.csv", index=False, encoding="utf-16")
    return folder / "a.csv"


def _sheet(name: str, driver: str, folder: Path) -> Path:
    frame = clicks()
    table = frame[["class", "label", "height"]].assign(x=frame.geometry.x, y=frame.geometry.y)
    import pyogrio

    pyogrio.write_dataframe(table, folder / name, driver=driver)
    return folder / name


def _plain_json(folder: Path) -> Path:
    """As people and programs write it by hand: no CRS, nested values, in one line."""
    frame = clicks().to_crs(4326)
    features = [
        {
            "type": "Feature",
            "properties": {"class": "roof", "nested": {"a": [1, 2]}, "big": 2**60 + k},
            "geometry": shapely.geometry.mapping(point),
        }
        for k, point in enumerate(frame.geometry)
    ]
    (folder / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return folder / "a.geojson"


def _view(folder: Path) -> Path:
    _table(",", folder)
    (folder / "a.vrt").write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource relativeToVRT="1">a.csv</SrcDataSource>'
        "<GeometryType>wkbPoint</GeometryType><LayerSRS>EPSG:32632</LayerSRS>"
        '<GeometryField encoding="PointFromColumns" x="x" y="y"/></OGRVRTLayer></OGRVRTDataSource>'
    )
    return folder / "a.vrt"


_FORMATS = {
    "gpkg": ("a.gpkg", "GPKG"),
    "shp": ("a.shp", "ESRI Shapefile"),
    "geojson": ("a.geojson", "GeoJSON"),
    "geojsonl": ("a.geojsonl", "GeoJSONSeq"),
    "fgb": ("a.fgb", "FlatGeobuf"),
    "sqlite": ("a.sqlite", "SQLite"),
    "gml": ("a.gml", "GML"),
    "kml": ("a.kml", "KML"),
    "tab": ("a.tab", "MapInfo File"),
    "mif": ("a.mif", "MapInfo File"),
    "gdb": ("a.gdb", "OpenFileGDB"),
    "gmt": ("a.gmt", "OGR_GMT"),
    "jsonfg": ("a.json", "JSONFG"),
}
POLYGONS: dict[str, Callable[[Path], Path]] = {
    **{key: partial(_written, *names, outlines) for key, names in _FORMATS.items()},
    "parquet": partial(_parquet, outlines),
}
POINTS: dict[str, Callable[[Path], Path]] = {
    **{key: partial(_written, *names, clicks) for key, names in _FORMATS.items()},
    "pmtiles": partial(_written, "a.pmtiles", "PMTiles", clicks),
    "gpx": partial(_written, "a.gpx", "GPX", clicks),
    "dxf": partial(_written, "a.dxf", "DXF", clicks),
    "parquet": partial(_parquet, clicks),
    "csv": partial(_table, ","),
    "tsv": partial(_table, "\t"),
    "utf-16": _degrees,
    "xlsx": partial(_sheet, "a.xlsx", "XLSX"),
    "ods": partial(_sheet, "a.ods", "ODS"),
    "plain json": _plain_json,
    "view": _view,
}
