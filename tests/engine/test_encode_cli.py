"""Embedding beforehand: every tile a click could need, once, and the worker finds them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import encode
from engine.config import SegmentConfig
from engine.grid import RasterGrid
from engine.serving.embeddings import EmbeddingStore
from engine.serving.request_handler import RequestHandler
from engine.stages.pipeline import plan_jobs
from tests.engine.cli_scene import BOXES, GRID, code_of, fake, folder, lines
from tests.fakes import FakeSegmenter, click
from tests.rasters import NORTH_UP

__all__ = ["fake", "folder"]
Captured = pytest.CaptureFixture[str]


def asked(folder: Path, *more: str) -> list[str]:
    return ["--raster", str(folder / "scene.tif"), "--cache", str(folder / "cache"), *more]


def test_the_worker_needs_no_encoding_afterwards(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    assert encode.main(asked(folder, "--json")) == 0
    done = lines(capsys.readouterr().out)[-1]
    assert done["embedded"] == done["tiles"] == len(fake.encoded)
    model = FakeSegmenter()
    desk = RequestHandler(EmbeddingStore(folder / "cache"), lambda *asked: model)
    places = GRID.to_world([((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in BOXES]).tolist()
    raster = {"path": str(folder / "scene.tif")}
    assert desk.handle("prepare", {"raster": raster, "places": places}, lambda: None) == {"embedded": 0}


def test_a_second_run_embeds_nothing(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    assert encode.main(asked(folder, "--quiet")) == 0
    assert encode.main(asked(folder, "--json")) == 0
    assert lines(capsys.readouterr().out)[-1]["embedded"] == 0


def test_points_ask_for_their_tiles_alone(folder: Path, fake: FakeSegmenter) -> None:
    assert encode.main(asked(folder, "--points", str(folder / "clicks.gpkg"), "--quiet")) == 0
    some = len(fake.encoded)
    assert encode.main(asked(folder, "--quiet")) == 0
    assert 0 < some < len(fake.encoded)


@pytest.mark.parametrize(("width", "height"), [(100, 90), (128, 128), (129, 300), (777, 431)])
def test_no_click_needs_a_tile_that_was_left_out(width: int, height: int) -> None:
    grid, config = RasterGrid(width, height, NORTH_UP, None), SegmentConfig()
    all_tiles = {(tile.x, tile.y) for tile in encode.tiles_for(grid, 128, config, None)}
    rng = np.random.default_rng(0)
    for number, xy in enumerate(rng.random((200, 2)) * (width, height)):
        (job,) = plan_jobs([click(number, tuple(xy))], grid, 128, config.tiles)
        assert (job.tile.x, job.tile.y) in all_tiles


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--limit-gb", "0"], "--limit-gb"),
        (["--limit-gb", "inf"], "--limit-gb: must be a number, not 'inf'"),
        (["--limit-gb", "nan"], "--limit-gb: must be a number, not 'nan'"),
        (["--threads", "0"], "--threads"),
        (["--raster", "gone.tif"], "gone.tif"),
    ],
)
def test_wrong_input_is_one_line(
    more: list[str], said: str, folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    assert code_of(encode.main, asked(folder, *more)) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_cache_that_cannot_be_written_is_one_line(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    (folder / "cache").write_text("a file")
    assert encode.main(asked(folder)) == 2
    assert "cannot be kept" in capsys.readouterr().err
