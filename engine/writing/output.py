"""Segments as a layer on disk: attributes, provenance and style, whole or not at all.

Everything is written into a hidden folder beside the target and checked; only then it takes the place of what
was there. A killed run leaves the old layer or the new one.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from engine import staging
from engine.errors import OutputError, in_short
from engine.files import check_vector_name, for_pyogrio
from engine.messages import message
from engine.reading.attributes import Carried
from engine.reading.table import DAY
from engine.schema import COLUMNS
from engine.writing import geopackage
from engine.writing.arrow import families, fits
from engine.writing.formats import Notes, unique, writer_of
from engine.writing.geopackage import RUNS, STYLES
from engine.writing.layer_table import LayerTable
from engine.writing.style import score_style

_DTYPES = {"integer": "int64", "real": "float64", "text": "str"}
FIELDS: dict[str, str] = {column.name: _DTYPES[column.kind] for column in COLUMNS}
"""The layer's own fields and their pandas types, in order; the points' fields follow."""

_RESERVED = {*FIELDS, "fid", "ogc_fid", "geom", "geometry"}
_SOURCE_PREFIX = "src_"
_OGR_ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError)
_NAME_BYTES = 255
"""What the disks of all platforms take."""
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx")


# --- the table ------------------------------------------------------------------------------------------


def segments_frame(rows: Iterable[Mapping[str, Any]], crs: Any) -> gpd.GeoDataFrame:
    """The layer as a table, in the given order.

    Args:
        rows: one mapping an object: ``geometry`` (polygon or None), any of :data:`FIELDS`, and
            ``attributes``, the fields of its clicks. Their ``class`` (in any case) fills ``class``.
        crs: the raster's CRS in any form geopandas takes, or None.
    """
    rows = list(rows)
    carried = Carried(len(rows))
    carried.add_each((row.get("attributes", {}) for row in rows), np.arange(len(rows)))
    fields = layer_fields({name: [row.get(name) for row in rows] for name in FIELDS}, carried)
    shapes = gpd.GeoSeries([row.get("geometry") for row in rows], crs=crs)
    return gpd.GeoDataFrame(fields, geometry=shapes)


def layer_fields(own: Mapping[str, Any], carried: Carried) -> pd.DataFrame:
    """The columns of a layer but for its geometry.

    Args:
        own: the values of each of :data:`FIELDS`, None where empty.
        carried: the fields of the clicks; their class fills ``class`` where it is empty.
    """
    kinds = [v if v is not None else other for v, other in zip(own["class"], carried.classes, strict=True)]
    own = {**own, "class": kinds}
    columns = {name: _column(own[name], dtype) for name, dtype in FIELDS.items()}
    for original, name in source_names(carried.names).items():
        columns[name] = source_column(carried.values(original))
    return pd.DataFrame(columns)


def source_names(names: Iterable[str]) -> dict[str, str]:
    """What each field of the clicks is called in the output.

    A name that is the layer's own gets the prefix ``src_``; of names that differ in case only, which
    GeoPackage cannot hold, later ones get a number.
    """
    result: dict[str, str] = {}
    taken = set(_RESERVED)
    for original in dict.fromkeys(names):
        stem = _SOURCE_PREFIX + original if original.lower() in _RESERVED else original
        result[original] = unique(stem, taken)
    return result


def _column(values: Sequence[Any], dtype: str) -> pd.Series:
    if dtype == "str":
        return pd.Series([None if v is None else str(v) for v in values], dtype="str")
    if dtype == "int64":
        return pd.Series([0 if v is None else v for v in values], dtype=dtype)
    return pd.Series(values, dtype=dtype)


def source_column(values: Sequence[Any]) -> pd.Series:
    """The narrowest type that holds the values and empties; lists as JSON, mixtures and shapes as text.

    Dates beside moments without a time zone are the midnights with which they begin.
    """
    plain = [_json(v, str) if isinstance(v, list | dict | tuple | np.ndarray) else v for v in values]
    kinds = families(plain)
    if kinds == {date}:
        return pd.Series(plain, dtype=DAY)
    if kinds == {date, datetime} and not any(getattr(v, "tzinfo", None) for v in plain):
        plain = [datetime.combine(v, time()) if type(v) is date else v for v in plain]
    array = pd.array(plain)
    if not fits(array):
        return pd.Series(plain, dtype=object).map(str, na_action="ignore").astype("str")
    return pd.Series(array)


def _json(value: Any, default: Callable[[Any], str] | None = None) -> str:
    """JSON of a value; ``default`` makes text of what does not fit, which else is a TypeError."""

    def plain(other: Any) -> Any:
        if isinstance(other, np.ndarray | np.generic):
            return other.tolist()
        if isinstance(other, Path | date | time):
            return str(other)
        if default is not None:
            return default(other)
        raise TypeError(f"{type(other).__name__} does not fit in JSON")

    return json.dumps(value, ensure_ascii=False, default=plain)


# --- the files ------------------------------------------------------------------------------------------


def files_written(path: str | Path) -> list[Path]:
    """Every file of a layer that a run would replace, but for our own style, which is always the same."""
    path = Path(path)
    if _may_be_added_to(path):
        return [path]
    return [file for file in _outputs(path) if not (os.path.exists(file) and _is_our_style(file))]


def check_writable(path: str | Path, overwrite: bool = False, layer: str = "segments") -> None:
    """Refuse a target that cannot be written, before any work is done for it.

    Raises:
        OutputError: unknown extension, missing or unwritable folder, existing file or, in a GeoPackage, layer
            without ``overwrite``, or a file that another program has open.
    """
    path = Path(path)
    writer_of(path)
    if path.suffix.lower() != ".parquet":
        check_vector_name(path, OutputError)
    staging.finish_dead_runs([], [path])
    try:
        _check_place(path, overwrite, layer)
        _try_out(Path(os.path.realpath(path)))
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            message("output-closed", path=path, folder=path.parent, cause=error.strerror)
        ) from error


def _try_out(path: Path) -> None:
    """Make the names that writing will make, and remove them: a folder may be closed, a name too long.

    They lie in a folder that goes by the name of a stage, so that a later run removes what a kill left.
    """
    prefix = f".{path.name[:40]}."
    with tempfile.TemporaryDirectory(staging.SUFFIX, prefix, path.parent) as stage:
        for file in (*_outputs(path), path.with_name(path.name + "-journal")):
            (Path(stage) / file.name).touch()


def _check_place(path: Path, overwrite: bool, layer: str) -> None:
    outputs = _outputs(path)
    if max(len(os.fsencode(file.name)) for file in outputs) + len("-journal") > _NAME_BYTES:
        raise OutputError(f"{path.parent}: the output's name is too long for a disk; choose a shorter one")
    for folder in dict.fromkeys((path.parent, Path(os.path.realpath(path)).parent)):
        if not folder.is_dir():
            raise OutputError(message("output-no-folder", path=path, folder=folder))
    for file in outputs:
        if file.is_dir():
            raise OutputError(message("output-is-folder", path=file))
    if path.suffix.lower() == ".gpkg" and geopackage.check(path, layer, overwrite):
        return
    existing = [file.name for file in outputs if os.path.lexists(file) and not _is_our_style(file)]
    existing = [name for name in existing if os.path.exists(path.with_name(name))]
    if existing and not overwrite:
        raise OutputError(message("output-files-exist", path=path, names=", ".join(existing)))


def write_layer(
    path: str | Path,
    gdf: gpd.GeoDataFrame | LayerTable,
    run: Mapping[str, Any],
    *,
    overwrite: bool = False,
    layer: str = "segments",
) -> tuple[str, ...]:
    """Write the layer, where it came from, and a style that shows the scores.

    Args:
        path: ``.gpkg``, ``.geojson``, ``.shp``, ``.fgb`` or ``.parquet``. A GeoPackage also gets a row in the
            table ``resam_run`` and a default style; other layers that it holds are not touched. The others
            get ``<name>.run.json``; all that are new get ``<name>.qml``.
        gdf: from :func:`segments_frame`, or a layer whose geometry comes batch by batch; rows without
            geometry are kept. GeoJSON is written in WGS 84, as its standard demands.
        run: what is needed to repeat the run; anything JSON can hold.
        overwrite: replace what is there; in a GeoPackage the layer of that name alone.
        layer: layer name, in a GeoPackage.

    Returns:
        What the format could not hold as it was, one sentence each.

    Raises:
        OutputError: see :func:`check_writable`, or the disk refuses. Earlier files are then untouched.
    """
    path = Path(path)
    check_writable(path, overwrite, layer)
    record = {"created": datetime.now(UTC).isoformat(timespec="seconds"), "run": _json(dict(run))}
    table = gdf if isinstance(gdf, LayerTable) else LayerTable.of(gdf)
    notes: Notes = [] if table.crs is not None else [f"{path.name}: has no CRS, since the raster has none"]

    def write(target: Path) -> None:
        writer_of(path)(target, table, layer, notes)
        _write_companions(target, record, layer)
        _verify(target, layer, len(table))

    try:
        replace_layer(path, write, layer)
    except (sqlite3.Error, UnicodeError, *_OGR_ERRORS) as error:
        raise OutputError(message("output-not-written", path=path, cause=in_short(error))) from error
    return tuple(notes)


def replace_layer(path: Path, write: Callable[[Path], None], layer: str) -> None:
    """Put what ``write`` writes to a path of its own in the place of a layer, with all that belongs to it.

    Raises:
        OutputError: the disk refuses; earlier files are then untouched.
    """
    parts = path.suffix.lower() == ".shp"
    try:
        with staging.staged(path, _outputs(path) if parts else (), parts=parts) as stage:
            with for_pyogrio(stage / path.name) as plain:
                write(plain)
            if _may_be_added_to(path):
                geopackage.put(stage / path.name, path, layer)
                for file in stage.iterdir():
                    file.unlink()
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(message("output-not-written", path=path, cause=in_short(error))) from error


def _may_be_added_to(path: Path) -> bool:
    return path.suffix.lower() == ".gpkg" and os.path.isfile(path) and geopackage.is_database(path)


def _outputs(path: Path) -> list[Path]:
    """Every file a layer consists of."""
    parts = [path.with_suffix(s) for s in _SHAPEFILE_PARTS] if path.suffix.lower() == ".shp" else [path]
    return [*parts, *(path.with_suffix(suffix) for suffix in _companions(path))]


def _companions(path: Path) -> tuple[str, ...]:
    return (".qml",) if path.suffix.lower() == ".gpkg" else (".qml", ".run.json")


def _is_our_style(file: Path) -> bool:
    """Layers of one name in two formats share their style; nothing of the user's is lost by that."""
    try:
        return file.suffix == ".qml" and file.read_bytes() == score_style().encode()
    except OSError:
        return False  # A folder, or closed to us: it is somebody else's.


