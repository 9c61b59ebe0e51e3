"""Few windows hold many small objects, each well inside its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import TileConfig
from engine.grid import RasterGrid
from engine.stages.close_windows import INNER_SHARE, fewest_windows, lattice_windows
from tests.rasters import NORTH_UP

TILES, SIZE = TileConfig(), 512
GRID = RasterGrid(3000, 2000, NORTH_UP, None)
PLACES = st.lists(
    st.tuples(st.floats(0, 2999.5, allow_nan=False), st.floats(0, 1999.5, allow_nan=False)),
    min_size=1,
    max_size=40,
)


@given(PLACES, st.sampled_from([-1, -2]))
def test_every_point_lies_well_inside_exactly_one_window(
    places: list[tuple[float, float]], level: int
) -> None:
    xy = np.array(places)
    found = fewest_windows(xy, level, SIZE, TILES, GRID)
    assert sorted(np.concatenate([rows for _, rows in found]).tolist()) == list(range(len(xy)))
    assert len(found) <= len(list(lattice_windows(xy, level, SIZE, TILES, GRID)))
    for tile, rows in found:
        margin = tile.span * (1 - INNER_SHARE) / 2 - 1
        low, high = xy[rows].min(axis=0), xy[rows].max(axis=0)
        assert (low >= np.where(np.array([tile.x, tile.y]) > 0, np.array([tile.x, tile.y]) + margin, 0)).all()
        ends = np.array([tile.x, tile.y]) + tile.span
        assert (high <= np.where(ends < (GRID.width, GRID.height), ends - margin, ends)).all()


@given(PLACES)
def test_the_windows_do_not_depend_on_the_order_of_the_points(places: list[tuple[float, float]]) -> None:
    xy = np.array(list(dict.fromkeys(places)))
    order = np.random.default_rng(len(xy)).permutation(len(xy))
    places_of = [
        {(tile.x, tile.y, frozenset(map(tuple, some[rows].tolist()))) for tile, rows in windows}
        for some in (xy, xy[order])
        for windows in [fewest_windows(some, -1, SIZE, TILES, GRID)]
    ]
    assert places_of[0] == places_of[1]


@pytest.mark.parametrize(("level", "most"), [(-1, 4), (-2, 16)])
def test_a_crowded_tile_needs_as_many_windows_as_it_has_room_for(level: int, most: int) -> None:
    centres = np.random.default_rng(1).uniform((832, 448), (832 + 390, 448 + 390), (300, 2))
    lattice = list(lattice_windows(centres, level, SIZE, TILES, GRID))
    assert len(fewest_windows(centres, level, SIZE, TILES, GRID)) <= most < len(lattice)


def test_a_point_alone_gets_the_tile_of_the_lattice_whatever_is_clicked_near_it() -> None:
    tiles = {
        (tile.x, tile.y)
        for dx in range(-6, 7)
        for tile, _ in fewest_windows(np.array([[1000.0 + dx, 700.0]]), -1, SIZE, TILES, GRID)
    }
    assert len(tiles) == 1
