"""One vector layer, read whole: any file pyogrio opens, brought to a wanted CRS.

Tables without geometry (csv, xlsx …) become points when they have a pair of coordinate columns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from pyogrio.errors import CRSError as OgrCRSError
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyproj.exceptions import CRSError

from engine.errors import PointsError

Kind = Literal["point", "polygon"]

_OGR_ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, OgrCRSError)
_DELIMITED = {".csv", ".tsv", ".txt"}
_LONLAT = (("lon", "lat"), ("long", "lat"), ("lng", "lat"), ("longitude", "latitude"))
_XY = (("x", "y"), ("easting", "northing"), *_LONLAT)


@dataclass(frozen=True)
class VectorLayer:
    """The features of one layer, geometry in two dimensions, rows numbered from 0 in file order."""

    title: str
    """File name and, where a file has several layers, the layer: for messages."""
    frame: gpd.GeoDataFrame
    """Fields and geometry, in the wanted CRS."""
    notes: tuple[str, ...]
    """Assumptions made while reading, one sentence each."""

    @property
    def fields(self) -> list[str]:
        """Attribute names in file order, without the geometry."""
        return [str(name) for name in self.frame.columns if name != self.frame.geometry.name]


def read_layer(
    path: str | Path, kind: Kind, *, layer: str | None = None, crs: str | None = None, target: str | None
) -> VectorLayer:
    """Read a layer of points or polygons and reproject it.

    Args:
        path: any file pyogrio opens, or GeoParquet.
        kind: what the features should be; chooses the layer where ``layer`` does not.
        layer: name of the layer in a file of several.
        crs: what the coordinates are in, if the file is silent or wrong (anything pyproj understands).
        target: WKT of the wanted CRS; None keeps the coordinates as they are.

    Raises:
        PointsError: unreadable file, unknown layer or CRS, no features, no geometry of that kind.
    """
    if Path(path).suffix.lower() == ".parquet":
        title, table = Path(path).name, _read_parquet(Path(path))
    else:
        name = _choose_layer(Path(path), kind, layer)
        title = Path(path).name if name == Path(path).stem else f"{Path(path).name}, layer '{name}'"
        table = _read(Path(path), name)
    if table.empty:
        raise PointsError(f"{title}: the layer has no features; add at least one {kind} and save the edits")
    frame, lonlat = _with_geometry(table, title, kind)
    _check_kind(frame, title, kind)
    frame, notes = _placed(frame, title, "EPSG:4326" if lonlat and crs is None else crs, target)
    return VectorLayer(title, frame, notes)


def _choose_layer(path: Path, kind: Kind, wanted: str | None) -> str:
    """The named layer, else the first whose declared type fits, else the first that may fit."""
    try:
        layers = [(str(name), str(type_ or "")) for name, type_ in pyogrio.list_layers(path)]
    except _OGR_ERRORS as error:
        raise PointsError(f"{path}: cannot be read as a vector layer ({_one_line(error)})") from error
    names = [name for name, _ in layers]
    if wanted is not None and wanted not in names:
        raise PointsError(f"{path.name}: has no layer '{wanted}'; it has: {', '.join(names) or 'none'}")
    if wanted is not None:
        return wanted
    fitting = [name for name, type_ in layers if re.search(rf"\b(multi)?{kind}\b", type_, re.I)]
    unsure = [name for name, type_ in layers if type_ in ("Unknown", "GeometryCollection", "")]
    for name in (*fitting, *unsure):
        return name
    found = ", ".join(f"{name} ({type_})" for name, type_ in layers) or "no layer at all"
    raise PointsError(f"{path.name}: has no {kind} layer but {found}; give a layer of {kind}s")


def _read(path: Path, layer: str) -> pd.DataFrame:
    options = {"AUTODETECT_TYPE": "YES"} if path.suffix.lower() in _DELIMITED else {}
    try:
        info = pyogrio.read_info(path, layer=layer, **options)
        table = pyogrio.read_dataframe(path, layer=layer, **options)
    except (*_OGR_ERRORS, CRSError, shapely.errors.GEOSException) as error:
        raise PointsError(f"{path.name}: layer '{layer}' cannot be read ({_one_line(error)})") from error
    for field, dtype in zip(info["fields"], info["dtypes"], strict=True):
        # A null makes pyogrio widen whole numbers to float: 3 must not come back as 3.0.
        if str(dtype).startswith("int") and table[field].dtype.kind == "f":
            table[field] = table[field].astype("Int64")
    return table


def _read_parquet(path: Path) -> pd.DataFrame:
    """GeoParquet through pyarrow: the GDAL inside the wheels is built without it, yet we write it."""
    try:
        return gpd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise PointsError(f"{path}: cannot be read as GeoParquet ({_one_line(error)})") from error


def _with_geometry(table: pd.DataFrame, title: str, kind: Kind) -> tuple[gpd.GeoDataFrame, bool]:
    """Points from coordinate columns where the table has no geometry; and whether they are lon/lat."""
    if isinstance(table, gpd.GeoDataFrame):
        return table.set_geometry(shapely.force_2d(table.geometry.values), crs=table.crs), False
    lower = {str(name).lower(): name for name in table.columns}
    pair = next((pair for pair in _XY if pair[0] in lower and pair[1] in lower), None)
    if pair is None or kind != "point":
        fields = ", ".join(map(str, table.columns))
        raise PointsError(f"{title}: has no geometry and no x/y or lon/lat columns; its fields are: {fields}")
    columns = [lower[name] for name in pair]
    xy = np.column_stack([pd.to_numeric(table[name], errors="coerce").astype("float64") for name in columns])
    points = shapely.points(np.nan_to_num(xy, nan=0.0))
    points[~np.isfinite(xy).all(axis=1)] = None
    return gpd.GeoDataFrame(table.drop(columns=columns), geometry=points), pair in _LONLAT


def _check_kind(frame: gpd.GeoDataFrame, title: str, kind: Kind) -> None:
    types = set(frame.geometry.geom_type.dropna())
    if types and not types & {kind.capitalize(), f"Multi{kind.capitalize()}"}:
        raise PointsError(f"{title}: holds {', '.join(sorted(types))}, not {kind}s; give a layer of {kind}s")


def _placed(
    frame: gpd.GeoDataFrame, title: str, crs: str | None, target: str | None
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The frame in the target CRS, and what had to be assumed for it."""
    notes = []
    if crs is not None:
        given = _parse_crs(crs)
        if frame.crs is not None and frame.crs != given:
            notes.append(f"{title}: read as {given.name}, as asked, though the file says {frame.crs.name}")
        frame = frame.set_crs(given, allow_override=True)
    if target is None:
        if frame.crs is not None:
            notes.append(f"{title}: the raster has no CRS, so coordinates are taken as the raster's own")
        return frame.set_crs(None, allow_override=True), tuple(notes)
    if frame.crs is None:
        notes.append(f"{title}: has no CRS, so coordinates are taken to be in the raster's")
        return frame.set_crs(target), tuple(notes)
    return frame.to_crs(target), tuple(notes)


def _parse_crs(crs: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(crs)
    except CRSError as error:
        raise PointsError(f"'{crs}' is not a CRS; give for instance EPSG:4326") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
