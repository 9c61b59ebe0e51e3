"""The fields of one vector layer, exactly as the file holds them.

Readers bend what does not fit their types: an empty cell turns whole numbers and truth values into floats,
digits beyond 64 bits are cut, a date that no calendar has stops everything. Here such columns are read
again, in a form that holds them.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio import raw

from engine.reading.encoding import Decoder

DELIMITED = {".csv", ".tsv", ".txt"}
GEOMETRY = "geometry"
"""Name of the geometry column, unless a field has it."""
MOST_SAID = 3
"""Most warnings of a reader that become notes, for one layer."""
_JSON = {".geojson", ".json"}
_DBF = {".shp", ".dbf"}
_EXACT = 2.0**53
"""Floats hold every whole number up to this one."""
_DATE = "datetime64[D]"
DAY = pd.ArrowDtype(pa.date32())
"""Type of a column of dates, which pandas itself would make times of."""
_MASKED = {"bool", "int16", "int32", "int64"}
"""Types that have no room for an empty cell."""
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Field:
    """One column of a layer as the reader hands it out."""

    name: str
    dtype: str
    """What the file declares, as a numpy type; ``bool`` for truth values."""
    subtype: str
    values: np.ndarray


def read_table(path: Path, layer: str, title: str, decoder: Decoder) -> tuple[pd.DataFrame, list[str]]:
    """All fields of a layer, with its geometry if it has one; rows in file order.

    Whole numbers with empty cells come as ``Int64``, truth values with empty cells as ``boolean``, dates as
    :data:`DAY`. Of fields of one name, later ones get a number. The geometry column is named
    :data:`GEOMETRY`, or, where a field is called so, has underscores added.

    Args:
        path, decoder: from :func:`engine.reading.encoding.readable`.
        title: what messages call the layer.

    Returns:
        The table, and what had to be assumed, one sentence each.

    Raises:
        PointsError, ValueError or an error of the readers: the layer cannot be read.
    """
    source = _Source(path, layer, decoder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        meta, fields, geometry = source.read()
        fields = _exact(source, fields)
    source.notes += list(dict.fromkeys(" ".join(str(warning.message).split()) for warning in caught))[
        :MOST_SAID
    ]
    names, renamed = _unique([field.name for field in fields])
    table = pd.DataFrame({name: field.values for name, field in zip(names, fields, strict=True)})
    for name, field in zip(names, fields, strict=True):
        table[name] = _finished(table[name], field)
    notes = [f"{title}: {note}" for note in (*decoder.notes, *source.notes, *renamed)]
    if geometry is None:
        return table, notes
    with np.errstate(invalid="ignore"):  # The layer says itself that corners are no numbers.
        shapes = shapely.from_wkb(geometry)
    return with_geometry(table, shapes, meta["crs"]), notes


def with_geometry(table: pd.DataFrame, shapes: np.ndarray, crs: Any = None) -> gpd.GeoDataFrame:
    """The table with shapes in a column that takes no field's name."""
    name = GEOMETRY
    while name in table.columns:
        name += "_"
    return gpd.GeoDataFrame(table.assign(**{name: shapes}), geometry=name, crs=crs)


