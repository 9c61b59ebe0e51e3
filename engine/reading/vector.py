"""One vector layer, read whole: any file pyogrio opens, brought to a wanted CRS.

Tables without geometry (csv, xlsx …) become points when they have a pair of coordinate columns.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyogrio.errors import CRSError as OgrCRSError
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyproj.exceptions import CRSError

from engine.errors import PointsError, in_short
from engine.files import check_vector_name, for_pyogrio
from engine.messages import message
from engine.reading.coordinates import points_from_columns
from engine.reading.encoding import Decoder, readable
from engine.reading.reprojection import place
from engine.reading.table import DAY, read_table
from engine.views import check_readable

Kind = Literal["point", "polygon"]

_OGR_ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, OgrCRSError)
_SAVE_ANEW = "save that layer anew, as one of points or of polygons"
_PARQUET_ERRORS = (
    *(OSError, ValueError, TypeError, LookupError, AttributeError, NotImplementedError),
    *(CRSError, shapely.errors.GEOSException),
)
"""What a damaged GeoParquet file raises: its metadata may be any JSON, its geometry any bytes."""
_NULLABLE = {"bool": pd.BooleanDtype()} | {
    name.lower(): pd.array([], dtype=name).dtype
    for name in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
}
"""Arrow types that have no room for an empty cell in numpy, and the pandas types that do."""
_NUMPY = {str(dtype) for dtype in _NULLABLE.values()}
"""Those for which numpy has a type too, where no cell is empty."""
_NULLABLE["date32[day]"] = DAY


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
    path: str | Path,
    kind: Kind,
    *,
    layer: str | None = None,
    crs: str | None = None,
    target: str | None,
    encoding: str | None = None,
    allow_remote: bool = False,
) -> VectorLayer:
    """Read a layer of points or polygons and reproject it.

    Args:
        path: any file pyogrio opens, or GeoParquet.
        kind: what the features should be; chooses the layer where ``layer`` does not.
        layer: name of the layer in a file of several.
        crs: what the coordinates are in, if the file is silent or wrong (anything pyproj understands).
        target: WKT of the wanted CRS; None keeps the coordinates as they are.
        encoding: of the file's text; None takes what the file says, or finds out.
        allow_remote: whether a file on this disk may lead to the network.

    Raises:
        PointsError: unreadable file, unknown layer, CRS or encoding, no features, no geometry of that kind.
    """
    path = Path(path)
    check_readable(path, allow_remote=allow_remote, error=PointsError)
    if path.suffix.lower() == ".parquet":
        title = path.name
        table, notes = _read_parquet(path, layer)
    else:
        with _readable(path, encoding) as (file, decoder):
            name = _choose_layer(file, path, kind, layer)
            title = path.name if name == path.stem else f"{path.name}, layer '{name}'"
            table, notes = _read(file, name, title, decoder)
    if table.empty:
        raise PointsError(message("layer-empty", layer=title, kind=kind))
    if isinstance(table, gpd.GeoDataFrame):
        frame = table.set_geometry(shapely.force_2d(table.geometry.values), crs=table.crs)
    elif kind == "point":
        frame, chosen = points_from_columns(table, title, target, crs)
        notes += chosen
    else:
        raise PointsError(message("layer-no-geometry", layer=title, kind=kind))
    _check_kind(frame, title, kind)
    frame, assumed = place(frame, title, crs, target)
    if kind == "polygon":
        frame, lost = _drawable(frame, title)
        assumed = [*assumed, *lost]
    return VectorLayer(title, frame, (*notes, *assumed))


@contextmanager
def _readable(path: Path, encoding: str | None) -> Iterator[tuple[Path, Decoder]]:
    """See :func:`engine.reading.encoding.readable`; what it finds wrong becomes a message about the file."""
    if os.path.exists(path):  # Else it may be an archive's member, by an address.
        check_vector_name(path, PointsError)
    try:
        with readable(path, encoding) as (file, decoder), for_pyogrio(file) as plain:
            yield plain, decoder
    except PointsError as error:
        if path.name in str(error):
            raise
        raise PointsError(f"{path.name}: {error}") from error
    except OSError as error:
        raise PointsError(message("layer-unreadable", path=path, cause=in_short(error))) from error


def _choose_layer(file: Path, path: Path, kind: Kind, wanted: str | None) -> str:
    """The named layer, else the first whose declared type fits, else the first that may fit.

    A table may hold points in columns, but counts only where nothing has a geometry: records and styles of
    other programs lie in tables beside their layers.

    Args:
        file: what is read; ``path`` is what messages name.
    """
    try:
        layers, odd = _layers(file)
    except (*_OGR_ERRORS, UnicodeError) as error:
        raise PointsError(message("layer-unreadable", path=path, cause=in_short(error))) from error
    names = [name for name, _ in layers]
    if wanted is not None and wanted not in names and odd is None:
        raise PointsError(
            message("layer-missing", path=path.name, layer=wanted, names=", ".join(names) or "none")
        )
    if wanted is not None:
        return wanted
    fitting = [name for name, type_ in layers if re.search(rf"\b(multi)?{kind}\b", type_, re.I)]
    unsure = [name for name, type_ in layers if re.search(r"\b(Unknown|GeometryCollection)\b", type_)]
    tables = [] if odd is not None or any(type_ for _, type_ in layers) else names
    for name in (*fitting, *unsure, *tables):
        return name
    if odd is not None:
        raise PointsError(message("layer-unreadable", path=path, cause=f"{in_short(odd)}; {_SAVE_ANEW}"))
    found = ", ".join(f"{name} ({type_ or 'a table'})" for name, type_ in layers) or "no layer at all"
    raise PointsError(f"{path.name}: has no {kind} layer but {found}; give a layer of {kind}s")


def _layers(file: Path) -> tuple[list[tuple[str, str]], GeometryError | None]:
    """Name and declared type of each layer; and what keeps others from being listed, if there are any."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Reading a layer says again what concerns it.
        try:
            return [(str(name), str(type_ or "")) for name, type_ in pyogrio.list_layers(file)], None
        except GeometryError as odd:  # One layer of a type that the reader does not know spoils the list.
            return list(_one_by_one(file)), odd


