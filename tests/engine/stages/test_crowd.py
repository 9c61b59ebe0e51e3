"""Many prompts on one tile: the neighbours that each pair tells, and a line where there is no room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.config import TileConfig
from engine.errors import PointsError
from engine.grid import RasterGrid
from engine.stages import crowd
from engine.stages.crowd import check_crowds
from engine.stages.pipeline import CONTEXT_SHARE, plan_jobs
from tests.fakes import click
from tests.rasters import NORTH_UP

GRID = RasterGrid(400, 300, NORTH_UP, None)


def test_the_context_of_a_tile_is_whoever_lies_near_one_of_its_own() -> None:
    rng = np.random.default_rng(1)
    prompts = [click(k + 1, (x, y)) for k, (x, y) in enumerate(rng.random((300, 2)) * (400, 300))]
    jobs = plan_jobs(prompts, GRID, 128, TileConfig())
    assert len(jobs) > 4
    for job in jobs:
        own = {prompt.prompt_id for prompt in job.own}
        anchors = np.array([prompt.anchor for prompt in job.own])
        near = {
            other.prompt_id
            for other in prompts
            if (np.abs(anchors - other.anchor).max(axis=1) <= job.tile.span * CONTEXT_SHARE).any()
        }
        assert {prompt.prompt_id for prompt in job.context} == near - own


def test_more_objects_on_a_tile_than_there_is_memory_for_are_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prompts = [click(k + 1, (10.5 + k, 20.5)) for k in range(9)]
    grid = replace(GRID, width=128, height=128)
    jobs = plan_jobs(prompts, grid, 128, TileConfig())
    monkeypatch.setattr(crowd, "MOST_MASK_PIXELS", 9 * 128**2)
    check_crowds(jobs, 128, grid)
    monkeypatch.setattr(crowd, "MOST_MASK_PIXELS", 8 * 128**2)
    with pytest.raises(PointsError, match=r"9 objects .* around .* has room for 8") as caught:
        check_crowds(jobs, 128, grid)
    assert "\n" not in str(caught.value)