class _Source:
    """One layer that can be read in several ways."""

    def __init__(self, path: Path, layer: str, decoder: Decoder) -> None:
        self.path, self.layer, self._decoder = path, layer, decoder
        self.is_delimited = path.suffix.lower() in DELIMITED
        self.is_json = path.suffix.lower() in _JSON
        self.notes: list[str] = []
        # Types come from the whole file: what does not fit those of its head would be lost.
        self._options = {"AUTODETECT_TYPE": "YES", "AUTODETECT_SIZE_LIMIT": "0"} if self.is_delimited else {}

    def read(self) -> tuple[dict[str, Any], list[Field], np.ndarray | None]:
        """What the file declares, its fields, and its geometry as WKB."""
        try:
            return self._read(**self._options)
        except UnicodeDecodeError:
            if self._decoder.active:
                raise
            self._decoder.active = True
            return self.read()
        except ValueError:
            # Raised by Python's own calendar, in the midst of the layer.
            dates = self._dates()
            if not dates:
                raise
        others = [name for name in self._names() if name not in dates]
        meta, fields, geometry = self._read(**self._options, columns=others)
        return meta, self._with_dates(fields, dates), geometry

    def text(self, position: int) -> list[str | None]:
        """A column of a delimited file as it is written there; empty cells are None."""
        _, fields, _ = self._read()
        return [value or None for value in fields[position].values]

    def whole(self, position: int) -> list[int | None] | None:
        """A shapefile's column as whole numbers, None if it holds decimals, or is another format."""
        if self.path.suffix.lower() not in _DBF:
            return None
        _, table = raw.read_arrow(self.path, layer=self.layer, read_geometry=False, ADJUST_TYPE="YES")
        column = table.column(position)
        return column.to_pylist() if str(column.type) == "int64" else None

    def properties(self) -> Iterator[dict[str, Any]]:
        """The properties of each feature of a GeoJSON file, numbers whole where they are written whole."""
        content = json.loads(self.path.read_text(encoding="utf-8-sig"))
        for feature in content.get("features", [content]):
            yield feature.get("properties") or {}

    def nullable(self, positions: Sequence[int]) -> dict[int, Field]:
        """Columns with their empty cells as None, exactly: Arrow has a mask beside the values."""
        _, table = raw.read_arrow(self.path, layer=self.layer, read_geometry=False, **self._options)
        return {i: Field("", "", "", _objects(table.column(i).to_pylist())) for i in positions}

    def _read(self, **options: Any) -> tuple[dict[str, Any], list[Field], np.ndarray | None]:
        meta, _, geometry, columns = raw.read(
            self.path, layer=self.layer, encoding=self._decoder.asked, datetime_as_string=True, **options
        )
        parts = zip(meta["fields"], meta["dtypes"], meta["ogr_subtypes"], columns, strict=True)
        fields = [
            Field(str(name), str(dtype), str(subtype), values) for name, dtype, subtype, values in parts
        ]
        return meta, self._decode(fields), geometry

    def _decode(self, fields: list[Field]) -> list[Field]:
        if not self._decoder.active:
            return fields
        names = np.array([field.name for field in fields], dtype=object)
        decode = self._decoder.fit([names, *(f.values for f in fields if f.values.dtype == object)])
        return [Field(decode(f.name), f.dtype, f.subtype, _mapped(f.values, decode)) for f in fields]

    def _info(self) -> dict[str, Any]:
        return pyogrio.read_info(self.path, layer=self.layer, encoding=self._decoder.asked, **self._options)

    def _names(self) -> list[str]:
        return [str(name) for name in self._info()["fields"]]

    def _dates(self) -> list[str]:
        kinds = zip(self._names(), self._info()["dtypes"], strict=True)
        return [name for name, dtype in kinds if str(dtype) == _DATE]

    def _with_dates(self, others: list[Field], dates: Sequence[str]) -> list[Field]:
        """All fields in their order, once those of dates have been read as text."""
        rest = iter(others)
        return [self._date_field(name) if name in dates else next(rest) for name in self._names()]

    def _date_field(self, name: str) -> Field:
        """Dates, or texts where the calendar lacks one of them."""
        texts = self._as_text(name)
        found = pd.to_datetime(pd.Series(texts, dtype="str"), format="%Y/%m/%d", errors="coerce")
        bad = [text for text, day in zip(texts, found, strict=True) if text is not None and pd.isna(day)]
        if not bad:
            return Field(name, _DATE, "", found.to_numpy().astype(_DATE))
        self.notes.append(f"field '{name}' holds dates that do not exist, like {bad[0]}; it is kept as text")
        written = [None if text is None else text.replace("/", "-") for text in texts]
        return Field(name, "object", "", _objects(written))

    def _as_text(self, name: str) -> list[str | None]:
        quoted, layer = (text.replace('"', '\\"') for text in (name, self.layer))
        # Names cannot be parameters; a quote within them is escaped.
        sql = " ".join(["SELECT", f'CAST("{quoted}" AS character(40)) AS "{quoted}"', "FROM", f'"{layer}"'])
        _, _, _, (texts,) = raw.read(
            self.path, sql=sql, sql_dialect="OGRSQL", read_geometry=False, **self._options
        )
        return [None if text is None else str(text) for text in texts]


