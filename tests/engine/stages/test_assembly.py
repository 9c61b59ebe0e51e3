"""A layer that is assembled in parts is the layer that is assembled whole, to the bit."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import PolygonConfig
from engine.grid import RasterGrid
from engine.reading.points import Prompt, PromptSet, Rejected
from engine.stages import assembly
from engine.stages.layer import Provenance, assemble, assemble_in_parts
from engine.stages.pipeline import Segment
from engine.writing.geometry_store import StoredGeometries
from tests.attacks.test_crowds import PLACES, crowd
from tests.engine.point_layers import GRID
from tests.fakes import click

ORIGIN = Provenance("fake", "adapters/roofs", 0.5)
OPTIONS = {
    "default": PolygonConfig(),
    "gaps left": PolygonConfig(snap_px=0),
    "overlaps allowed": PolygonConfig(no_overlap=False),
    "squared up": PolygonConfig(shape="right-angled"),
    "largest parts": PolygonConfig(shape="largest"),
    "rotated boxes": PolygonConfig(shape="rotated-box"),
    "wide gaps closed": PolygonConfig(snap_px=4, simplify_px=0.2, min_area_m2=3),
}


def spread(seed: int, size: int, factor: float) -> tuple[list[Segment], PromptSet]:
    """A crowd whose objects keep their size while their places move apart by a factor."""
    segments, prompts = crowd(np.random.default_rng(seed), size)
    steps = [prompt.xy[0] * (factor - 1) for prompt in prompts.prompts]
    moved = [
        replace(one, geometry=shapely.transform(one.geometry, lambda xy, step=step: xy + step))
        for one, step in zip(segments, steps, strict=True)
    ]
    clicks = tuple(
        Prompt(one.prompt_id, one.xy * factor, one.labels, None, {"class": "roof", "k": one.prompt_id})
        for one in prompts.prompts
    )
    lost = (Rejected(size + 1, "on nodata", np.empty((0, 2)), {"class": None, "k": 7}),)
    return moved, PromptSet(clicks, lost, (), ())


def assert_the_same(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    """Fields, and geometries to the bit."""
    fields = (pd.DataFrame(frame.drop(columns="geometry")) for frame in (one, other))
    pd.testing.assert_frame_equal(*fields)
    coded = ([None if g is None else shapely.to_wkb(g) for g in frame.geometry] for frame in (one, other))
    assert next(coded) == next(coded)


@pytest.mark.parametrize("name", OPTIONS)
@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 40),
    factor=st.sampled_from([1.0, 1.2, 1.5, 2.0, 3.0]),
    place=st.sampled_from(list(PLACES)),
    most=st.sampled_from([1, 3]),
)
def test_parts_make_the_layer_that_the_whole_makes(
    name: str, seed: int, size: int, factor: float, place: str, most: int
) -> None:
    segments, prompts = spread(seed, size, factor)
    given_to = (segments, prompts, RasterGrid(8000, 8000, PLACES[place], None), OPTIONS[name], ORIGIN)
    assert_the_same(assemble_in_parts(*given_to, most=most).frame(), assemble(*given_to))


def test_geometries_on_the_disk_make_the_layer_that_those_in_memory_make(tmp_path: Path) -> None:
    segments, prompts = spread(5, 120, 1.5)
    given_to = (segments, prompts, GRID, PolygonConfig(), ORIGIN)
    table = assemble_in_parts(*given_to, partial(StoredGeometries, tmp_path), most=10)
    assert_the_same(table.frame(), assemble(*given_to))
    small = replace(table, size=7)
    assert_the_same(pd.concat(small.batches(), ignore_index=True), table.frame())


@pytest.mark.parametrize("threads", [1, 4])
def test_parts_on_several_threads_make_the_same_layer(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    seen: set[int] = set()
    whole = assembly.shaped
    monkeypatch.setattr(assembly, "at_hand", lambda: threads)
    monkeypatch.setattr(
        assembly, "shaped", lambda part, *more: (seen.add(threading.get_ident()), whole(part, *more))[1]
    )
    segments, prompts = spread(6, 200, 2.0)
    given_to = (segments, prompts, GRID, PolygonConfig(), ORIGIN)
    parts = assemble_in_parts(*given_to, most=5).frame()
    assert (len(seen) > 1, threading.get_ident() in seen) == (threads > 1, threads == 1)
    assert_the_same(parts, assemble(*given_to))


def test_parts_that_reach_each_other_are_worked_through_again_as_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two gaps of a pixel and a half: alone each object stays, together the worse ones grow."""
    shapes = [shapely.box(10, 10, 20, 30), shapely.box(21.5, 10, 31, 30), shapely.box(32.5, 10, 40, 30)]
    segments = [
        Segment(k, shape, 0.9 - 0.1 * k, 0.9, 0.1, 0, False, 0.9) for k, shape in enumerate(shapes, 1)
    ]
    prompts = PromptSet(
        tuple(click(k, (shape.centroid.x, 20.0)) for k, shape in enumerate(shapes, 1)), (), (), ()
    )
    given_to = (segments, prompts, GRID, PolygonConfig(simplify_px=0, snap_px=1.6), ORIGIN)
    worked: list[int] = []
    whole = assembly.shaped
    monkeypatch.setattr(assembly, "nearest_apart", lambda options: 0.0)
    monkeypatch.setattr(
        assembly, "shaped", lambda part, *more: (worked.append(len(part.shapes)), whole(part, *more))[1]
    )
    parts = assemble_in_parts(*given_to, most=1).frame()
    assert worked == [1, 1, 1, 3]
    assert_the_same(parts, assemble(*given_to))
    assert parts.geometry.iloc[1].area > 9.5 * 20 * 4


def test_a_click_far_from_its_object_still_makes_another_yield() -> None:
    """The click of 2 lies in 1, whose better score counts for nothing then; the outline of 2 is elsewhere."""
    shapes = [shapely.box(10, 10, 30, 30), shapely.box(60, 10, 80, 30), shapely.box(25, 10, 40, 30)]
    segments = [Segment(k, shape, 1 - 0.1 * k, 0.9, 0.1, 0, False, 0.9) for k, shape in enumerate(shapes, 1)]
    prompts = PromptSet((click(1, (15, 20)), click(2, (20, 20)), click(3, (35, 20))), (), (), ())
    given_to = (segments, prompts, GRID, PolygonConfig(simplify_px=0), ORIGIN)
    parts = assemble_in_parts(*given_to, most=1).frame()
    assert_the_same(parts, assemble(*given_to))
    assert parts.geometry.iloc[2].area > parts.geometry.iloc[0].area * 0.9


def test_a_layer_of_nothing_is_assembled() -> None:
    table = assemble_in_parts([], PromptSet((), (), (), ()), GRID, PolygonConfig(), ORIGIN)
    assert len(table.frame()) == 0
