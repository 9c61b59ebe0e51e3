"""Objects read again over coarser and finer windows, and what happens where there is no data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
import torch

from engine.config import RefineConfig, SegmentConfig, TileConfig
from engine.models.base import Decoded, PromptBatch
from engine.reading.points import Prompt
from engine.stages import pipeline
from tests.engine.pipeline_runs import PLAIN, ZOOM, iou, run
from tests.fakes import Box, FakeSegmenter, click, middle, painted, write_scene
from tests.rasters import write_raster


@pytest.fixture(autouse=True)
def small_below_an_eighth(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tiles are so small that a sixteenth of them is hardly an object."""
    monkeypatch.setattr(pipeline, "FINE_SHARE", 1 / 8)


# --- windows of other sizes -----------------------------------------------------------------------------


def test_an_object_larger_than_a_tile_comes_back_whole_from_a_coarser_window(tmp_path: Path) -> None:
    box = (100, 60, 428, 300)
    path = write_scene(tmp_path / "scene.tif", (512, 512), [box])
    plain, zoomed = run(path, [middle(1, box)]), run(path, [middle(1, box)], ZOOM)
    assert plain.segments[1].cut
    assert iou(plain.shape(), shapely.box(*box)) < 0.5
    segment = zoomed.segments[1]
    assert not segment.cut
    assert segment.level == 2
    assert segment.geometry.bounds == pytest.approx(box, abs=0.5 * 2**segment.level)
    assert iou(segment.geometry, shapely.box(*box)) > 0.98


def test_only_objects_that_outgrow_their_tile_are_read_again(tmp_path: Path) -> None:
    large, small = (100, 60, 428, 300), (30, 400, 60, 430)
    path = write_scene(tmp_path / "scene.tif", (512, 512), [large, small])
    found = run(path, [middle(1, large), middle(2, small)], ZOOM)
    assert found.segments[1].level == 2
    assert found.segments[2].level == 0
    assert sorted(tile.level for tile in found.reader.tiles) == [0, 0, 1, 2]


@pytest.mark.parametrize("gap", [60, 400])
def test_parts_that_were_clicked_far_apart_are_all_found(tmp_path: Path, gap: int) -> None:
    parts = [(30, 240, 60, 270), (60 + gap, 240, 90 + gap, 270)]
    path = write_scene(tmp_path / "scene.tif", (512, 560), parts)
    clicks = [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in parts]
    segment = run(path, [click(1, *clicks)], ZOOM).segments[1]
    assert not segment.cut
    assert iou(segment.geometry, shapely.union_all([shapely.box(*part) for part in parts])) > 0.7


def test_a_click_beyond_the_coarsest_window_says_that_the_object_is_cut(tmp_path: Path) -> None:
    parts = [(30, 240, 60, 270), (460, 240, 490, 270)]
    path = write_scene(tmp_path / "scene.tif", (512, 560), parts)
    config = SegmentConfig(tiles=TileConfig(max_level=1))
    assert run(path, [click(1, (45.0, 255.0), (475.0, 255.0))], config).segments[1].cut


@pytest.mark.parametrize(
    ("shape", "box"), [((300, 100), (20, 20, 80, 280)), ((100, 300), (20, 20, 280, 80))], ids=["tall", "wide"]
)
def test_every_side_of_a_narrow_raster_is_known(tmp_path: Path, shape: tuple[int, int], box: Box) -> None:
    path = write_scene(tmp_path / "scene.tif", shape, [box])
    for x, y in ((40, 40), (shape[1] - 40, shape[0] - 40)):
        found = run(path, [click(1, (float(x), float(y)))], ZOOM)
        assert found.segments[1].level > 0
        assert iou(found.shape(), shapely.box(*box)) > 0.95


def test_an_object_larger_than_the_coarsest_window_says_that_it_is_cut(tmp_path: Path) -> None:
    box = (20, 20, 500, 500)
    path = write_scene(tmp_path / "scene.tif", (512, 512), [box])
    config = SegmentConfig(tiles=TileConfig(max_level=1))
    segment = run(path, [middle(1, box)], config).segments[1]
    assert segment.cut
    assert segment.level == 1


def test_an_object_that_ends_with_the_raster_is_not_cut(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "scene.tif", painted((100, 100), [((0, 0, 100, 60), 220)]))
    found = run(path, [click(1, (50.0, 30.0))], ZOOM)
    assert not found.segments[1].cut
    assert [tile.level for tile in found.reader.tiles] == [0]