def _verify(path: Path, layer: str, rows: int) -> None:
    """A full disk may pass unnoticed until the file is opened again."""
    if path.suffix.lower() == ".parquet":
        found = len(pd.read_parquet(path, columns=["prompt_id"]))
    else:
        name = layer if path.suffix.lower() == ".gpkg" else None
        found = int(pyogrio.read_info(path, layer=name, force_feature_count=True)["features"])
    if found != rows:
        raise OSError(f"{found} of {rows} rows arrived on the disk")


# --- the companions ------------------------------------------------------------------------------------


def _write_companions(path: Path, record: Mapping[str, str], layer: str) -> None:
    style = score_style()
    path.with_suffix(".qml").write_bytes(style.encode())
    if path.suffix.lower() == ".gpkg":
        _add_table(path, RUNS, {**record, "layer": layer}, "fid")
        _add_table(path, STYLES, _style_row(layer, style, record["created"]), "id")
    else:
        text = f'{{"created": {_json(record["created"])}, "run": {record["run"]}}}\n'
        path.with_suffix(".run.json").write_text(text, encoding="utf-8")


def _style_row(layer: str, style: str, created: str) -> dict[str, Any]:
    """What QGIS looks for in a GeoPackage to style a layer when it is first opened."""
    return {
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": layer,
        "f_geometry_column": "geom",
        "styleName": "score",
        "styleQML": style,
        "styleSLD": "",
        "useAsDefault": True,
        "description": "Predicted quality, from red to green",
        "owner": "",
        "ui": "",
        "update_time": pd.Timestamp(created),
    }


def _add_table(path: Path, name: str, row: Mapping[str, Any], key: str) -> None:
    table = pd.DataFrame([row])
    pyogrio.write_dataframe(table, path, layer=name, driver="GPKG", FID=key, DATETIME_PRECISION="MILLISECOND")
