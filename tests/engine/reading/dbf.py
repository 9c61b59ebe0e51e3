"""Shapefiles byte by byte, for what no library would write."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from tests.engine.point_layers import at


@dataclass(frozen=True)
class Column:
    """A column of the table: type C (text), N (number) or D (date), and its width in bytes."""

    name: bytes
    kind: str
    width: int


def write_shapefile(
    path: Path,
    columns: Sequence[Column],
    rows: Sequence[Sequence[bytes]],
    *,
    driver: int = 0,
    cpg: str | None = None,
) -> Path:
    """Points (5, 5), (6, 5) … of the test grid, with these cells.

    Args:
        driver: byte of the header that names the code page.
        cpg: content of the file beside it that names the encoding; None leaves it out.
    """
    plain = path.with_name("plain.shp")
    shapes = [at(5 + k, 5) for k in range(len(rows))]
    gpd.GeoDataFrame({"n": range(len(rows))}, geometry=shapes, crs=32632).to_file(plain)
    for suffix in (".shp", ".shx", ".prj"):
        os.replace(plain.with_suffix(suffix), path.with_suffix(suffix))
    width = 1 + sum(column.width for column in columns)
    start = 33 + 32 * len(columns)
    header = struct.pack("<BBBBIHH17xBH", 3, 120, 1, 1, len(rows), start, width, driver, 0)
    for column in columns:
        header += struct.pack("<11sc4xBB14x", column.name, column.kind.encode(), column.width, 0)
    body = b"".join(
        b" " + b"".join(cell.ljust(column.width) for cell, column in zip(row, columns, strict=True))
        for row in rows
    )
    path.with_suffix(".dbf").write_bytes(header + b"\r" + body + b"\x1a")
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    return path
