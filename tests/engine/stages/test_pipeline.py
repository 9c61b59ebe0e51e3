"""From prompts to outlines over tiles: every object once, in its place, whatever the tiles."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine

from engine.config import RefineConfig, SegmentConfig, TileConfig
from engine.grid import RasterGrid
from engine.reading.raster import RasterSource
from engine.stages.pipeline import CONTEXT_SHARE, plan_jobs, run_job, run_jobs
from tests.engine.pipeline_runs import PLAIN, ZOOM, apart, iou, run, scattered
from tests.fakes import FakeSegmenter, click, middle, write_scene

GRID = RasterGrid(1000, 1000, Affine.identity(), None)

# --- each object once -----------------------------------------------------------------------------------


def test_every_prompt_gets_exactly_one_segment_in_its_place(tmp_path: Path) -> None:
    boxes = scattered()
    path = write_scene(tmp_path / "scene.tif", (480, 480), boxes)
    found = run(path, [middle(number, box) for number, box in enumerate(boxes, 1)], ZOOM)
    assert sorted(found.order) == list(range(1, len(boxes) + 1))
    for number, box in enumerate(boxes, 1):
        assert iou(found.shape(number), shapely.box(*box)) > 0.95, number


def test_every_prompt_is_owned_by_exactly_one_job() -> None:
    rng = np.random.default_rng(0)
    prompts = [click(number, tuple(xy)) for number, xy in enumerate(rng.uniform(0, 700, (200, 2)), 1)]
    jobs = plan_jobs(prompts, GRID, 128, TileConfig())
    owned = [prompt.prompt_id for job in jobs for prompt in job.own]
    assert sorted(owned) == list(range(1, 201))
    assert len({(job.tile.row, job.tile.col) for job in jobs}) == len(jobs)


def test_without_prompts_there_are_no_jobs() -> None:
    assert list(plan_jobs([], GRID, 128, TileConfig())) == []


def test_no_window_hangs_over_the_edge_of_a_raster_that_holds_it() -> None:
    rng = np.random.default_rng(1)
    prompts = [click(number, tuple(xy)) for number, xy in enumerate(rng.uniform(0, 300, (60, 2)), 1)]
    tiles = [job.tile for job in plan_jobs(prompts, replace(GRID, width=300, height=300), 128, TileConfig())]
    assert tiles == sorted(tiles, key=lambda tile: (tile.y, tile.x)), "row-major"
    assert {tile.x for tile in tiles} == {tile.y for tile in tiles} == {0, 96, 172}


def test_a_raster_smaller_than_a_tile_is_embedded_once(tmp_path: Path) -> None:
    boxes = [(5, 5, 25, 25), (95, 95, 115, 115), (95, 5, 115, 25)]
    path = write_scene(tmp_path / "scene.tif", (120, 126), boxes)
    found = run(path, [middle(number, box) for number, box in enumerate(boxes, 1)])
    assert len(found.model.encoded) == 1
    assert found.order == [1, 2, 3]
    for number, box in enumerate(boxes, 1):
        assert found.shape(number).bounds == pytest.approx(box, abs=0.01)


@pytest.mark.parametrize("offset", range(-3, 4))
def test_a_point_on_a_seam_gives_one_polygon(tmp_path: Path, offset: int) -> None:
    # Tiles of 128 with a quarter of overlap hand over at 112, where two (four, at a corner) are as central.
    box = (100 + offset, 100 + offset, 124 + offset, 124 + offset)
    path = write_scene(tmp_path / "scene.tif", (240, 240), [box])
    found = run(path, [middle(1, box)])
    assert len(found.jobs) == 1
    assert found.order == [1]
    assert found.shape().bounds == pytest.approx(box, abs=0.01)


def test_two_clicks_on_either_side_of_a_seam_stay_with_their_own_objects(tmp_path: Path) -> None:
    left, right = (84, 40, 108, 64), (116, 40, 140, 64)
    path = write_scene(tmp_path / "scene.tif", (128, 240), [left, right])
    found = run(path, [middle(1, left), middle(2, right)])
    assert len(found.jobs) == 2
    assert found.shape(1).bounds == pytest.approx(left, abs=0.01)
    assert found.shape(2).bounds == pytest.approx(right, abs=0.01)


def test_an_object_of_several_clicks_in_two_tiles_is_answered_once(tmp_path: Path) -> None:
    bar = (40, 50, 200, 74)
    path = write_scene(tmp_path / "scene.tif", (128, 320), [bar])
    found = run(path, [click(7, (50.0, 60.0), (190.0, 60.0))], ZOOM)
    assert found.order == [7]
    assert iou(found.shape(7), shapely.box(*bar)) > 0.95


# --- tiles change nothing -------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [PLAIN, ZOOM], ids=["plain", "zoom"])
def test_the_order_of_jobs_and_prompts_changes_nothing(tmp_path: Path, config: SegmentConfig) -> None:
    boxes = scattered(12)
    path = write_scene(tmp_path / "scene.tif", (480, 480), boxes)
    prompts = [middle(number, box) for number, box in enumerate(boxes, 1)]
    rng = np.random.default_rng(1)
    straight = run(path, prompts, config)
    shuffled = run(path, [prompts[i] for i in rng.permutation(len(prompts))], config)
    with RasterSource.open(path) as source:
        backwards = {
            s.prompt_id: s for s in run_jobs(reversed(straight.jobs), source, FakeSegmenter(), config)
        }
    for number, segment in straight.segments.items():
        for other in (shuffled.segments[number], backwards[number]):
            assert segment.geometry.equals_exact(other.geometry, 0)
            assert (segment.score, segment.level, segment.cut) == (other.score, other.level, other.cut)


@pytest.mark.parametrize("image_size", [128, 256])
@pytest.mark.parametrize("overlap", [0.25, 0.5])
def test_the_tiles_do_not_change_results_by_more_than_a_pixel(
    tmp_path: Path, image_size: int, overlap: float
) -> None:
    boxes = scattered(12)
    path = write_scene(tmp_path / "scene.tif", (480, 480), boxes)
    prompts = [middle(number, box) for number, box in enumerate(boxes, 1)]
    config = SegmentConfig(tiles=TileConfig(overlap=overlap))
    found = run(path, prompts, config, FakeSegmenter(image_size, stride=2))
    expected = run(path, prompts, ZOOM, FakeSegmenter(128, stride=2))
    for number, box in enumerate(boxes, 1):
        assert apart(found.shape(number), expected.shape(number)) < 1, number
        assert found.shape(number).bounds == pytest.approx(box, abs=0.5), number


def test_a_distant_neighbour_does_not_change_an_outline(tmp_path: Path) -> None:
    boxes = scattered(2)
    path = write_scene(tmp_path / "scene.tif", (480, 480), boxes)
    alone, together = (
        run(path, [middle(1, boxes[0])], ZOOM),
        run(path, [middle(1, boxes[0]), middle(2, boxes[1])], ZOOM),
    )
    assert alone.shape().equals_exact(together.shape(), 0)


def test_a_jobs_segments_depend_on_the_job_alone(tmp_path: Path) -> None:
    boxes = scattered(9)
    path = write_scene(tmp_path / "scene.tif", (480, 480), boxes)
    found = run(path, [middle(number, box) for number, box in enumerate(boxes, 1)])
    with RasterSource.open(path) as source:
        again = run_job(found.jobs[-1], source, FakeSegmenter(), PLAIN)
    for segment in again:
        assert segment.geometry.equals_exact(found.shape(segment.prompt_id), 0)


def test_jobs_readers_and_segments_survive_the_way_to_another_process(tmp_path: Path) -> None:
    boxes = scattered(3)
    path = write_scene(tmp_path / "scene.tif", (480, 480), boxes)
    found = run(path, [middle(number, box, name=f"n{number}") for number, box in enumerate(boxes, 1)], ZOOM)
    with RasterSource.open(path) as source:
        jobs, reader = pickle.loads(pickle.dumps((found.jobs, source)))
    with reader:
        segments = pickle.loads(pickle.dumps(list(run_jobs(jobs, reader, FakeSegmenter(), ZOOM))))
    assert jobs[0].own[0].attributes == {"name": "n1"}
    for segment in segments:
        twin = found.segments[segment.prompt_id]
        assert segment.geometry.equals_exact(twin.geometry, 0)
        assert (segment.score, segment.stability, segment.entropy) == (
            twin.score,
            twin.stability,
            twin.entropy,
        )


# --- what is read and encoded ---------------------------------------------------------------------------


def test_tiles_without_points_are_never_read(tmp_path: Path) -> None:
    corners = [(20, 20, 44, 44), (940, 940, 964, 964)]
    path = write_scene(tmp_path / "scene.tif", (1000, 1000), corners)
    found = run(path, [middle(number, box) for number, box in enumerate(corners, 1)])
    assert len(found.reader.tiles) == 2
    assert all(tile.x + tile.span < 200 or tile.x > 800 for tile in found.reader.tiles)


def test_a_tile_is_read_and_encoded_once_for_all_its_points_and_both_passes(tmp_path: Path) -> None:
    boxes = [(x, y, x + 8, y + 8) for x in range(20, 108, 16) for y in range(20, 108, 16)]
    path = write_scene(tmp_path / "scene.tif", (128, 128), boxes)
    found = run(path, [middle(number, box) for number, box in enumerate(boxes, 1)])
    assert len(found.jobs) == 1
    assert len(found.reader.tiles) == 1
    assert len(found.model.encoded) == 1
    assert len(boxes) < found.model.prompts_decoded <= 2 * len(boxes)
    assert len(found.model.asked) == 4, "36 prompts in batches of 32, twice"


@pytest.mark.parametrize(
    ("options", "prompts"),
    [(RefineConfig(zoom=False, requery=False), 1), (RefineConfig(zoom=False), 2), (RefineConfig(), 2)],
    ids=["single pass", "requery", "zoom that is not needed"],
)
def test_each_pass_can_be_switched_off(tmp_path: Path, options: RefineConfig, prompts: int) -> None:
    box = (40, 40, 80, 80)
    path = write_scene(tmp_path / "scene.tif", (128, 128), [box])
    found = run(path, [middle(1, box)], SegmentConfig(refine=options))
    assert found.model.prompts_decoded == prompts
    assert len(found.model.encoded) == 1


def test_refining_decides_the_box_that_is_asked_again(tmp_path: Path) -> None:
    # Two boxes that touch by a corner cell: unrefined, the whole ground would be asked for as well.
    box = (40, 40, 80, 80)
    path = write_scene(tmp_path / "scene.tif", (128, 128), [box])
    asked = {}
    for refine in (True, False):
        options = RefineConfig(refine=refine, zoom=False, box_expand=0)
        found = run(path, [middle(1, box)], SegmentConfig(refine=options))
        boxes = found.model.asked[-1][0].boxes
        assert boxes is not None
        asked[refine] = boxes[0].tolist()
    # Logits at cell centres are 2 px inside, so all of them are confident: p(2) = 0.88 > 0.788.
    assert asked[True] == asked[False] == [40, 40, 80, 80]
    for refine, edges in ((True, [44, 44, 76, 76]), (False, [40, 40, 80, 80])):
        strict = RefineConfig(refine=refine, eps=0.5, zoom=False, box_expand=0)
        boxes = run(path, [middle(1, box)], SegmentConfig(refine=strict)).model.asked[-1][0].boxes
        assert boxes is not None
        assert boxes[0].tolist() == edges


def test_progress_counts_every_prompt_once(tmp_path: Path) -> None:
    boxes = scattered(10)
    path = write_scene(tmp_path / "scene.tif", (480, 480), boxes)
    heard: list[int] = []
    with RasterSource.open(path) as source:
        prompts = [middle(n, box) for n, box in enumerate(boxes, 1)]
        jobs = plan_jobs(prompts, source.grid, 128, TileConfig())
        for _ in run_jobs(jobs, source, FakeSegmenter(), PLAIN, heard.append):
            pass
    assert heard == [len(job.own) for job in jobs]
    assert sum(heard) == 10


# --- neighbours -----------------------------------------------------------------------------------------


def test_a_job_knows_the_prompts_near_its_own_and_no_others() -> None:
    near, far = 128 * CONTEXT_SHARE - 1, 128 * CONTEXT_SHARE + 1
    prompts = [click(1, (111.0, 64.0)), click(2, (111.0 + near, 64.0)), click(3, (111.0 + far, 64.0))]
    first, second = plan_jobs(prompts, GRID, 128, TileConfig())
    assert [p.prompt_id for p in first.own] == [1]
    assert [p.prompt_id for p in first.context] == [2]
    assert [p.prompt_id for p in second.own] == [2, 3]
    assert [p.prompt_id for p in second.context] == [1]


@pytest.mark.parametrize("shift", [0, 20], ids=["across a seam", "same tile"])
def test_a_click_on_one_of_two_objects_does_not_take_both(tmp_path: Path, shift: int) -> None:
    # The most trusted mask would flood everything; the neighbour's click, wherever it is owned, forbids it.
    left, right = (84 - shift, 40, 106 - shift, 64), (116 - shift, 40, 132 - shift, 64)
    path = write_scene(tmp_path / "scene.tif", (128, 240), [left, right])
    prompts = [click(1, (104.0 - shift, 52.0)), click(2, (118.0 - shift, 52.0))]
    single = SegmentConfig(refine=RefineConfig(requery=False, zoom=False))
    found = run(path, prompts, single, FakeSegmenter(ious=(0.6, 0.7, 0.9)))
    assert len(found.jobs) == (2 if shift == 0 else 1)
    assert found.shape(1).bounds == pytest.approx(left, abs=0.5)
    assert found.shape(2).bounds == pytest.approx(right, abs=0.5)