def _exact(source: _Source, fields: list[Field]) -> list[Field]:
    """The fields, those read again that an empty cell or the number of digits has changed."""
    masked = [i for i, f in enumerate(fields) if f.dtype in _MASKED and f.values.dtype.kind == "f"]
    exact = dict(enumerate(fields)) | (source.nullable(masked) if masked else {})
    return [_digits(source, i, replace(field, values=exact[i].values)) for i, field in enumerate(fields)]


def _digits(source: _Source, position: int, field: Field) -> Field:
    """A column of numbers with more digits than a float or 64 bits hold, from what the file writes."""
    written = _written(source, position, field) if _overflows(field) else None
    if written is None or len(written) != len(field.values):
        return field
    numbers = [value for value in written if value is not None]
    if all(isinstance(value, int) and value in _INT64 for value in numbers):
        return Field(field.name, "int64", "", _objects(written))
    source.notes.append(
        f"field '{field.name}' holds numbers of more digits than a number can keep; it is kept as text"
    )
    return Field(
        field.name, "object", "", _objects([None if value is None else str(value) for value in written])
    )


def _written(source: _Source, position: int, field: Field) -> list[Any] | None:
    """A column's numbers with all their digits: whole ones as int; None where floats are all there is."""
    if source.is_json:
        values = [properties.get(field.name) for properties in source.properties()]
        return values if any(isinstance(value, int) for value in values) else None
    if not source.is_delimited:
        return source.whole(position)
    texts = source.text(position)
    if not any(text is not None and text.strip().lstrip("+-").isdecimal() for text in texts):
        return None
    whole = all(text is None or _plain_integer(text) for text in texts)
    return [int(text) if whole and text is not None else text for text in texts]


def _overflows(field: Field) -> bool:
    if field.values.dtype.kind == "f":
        return bool((np.abs(field.values[np.isfinite(field.values)]) >= _EXACT).any())
    if field.dtype != "int64":
        return False
    ends = _INT64[0], _INT64[-1]
    if field.values.dtype.kind == "i":
        return bool(np.isin(field.values, ends).any())
    return any(value is not None and value in ends for value in field.values)


def _objects(values: Sequence[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _plain_integer(text: str) -> bool:
    return text.strip().removeprefix("-").isdecimal() and int(text) in _INT64


def _finished(values: pd.Series, field: Field) -> pd.Series:
    """The column in its pandas type."""
    if field.dtype in _MASKED and values.dtype == object:
        return values.astype("boolean" if field.dtype == "bool" else "Int64")
    if field.dtype.startswith("datetime"):
        times = _times(values)
        if field.dtype == _DATE and times.dtype.kind == "M":
            return pd.Series(pa.array(times.to_numpy().astype(_DATE)), dtype=DAY)
        return times
    if field.subtype == "OFSTJSON":
        return _parsed(values)
    return values


def _times(values: pd.Series) -> pd.Series:
    """Dates and times to the millisecond; texts, as they are, where one of them is none."""
    for options in ({}, {"utc": True}):
        try:
            times = pd.to_datetime(values, format="ISO8601", **options)
        except ValueError:
            continue
        if times.dtype.kind == "M":
            return times.dt.as_unit("ms")
    return values


def _parsed(values: pd.Series) -> pd.Series:
    try:
        return values.map(json.loads, na_action="ignore")
    except (TypeError, ValueError):
        return values


def _unique(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names that differ, and a note on each that was changed."""
    result: list[str] = []
    notes = []
    for name in names:
        new, number = name, 2
        while new in result or (new != name and new in names):
            new, number = f"{name}_{number}", number + 1
        if new != name:
            notes.append(f"has several fields named '{name}'; a later one is called '{new}'")
        result.append(new)
    return result, notes


def _mapped(values: np.ndarray, decode: Callable[[str], str]) -> np.ndarray:
    if values.dtype != object:
        return values
    return _objects([decode(value) if isinstance(value, str) else value for value in values])
