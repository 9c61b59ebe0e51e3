"""The jobs of a layer, as arrays: what the lattice says, tile by tile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from engine.config import TileConfig
from engine.grid import RasterGrid
from engine.stages.close_windows import lattice_windows
from engine.stages.crowd import near
from engine.stages.plan import CONTEXT_SHARE, Plan
from tests.fakes import click
from tests.rasters import NORTH_UP

SIZE = 64


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(0, 60),
    width=st.integers(20, 500),
    height=st.integers(20, 500),
)
def test_jobs_are_the_tiles_of_the_lattice_with_their_prompts(
    seed: int, count: int, width: int, height: int
) -> None:
    grid, tiles = RasterGrid(width, height, NORTH_UP, None), TileConfig()
    xy = np.random.default_rng(seed).random((count, 2)) * (width, height)
    prompts = [click(k + 1, (x, y)) for k, (x, y) in enumerate(xy)]
    plan = Plan(prompts, grid, SIZE, tiles)
    expected = list(lattice_windows(xy, 0, SIZE, tiles, grid))
    assert [job.tile for job in plan] == [tile for tile, _ in expected]
    assert plan.counts.tolist() == [len(rows) for _, rows in expected]
    for job, (tile, rows) in zip(plan, expected, strict=True):
        assert [prompt.prompt_id - 1 for prompt in job.own] == rows.tolist()
        context = near(xy, rows, cKDTree(xy), tile, tile.span * CONTEXT_SHARE)
        assert [prompt.prompt_id - 1 for prompt in job.context] == context


def test_no_job_has_more_prompts_than_its_bound() -> None:
    xy = np.random.default_rng(1).random((300, 2)) * 400
    prompts = [click(k + 1, (x, y)) for k, (x, y) in enumerate(xy)]
    plan = Plan(prompts, RasterGrid(400, 400, NORTH_UP, None), SIZE, TileConfig())
    assert len(plan) > 9
    assert all(
        len(job.own) + len(job.context) <= most
        for job, most in zip(plan, plan.most_prompts().tolist(), strict=True)
    )


def test_some_jobs_of_a_plan_keep_their_numbers() -> None:
    xy = np.random.default_rng(2).random((40, 2)) * 400
    prompts = [click(k + 1, (x, y)) for k, (x, y) in enumerate(xy)]
    plan = Plan(prompts, RasterGrid(400, 400, NORTH_UP, None), SIZE, TileConfig())
    some = plan.numbered(np.array([3, 5, 9]))
    assert [number for number, _ in some] == [3, 5, 9]
    assert [number for number, _ in some[1:]] == [5, 9]
    assert some[2][1].tile == plan[9].tile
    with pytest.raises(IndexError):
        plan[len(plan)]
    assert replace(plan[-1].tile) == plan[len(plan) - 1].tile
