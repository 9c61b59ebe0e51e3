"""What the forge runs and the tests kill: a layer that is written again and again, with its record."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
from shapely import box

from engine.writing.output import segments_frame, write_layer

ROWS = 400
FIRST, SECOND = 1, 100_001
"""The first number of a layer tells one from the other."""


def layer(first: int) -> gpd.GeoDataFrame:
    rows = [{"prompt_id": first + k, "geometry": box(k, 0, k + 0.5, 1)} for k in range(ROWS)]
    return segments_frame(rows, "EPSG:32632")


def ready_to_write() -> None:
    """Do once what a child would else do each time, such as finding the CRS."""
    with tempfile.TemporaryDirectory() as folder:
        write_layer(Path(folder) / "a.gpkg", layer(FIRST), {"first": FIRST})


def write(path: str, first: int) -> None:
    """Write a layer in place of what is there."""
    write_layer(path, layer(first), {"first": first}, overwrite=True)


ready_to_write_on = ready_to_write


def write_on(path: str) -> None:
    """Write for ever, one layer after the other."""
    while True:
        write(path, SECOND)
        write(path, FIRST)