def test_a_small_object_gets_more_accurate_over_a_finer_window(tmp_path: Path) -> None:
    box = (62, 60, 68, 66)
    path = write_scene(tmp_path / "scene.tif", (128, 128), [box])
    plain, zoomed = run(path, [middle(1, box)]), run(path, [middle(1, box)], ZOOM)
    assert zoomed.segments[1].level == -2
    assert plain.segments[1].level == 0
    assert iou(zoomed.shape(), shapely.box(*box)) > iou(plain.shape(), shapely.box(*box)) + 0.2
    assert iou(zoomed.shape(), shapely.box(*box)) > 0.85


def test_small_objects_share_their_finer_windows(tmp_path: Path) -> None:
    boxes = [(70, 70, 77, 77), (82, 70, 89, 77), (70, 82, 77, 89)]
    path = write_scene(tmp_path / "scene.tif", (128, 128), boxes)
    config = SegmentConfig(tiles=TileConfig(min_level=-1))
    found = run(path, [middle(number, box) for number, box in enumerate(boxes, 1)], config)
    assert [tile.level for tile in found.reader.tiles] == [0, -1]
    for number, box in enumerate(boxes, 1):
        assert iou(found.shape(number), shapely.box(*box)) > 0.85, number


def test_objects_of_all_sizes_in_one_tile_get_windows_of_their_own(tmp_path: Path) -> None:
    boxes = [(56, 56, 96, 96), (10, 10, 22, 22), (34, 100, 40, 106), (104, 12, 115, 24), (106, 108, 111, 113)]
    path = write_scene(tmp_path / "scene.tif", (128, 128), boxes)
    found = run(path, [middle(number, box) for number, box in enumerate(boxes, 1)], ZOOM)
    assert len(found.jobs) == 1
    assert [found.segments[number].level for number in range(1, 6)] == [0, -1, -2, -1, -2]
    for number, box in enumerate(boxes, 1):
        assert iou(found.shape(number), shapely.box(*box)) > 0.8, number


class Changing(FakeSegmenter):
    """Sees things right at first, and everywhere or nowhere once it looks again."""

    def __init__(self, everywhere: bool) -> None:
        super().__init__()
        self._later = 10.0 if everywhere else -10.0

    def _logits(self, image: np.ndarray, prompts: PromptBatch, row: int, kind: int) -> np.ndarray:
        logits = super()._logits(image, prompts, row, kind)
        return logits if len(self.encoded) == 1 else np.full_like(logits, self._later)


@pytest.mark.parametrize("everywhere", [True, False], ids=["more than fits", "nothing"])
def test_a_finer_answer_that_is_cut_or_empty_does_not_replace_the_first(
    tmp_path: Path, everywhere: bool
) -> None:
    box = (60, 60, 68, 68)
    path = write_scene(tmp_path / "scene.tif", (256, 256), [box])
    found = run(path, [middle(1, box)], ZOOM, Changing(everywhere))
    assert len(found.model.encoded) == 2
    assert found.segments[1].level == 0
    assert found.shape().bounds == pytest.approx(box, abs=1)


def test_a_coarser_answer_that_is_empty_does_not_replace_the_first(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "scene.tif", (512, 512), [(100, 60, 428, 300)])
    found = run(path, [click(1, (200.0, 200.0))], ZOOM, Changing(everywhere=False))
    assert len(found.model.encoded) > 2
    assert found.segments[1].level == 0
    assert not found.shape().is_empty
    assert found.segments[1].cut


def test_the_finest_window_is_bounded(tmp_path: Path) -> None:
    box = (62, 62, 65, 65)
    path = write_scene(tmp_path / "scene.tif", (128, 128), [box])
    config = SegmentConfig(tiles=TileConfig(min_level=-1))
    assert run(path, [middle(1, box)], config, FakeSegmenter(stride=1)).segments[1].level == -1


# --- a picture of its own for each small object --------------------------------------------------------


class Close(FakeSegmenter):
    """Answers on small pictures too, and remembers how many it got together."""

    close_side = 64

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[int] = []

    def decode_close(self, images: np.ndarray, prompts: PromptBatch) -> Decoded:
        small = FakeSegmenter(self.close_side)
        self.pictures.append(len(images))
        rows = torch.arange(len(images)).split(1)
        found = [small.decode(small.encode(images[row]), prompts.rows(row), False) for row in rows]
        return Decoded(torch.cat([one.logits for one in found]), torch.cat([one.iou for one in found]))