def _one_by_one(file: Path) -> Iterator[tuple[str, str]]:
    """Name and declared type of each layer of a type that the reader knows."""
    for number in count():
        try:
            info = pyogrio.read_info(file, layer=number)
        except GeometryError:
            continue
        except DataLayerError:  # There are no more.
            return
        yield str(info["layer_name"]), str(info["geometry_type"] or "")


def _read(path: Path, layer: str, title: str, decoder: Decoder) -> tuple[pd.DataFrame, list[str]]:
    try:
        return read_table(path, layer, title, decoder)
    except PointsError:
        raise
    except (
        *(*_OGR_ERRORS, CRSError, shapely.errors.GEOSException, ValueError, TypeError),
        UnboundLocalError,  # Of the reader itself, for a CRS that GDAL cannot write down.
    ) as error:
        remedy = f"; {_SAVE_ANEW}" if isinstance(error, GeometryError) else ""
        raise PointsError(f"{title}: cannot be read ({in_short(error)}{remedy})") from error


def _read_parquet(path: Path, layer: str | None) -> tuple[pd.DataFrame, list[str]]:
    """Parquet through pyarrow: the GDAL inside the wheels is built without it, yet we write it.

    One without geometry is a table. Its only layer has the file's name, as for GDAL.
    """
    if layer not in (None, path.stem):
        raise PointsError(message("layer-missing", path=path.name, layer=layer, names=path.stem))
    try:
        schema = pq.read_schema(path)
        # Columns with empty cells would come as floats.
        if b"geo" in (schema.metadata or {}):
            frame = _without_index(gpd.read_parquet(path, to_pandas_kwargs={"types_mapper": _nullable}))
        else:
            frame = _without_index(pq.read_table(path).to_pandas(types_mapper=_nullable))
        shapes = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
        nested = [field.name for field in schema if pa.types.is_nested(field.type)]
        whole = pq.read_table(path, columns=[name for name in nested if name != shapes])
    except _PARQUET_ERRORS as error:
        raise PointsError(f"{path}: cannot be read as GeoParquet ({in_short(error)})") from error
    for name in whole.column_names:
        frame[name] = pd.Series(whole.column(name).to_pylist(), index=frame.index, dtype=object)
    notes = []
    for name in frame.columns:
        if str(frame[name].dtype) in _NUMPY and not frame[name].isna().any():
            frame[name] = frame[name].astype(frame[name].dtype.numpy_dtype)
        if frame[name].dtype.kind == "m" or (frame[name].dtype.kind == "u" and frame[name].max() >= 2**63):
            frame[name] = frame[name].astype(object).map(str, na_action="ignore")
            notes.append(f"{path.name}: field '{name}' holds what no vector format can; it is kept as text")
    return frame, notes


def _without_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with rows numbered from 0: of its index, levels with a name are fields, others no more."""
    names = frame.index.names
    others = [level for level, name in enumerate(names) if name is None or name in frame.columns]
    bare = frame.reset_index(level=others, drop=True) if others else frame
    return bare if len(others) == len(names) else bare.reset_index()


def _nullable(arrow_type: pa.DataType) -> Any:
    """The pandas type with room for empty cells, None where the usual one has it."""
    return _NULLABLE.get(str(arrow_type))


def _drawable(frame: gpd.GeoDataFrame, title: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The layer with empty geometries in place of those with NaN or infinite coordinates."""
    shapes = np.array(frame.geometry.values, dtype=object)
    xy, rows = shapely.get_coordinates(shapes, return_index=True)
    lost = np.unique(rows[~np.isfinite(xy).all(axis=1)])
    if not len(lost):
        return frame, []
    shapes[lost] = None
    note = "corners that are no numbers, or lie nowhere in the raster's CRS; they are taken as empty"
    return frame.set_geometry(shapes, crs=frame.crs), [f"{title}: {len(lost)} polygon(s) have {note}"]


def _check_kind(frame: gpd.GeoDataFrame, title: str, kind: Kind) -> None:
    _, rows = np.unique(shapely.get_type_id(frame.geometry.values), return_index=True)
    types = set(frame.geometry.iloc[rows].geom_type.dropna())
    if types and not types & {kind.capitalize(), f"Multi{kind.capitalize()}"}:
        raise PointsError(message("layer-kind", layer=title, found=", ".join(sorted(types)), kind=kind))
