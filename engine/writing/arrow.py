"""A layer as a stream of Arrow batches, as GDAL and pyarrow take it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from engine.overlay import Shapes
from engine.writing.layer_table import LayerTable

_MOMENT = {b"GDAL:OGR:type": b"DateTime"}
"""Says of a column of texts that they are times: Arrow has one offset from UTC for all rows of a column."""


_KINDS = {3: "Polygon", 6: "MultiPolygon"}
"""Kinds of geometry that a layer may hold, by the number that GEOS has for them."""
_FAMILIES: dict[type, tuple[type, ...]] = {
    bool: (bool, np.bool_),
    timedelta: (timedelta, np.timedelta64),
    datetime: (datetime, np.datetime64),
    date: (date,),
    time: (time,),
    Number: (Number,),
}
"""Types whose values go together in a column; the first that fits counts, since many are subclasses."""


class Feed:
    """The rows of a layer for GDAL: polygons as multi-polygons, every column in one type that GDAL knows.

    Attributes:
        geometry: name of the column that holds the geometry, as WKB.
    """

    def __init__(self, table: LayerTable) -> None:
        fields, moments = _plain(table.fields)
        self._table = table.with_fields(fields)
        self.geometry = unused("geometry", fields)
        found = [_typed(field, field.name in moments) for field in _schema(fields)]
        self._fields = pa.schema(found)
        self._schema = self._fields.append(pa.field(self.geometry, pa.binary()))
        self._error: BaseException | None = None

    def reader(self) -> pa.RecordBatchReader:
        """What GDAL pulls batches from."""
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    @contextmanager
    def errors(self) -> Iterator[None]:
        """What stopped the batches is raised itself, not what GDAL makes of it."""
        try:
            yield
        except Exception:
            if self._error is not None:
                raise self._error from None
            raise

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            for frame in self._table.batches():
                fields = frame.drop(columns=frame.geometry.name)
                yield from _batch(fields, multi(frame.geometry.to_numpy()), self._fields, self.geometry)
        except BaseException as error:
            self._error = error
            raise


def unused(name: str, fields: pd.DataFrame) -> str:
    """The name, with underscores added where a field has it."""
    while name in fields.columns:
        name += "_"
    return name


def multi(shapes: Shapes) -> Shapes:
    """(n,) polygons as multi-polygons; others, and None, as they are."""
    result = shapes.copy()
    single = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON)
    result[single] = shapely.multipolygons(shapes[single][:, None], axis=1) if len(single) else None
    return result


def _batch(fields: pd.DataFrame, shapes: Shapes, schema: pa.Schema, geometry: str) -> list[pa.RecordBatch]:
    rows = pa.Table.from_pandas(fields, schema=schema, preserve_index=False)
    coded = pa.array(shapely.to_wkb(shapes).tolist(), pa.binary())
    batches: list[pa.RecordBatch] = rows.append_column(geometry, coded).combine_chunks().to_batches()
    return batches


def _plain(fields: pd.DataFrame) -> tuple[pd.DataFrame, set[str]]:
    """The columns, as text where Arrow or GDAL has no type for them; and the names of those of times."""
    changed: dict[str, Any] = {}
    moments = set()
    for name, dtype in fields.dtypes.items():
        zoned = isinstance(dtype, pd.DatetimeTZDtype) and str(dtype.tz) != "UTC"
        if zoned or (
            pd.api.types.is_object_dtype(dtype) and pd.api.types.infer_dtype(fields[name]) == "datetime"
        ):
            # Offsets change with summer and winter, or from row to row.
            changed[name] = fields[name].astype("string")
            moments.add(str(name))
        elif dtype.kind == "m":
            changed[name] = fields[name].astype("string")
    return _fitting(fields.assign(**changed)), moments


def _fitting(fields: pd.DataFrame) -> pd.DataFrame:
    """The columns, as text where Arrow has no type for them."""
    objects = [name for name, dtype in fields.dtypes.items() if pd.api.types.is_object_dtype(dtype)]
    return fields.assign(
        **{str(name): fields[name].astype("string") for name in objects if not fits(fields[name])}
    )


def families(values: Iterable[Any]) -> set[type]:
    """What kinds of values a column has, empty ones aside: numbers, dates, moments, texts …"""
    objects = pd.Series(values, dtype=object)
    return {_family(kind) for kind in set(map(type, objects[objects.notna()]))}


def _family(kind: type) -> type:
    return next((name for name, types in _FAMILIES.items() if issubclass(kind, types)), kind)


def fits(values: Any) -> bool:
    """Whether Arrow has one type for all values of a column that holds them as they are.

    Beside dates it would cut moments to their day, and take numbers for days since 1970.
    """
    if pd.api.types.is_object_dtype(values) and len(families(values)) > 1:
        return False
    try:
        pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError):
        return False
    return True


def _schema(fields: pd.DataFrame) -> pa.Schema:
    """The type of each column, found from all of its rows."""
    return pa.Schema.from_pandas(fields, preserve_index=False).remove_metadata()


def _typed(field: pa.Field, moment: bool) -> pa.Field:
    """A column of nothing but empty cells is one of texts."""
    plain = field.with_type(pa.string()) if pa.types.is_null(field.type) else field
    return plain.with_metadata(_MOMENT) if moment else plain


def write_parquet(path: Path, table: LayerTable) -> None:
    """Write GeoParquet, a batch of rows at a time; see :meth:`geopandas.GeoDataFrame.to_parquet`.

    Values of several kinds in one column become text, as in the other formats.
    """
    table = table.with_fields(_fitting(table.fields))
    fields, schema = _schema(table.fields), _file_schema(table)
    with pq.ParquetWriter(path, schema) as writer:
        for frame in table.batches():
            rows = frame.drop(columns=frame.geometry.name)
            for batch in _batch(rows, frame.geometry.to_numpy(), fields, schema.names[-1]):
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))


def _file_schema(table: LayerTable) -> pa.Schema:
    """The schema of the file, with what it says of its geometry, as geopandas would write both."""
    file = io.BytesIO()
    table.empty().to_parquet(file, index=False)
    empty = pq.read_schema(file)
    about: dict[str, Any] = json.loads(empty.metadata[b"geo"])
    about["columns"][empty.names[-1]] |= _extent(table)
    # The types of some columns show in rows alone.
    schema = _schema(table.fields).append(empty.field(len(empty) - 1))
    return schema.with_metadata({**empty.metadata, b"geo": json.dumps(about).encode()})


def _extent(table: LayerTable) -> dict[str, Any]:
    """Kinds of geometry and bounds of all rows, which the head of a file has before its rows."""
    kinds: set[str] = set()
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for frame in table.batches():
        shapes = frame.geometry.to_numpy()[frame.geometry.notna().to_numpy()]
        kinds |= {_KINDS[kind] for kind in np.unique(shapely.get_type_id(shapes)).tolist()}
        bounds = shapely.bounds(shapes).reshape(-1, 4)
        low = np.fmin(low, np.fmin.reduce(bounds[:, :2], initial=np.inf))
        high = np.fmax(high, np.fmax.reduce(bounds[:, 2:], initial=-np.inf))
    finite = np.isfinite([low, high]).all()
    return {"geometry_types": sorted(kinds), **({"bbox": [*low.tolist(), *high.tolist()]} if finite else {})}