def test_small_objects_of_all_levels_get_pictures_of_their_own_that_are_embedded_together(
    tmp_path: Path,
) -> None:
    boxes = [(56, 56, 96, 96), (10, 10, 22, 22), (34, 100, 40, 106), (104, 12, 115, 24), (121, 121, 126, 126)]
    path = write_scene(tmp_path / "scene.tif", (128, 128), boxes)
    model = Close()
    found = run(path, [middle(number, box) for number, box in enumerate(boxes, 1)], ZOOM, model)
    assert model.pictures == [4]
    assert len(model.encoded) == 1
    assert [found.segments[number].level for number in range(1, 6)] == [0, -1, -2, -1, -2]
    assert sorted(tile.span for tile in found.reader.tiles) == [16, 16, 32, 32, 128]
    for number, box in enumerate(boxes, 1):
        assert iou(found.shape(number), shapely.box(*box)) > 0.8, number


def test_an_object_with_a_click_beyond_such_a_picture_is_read_over_a_window(tmp_path: Path) -> None:
    box = (62, 60, 68, 66)
    path = write_scene(tmp_path / "scene.tif", (128, 128), [box, (62, 80, 68, 86)])
    prompt = Prompt(1, np.array([[65.0, 63.0], [65.0, 83.0]]), np.array([1, 0]))
    model = Close()
    found = run(path, [prompt], ZOOM, model)
    assert model.pictures == []
    assert [tile.level for tile in found.reader.tiles] == [0, -2]
    assert iou(found.shape(), shapely.box(*box)) > 0.85


# --- no data --------------------------------------------------------------------------------------------


def test_what_has_no_data_never_becomes_polygon(tmp_path: Path) -> None:
    # The object is as black as what stands for missing data, so the model sees no border.
    missing = shapely.box(64, 0, 96, 128)
    image = painted((128, 128), [((20, 30, 108, 90), 10), ((64, 0, 96, 128), 0)], background=200)
    path = write_raster(tmp_path / "scene.tif", image, nodata=0)
    single = SegmentConfig(refine=RefineConfig(requery=False, zoom=False))
    for config in (single, PLAIN, ZOOM):
        shape = run(path, [click(1, (40.0, 60.0))], config).shape()
        assert shape.intersection(missing).area == pytest.approx(0, abs=1e-6)
        assert shape.bounds == pytest.approx((20, 30, 64, 90), abs=2)


def test_what_lies_off_the_raster_never_becomes_polygon(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "scene.tif", painted((90, 70), [((30, 50, 70, 90), 5)], background=200))
    shape = run(path, [click(1, (50.0, 70.0))], ZOOM).shape()
    assert shape.difference(shapely.box(0, 0, 70, 90)).area == pytest.approx(0, abs=1e-6)
    assert not shape.is_empty


def test_an_object_at_the_rasters_edge_reaches_it_within_half_a_pixel(tmp_path: Path) -> None:
    # Near an edge the tile may hang over it, or begin with it: 0 lies inside a hanging tile here, 57 too.
    box = (20, 0, 57, 30)
    path = write_raster(tmp_path / "scene.tif", painted((64, 57), [(box, 220)]))
    assert run(path, [middle(1, box)], ZOOM).shape().bounds == pytest.approx(box, abs=0.5)


def test_a_click_where_the_model_finds_nothing_gives_an_empty_segment(tmp_path: Path) -> None:
    path = write_scene(tmp_path / "scene.tif", (128, 128), [(40, 40, 80, 80)])
    prompt = Prompt(1, np.array([[60.0, 60.0], [62.0, 62.0]]), np.array([1, 0]))
    segment = run(path, [prompt], ZOOM).segments[1]
    assert segment.geometry.is_empty
    assert (segment.stability, segment.entropy, segment.cut) == (0, 1, False)


def test_a_box_prompt_is_answered_without_a_click(tmp_path: Path) -> None:
    box = (40, 40, 80, 80)
    path = write_scene(tmp_path / "scene.tif", (128, 128), [box])
    found = run(path, [click(1, box=box)])
    assert found.shape().bounds == pytest.approx(box, abs=0.01)
    boxes = [prompts.boxes for prompts, _ in found.model.asked]
    assert all(given is not None and given.tolist() == [[40, 40, 80, 80]] for given in boxes)


def test_scores_come_from_the_model_and_the_logits(tmp_path: Path) -> None:
    box = (40, 40, 80, 80)
    path = write_scene(tmp_path / "scene.tif", (128, 128), [box])
    segment = run(path, [middle(1, box)]).segments[1]
    assert segment.score == pytest.approx(0.9)
    assert segment.stability == pytest.approx(1)  # logits beside the edge are ±2
    assert 0 < segment.entropy < 0.3
