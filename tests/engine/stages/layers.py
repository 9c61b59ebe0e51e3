"""Segments of one layer assembled, and simple outlines, for the tests of what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
from shapely import Polygon

from engine.config import PolygonConfig
from engine.grid import RasterGrid
from engine.reading.points import Prompt, PromptSet, Rejected
from engine.stages.layer import Provenance, assemble
from engine.stages.pipeline import Segment
from tests.engine.point_layers import GRID
from tests.fakes import click

ORIGIN = Provenance("fake", None, 0.5)
EXACT = PolygonConfig(simplify_px=0)
PIXEL_AREA = 4.0
"""Square metres of one of GRID's pixels, nearly: UTM is true to 0.04 %."""


def segment(prompt_id: int, geometry: Any, score: float = 0.9, **fields: Any) -> Segment:
    found = Segment(prompt_id, geometry, score, 0.8, 0.1, 0, False, score)
    return replace(found, **fields)


def layer(
    segments: list[Segment],
    prompts: list[Prompt],
    options: PolygonConfig = EXACT,
    rejected: tuple[Rejected, ...] = (),
    grid: RasterGrid = GRID,
    provenance: Provenance = ORIGIN,
) -> gpd.GeoDataFrame:
    return assemble(segments, PromptSet(tuple(prompts), rejected, (), ()), grid, options, provenance)


def one(geometry: Any, options: PolygonConfig = EXACT, **fields: Any) -> Any:
    """The row of a lone segment that was clicked at (10, 10)."""
    return layer([segment(1, geometry, **fields)], [click(1, (10.0, 10.0))], options).iloc[0]


def world_box(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return Polygon(GRID.to_world(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])))


def ragged(x0: int, y0: int, x1: int, y1: int) -> Polygon:
    """A box whose sides are saw teeth one pixel deep."""
    top = [(x, y0 + x % 2) for x in range(x0, x1)]
    right = [(x1 - y % 2, y) for y in range(y0, y1)]
    bottom = [(x, y1 - x % 2) for x in range(x1, x0, -1)]
    left = [(x0 + y % 2, y) for y in range(y1, y0, -1)]
    return Polygon([*top, *right, *bottom, *left]).buffer(0)
