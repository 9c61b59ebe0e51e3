"""The record of a run, as it lies in or beside the layer that the run wrote."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from engine.files import for_pyogrio


def of_layer(path: Path, layer: str = "segments") -> Mapping[str, Any] | None:
    """How a layer was made; None if there is no such layer, or nothing that says it.

    Args:
        path: of any format that :func:`engine.writing.output.write_layer` writes.
        layer: its name, in a GeoPackage.
    """
    try:
        text = _of_geopackage(path, layer) if path.suffix.lower() == ".gpkg" else _beside(path)
        found = None if text is None else json.loads(text)
    except (OSError, sqlite3.Error, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _of_geopackage(path: Path, layer: str) -> str | None:
    name = Path(os.path.realpath(path)).as_uri() + "?mode=rw"
    with closing(sqlite3.connect(name, uri=True, timeout=1.0)) as database:
        row = database.execute(
            "SELECT run FROM resam_run JOIN gpkg_contents ON table_name = layer WHERE layer = ?", (layer,)
        ).fetchone()
    return None if row is None else str(row[0])


def _beside(path: Path) -> str | None:
    if not path.is_file():
        return None
    return json.dumps(json.loads(path.with_suffix(".run.json").read_text(encoding="utf-8")).get("run"))


def counts(path: Path, layer: str = "segments") -> dict[str, int]:
    """Objects of a layer by status."""
    if path.suffix.lower() == ".parquet":
        frame = pd.read_parquet(path, columns=["status"])
    else:
        name = layer if path.suffix.lower() == ".gpkg" else None
        with for_pyogrio(path) as plain:
            frame = pyogrio.read_dataframe(plain, layer=name, columns=["status"], read_geometry=False)
    return counts_by_status(frame)


def counts_by_status(fields: pd.DataFrame) -> dict[str, int]:
    """Rows of a layer with each status."""
    by_status = fields["status"].value_counts()
    return {status: int(by_status.get(status, 0)) for status in ("accepted", "review", "rejected")}
