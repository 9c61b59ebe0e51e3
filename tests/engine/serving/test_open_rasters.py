"""Rasters and models that the worker keeps are those on the disk, whatever of their files changes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from rasterio.shutil import copy as gdal_copy

from engine.serving.embeddings import EmbeddingStore
from engine.serving.request_handler import RequestHandler
from tests.fakes import FakeSegmenter
from tests.rasters import write_raster


def test_a_mosaic_of_which_a_source_changed_is_read_anew(tmp_path: Path) -> None:
    def written(value: int) -> None:
        write_raster(tmp_path / "source.tif", np.full((3, 64, 64), value, np.uint8))
        os.utime(tmp_path / "source.tif", (value, value))

    written(50)
    gdal_copy(tmp_path / "source.tif", tmp_path / "mosaic.vrt", driver="VRT")
    desk = RequestHandler(EmbeddingStore(tmp_path / "cache"), lambda *asked: FakeSegmenter())
    asked = {"path": str(tmp_path / "mosaic.vrt")}
    first = desk._raster(asked)
    assert desk._raster(asked) is first
    written(200)
    assert (desk._raster(asked).read((0, 0, 64))[0] == 200).all()


@pytest.mark.parametrize("end", [".ovr", ".msk"])
def test_a_raster_that_got_a_mask_or_overviews_is_read_anew(tmp_path: Path, end: str) -> None:
    write_raster(tmp_path / "scene.tif")
    desk = RequestHandler(EmbeddingStore(tmp_path / "cache"), lambda *asked: FakeSegmenter())
    asked = {"path": str(tmp_path / "scene.tif")}
    first = desk._raster(asked)
    write_raster(tmp_path / f"scene.tif{end}", bands=1)
    assert desk._raster(asked) is not first


def test_a_weights_file_that_was_written_anew_is_loaded_anew(tmp_path: Path) -> None:
    loaded: list[FakeSegmenter] = []

    def load(*asked: object) -> FakeSegmenter:
        loaded.append(FakeSegmenter())
        return loaded[-1]

    desk = RequestHandler(EmbeddingStore(tmp_path / "cache"), load)
    weights = tmp_path / "merged.safetensors"
    for content in (b"one", b"other"):
        weights.write_bytes(content)
        for _ in range(2):
            desk.handle("load", {"model": str(weights)}, lambda: None)
    assert len(loaded) == 2
