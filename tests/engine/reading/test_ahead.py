"""Tiles are read ahead, each once, by one thread, and are what they would be anyhow."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from engine.errors import RasterError
from engine.grid import RasterGrid, Tile, tile_at
from engine.reading.ahead import AHEAD, foreseen, reading_ahead
from engine.reading.raster import RasterSource
from tests.rasters import NORTH_UP, write_raster

TILES = [tile_at(0, 0, column, 32, 0.25) for column in range(6)]


class Slow:
    """Answers after a while, and notes who asked for what."""

    def __init__(self, seconds: float = 0.0, broken: int = -1) -> None:
        self.grid = RasterGrid(400, 32, NORTH_UP, None)
        self.asked: list[tuple[str, int]] = []
        self.closed = False
        self._seconds, self._broken = seconds, broken

    def read(self, tile: Tile) -> tuple[np.ndarray, np.ndarray]:
        time.sleep(self._seconds)
        self.asked.append((threading.current_thread().name, tile.col))
        if tile.col == self._broken:
            raise RasterError("damaged")
        return np.full((1, 1, 3), tile.col, np.uint8), np.ones((1, 1), bool)

    def close(self) -> None:
        self.closed = True


def test_every_tile_is_read_once_by_the_one_thread_and_the_file_is_closed() -> None:
    near, far = Slow(), Slow()
    with reading_ahead(near, lambda: far) as reader:
        found = [int(reader.read(tile)[0][0, 0, 0]) for tile in foreseen(reader, TILES, lambda tile: tile)]
    assert found == [tile.col for tile in TILES]
    assert near.asked == []
    assert [column for _, column in far.asked] == found
    assert {name for name, _ in far.asked} != {threading.current_thread().name}
    assert len({name for name, _ in far.asked}) == 1
    assert far.closed
    assert not near.closed


def test_reading_and_working_take_the_time_of_the_slower_alone() -> None:
    far, step = Slow(0.05), 0.05
    started = time.perf_counter()
    with reading_ahead(Slow(), lambda: far) as reader:
        for tile in foreseen(reader, TILES, lambda tile: tile):
            reader.read(tile)
            time.sleep(step)
    assert time.perf_counter() - started < 0.8 * 2 * step * len(TILES)


def test_no_more_tiles_wait_than_are_wanted() -> None:
    far = Slow()
    with reading_ahead(Slow(), lambda: far) as reader:
        for number, tile in enumerate(foreseen(reader, TILES, lambda tile: tile), start=1):
            reader.read(tile)
            time.sleep(0.02)
            assert len(far.asked) <= number + AHEAD


def test_a_tile_that_nobody_expected_is_read_at_once() -> None:
    near = Slow()
    with reading_ahead(near, Slow) as reader:
        reader.expect(TILES[1])
        assert int(reader.read(TILES[4])[0][0, 0, 0]) == 4
        assert int(reader.read(TILES[1])[0][0, 0, 0]) == 1
    assert [column for _, column in near.asked] == [4]


def test_what_is_wrong_with_a_tile_is_told_when_it_is_asked_for() -> None:
    far = Slow(broken=1)
    with reading_ahead(Slow(), lambda: far) as reader:
        tiles = foreseen(reader, TILES, lambda tile: tile)
        reader.read(next(tiles))
        with pytest.raises(RasterError, match="damaged"):
            reader.read(next(tiles))
    assert far.closed


def test_a_file_that_cannot_be_opened_again_is_told_when_a_tile_is_asked_for() -> None:
    def gone() -> Slow:
        raise RasterError("gone")

    with reading_ahead(Slow(), gone) as reader:
        reader.expect(TILES[0])
        with pytest.raises(RasterError, match="gone"):
            reader.read(TILES[0])


def test_pixels_are_those_of_the_raster(tmp_path: Path) -> None:
    write_raster(tmp_path / "scene.tif", height=64, width=200)
    with (
        RasterSource.open(tmp_path / "scene.tif") as raster,
        reading_ahead(raster, raster.spec.open) as reader,
    ):
        for tile in foreseen(reader, TILES, lambda tile: tile):
            for ours, theirs in zip(reader.read(tile), raster.read(tile), strict=True):
                assert np.array_equal(ours, theirs)
