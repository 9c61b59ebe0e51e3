"""From prompts to outlines over tiles: every object once, in its place, whatever the tiles."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize
from scipy import ndimage

from engine.config import PolygonConfig, RefineConfig, SegmentConfig, TileConfig
from engine.layer import Origin, assemble
from engine.pipeline import CONTEXT_SHARE, Job, Segment, plan_jobs, run_job, run_jobs
from engine.points import Prompt, PromptSet
from engine.raster import RasterSource
from tests.fakes import Box, FakeSegmenter, RecordingReader, click, middle, painted, write_scene
from tests.rasters import TRANSFORMS, affines, write_raster

PLAIN = SegmentConfig(refine=RefineConfig(zoom=False))
"""One window size for all."""
ZOOM = SegmentConfig()


@dataclass
class Run:
    """What came out, and what was done for it."""

    segments: dict[int, Segment]
    order: list[int]
    reader: RecordingReader
    model: FakeSegmenter
    jobs: tuple[Job, ...]

    def shape(self, prompt_id: int = 1) -> shapely.Geometry:
        return self.segments[prompt_id].geometry


def run(
    path: Path, prompts: Sequence[Prompt], config: SegmentConfig = PLAIN, model: FakeSegmenter | None = None
) -> Run:
    model = model or FakeSegmenter()
    with RasterSource.open(path, assume_crs=None) as source:
        reader = RecordingReader(source)
        jobs = plan_jobs(prompts, model.image_size, config.tiles)
        found = list(run_jobs(jobs, reader, model, config))
    return Run({s.prompt_id: s for s in found}, [s.prompt_id for s in found], reader, model, jobs)


def scattered(count: int = 24, extent: int = 480, seed: int = 3) -> list[Box]:
    """Boxes of 18 to 28 pixels on a loose lattice, none nearer to another than 12 pixels."""
    rng = np.random.default_rng(seed)
    places = [(x, y) for x in range(10, extent - 50, 80) for y in range(10, extent - 50, 80)][:count]
    boxes = []
    for x, y in places:
        dx, dy, width, height = rng.integers([0, 0, 18, 18], [20, 20, 29, 29]).tolist()
        boxes.append((x + dx, y + dy, x + dx + width, y + dy + height))
    return boxes


def apart(a: shapely.Geometry, b: shapely.Geometry) -> float:
    """Hausdorff distance between two outlines."""
    return float(
        shapely.hausdorff_distance(shapely.segmentize(a.boundary, 0.2), shapely.segmentize(b.boundary, 0.2))
    )


def iou(a: shapely.Geometry, b: shapely.Geometry) -> float:
    return float(a.intersection(b).area / a.union(b).area)


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
    jobs = plan_jobs(prompts, 128, TileConfig())
    owned = [prompt.prompt_id for job in jobs for prompt in job.own]
    assert sorted(owned) == list(range(1, 201))
    assert len({(job.tile.row, job.tile.col) for job in jobs}) == len(jobs)


def test_without_prompts_there_are_no_jobs() -> None:
    assert plan_jobs([], 128, TileConfig()) == ()


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
    strict = SegmentConfig(refine=RefineConfig(eps=0.5, zoom=False, box_expand=0))
    boxes = run(path, [middle(1, box)], strict).model.asked[-1][0].boxes
    assert boxes is not None
    assert boxes[0].tolist() == [44, 44, 76, 76]


def test_progress_counts_every_prompt_once(tmp_path: Path) -> None:
    boxes = scattered(10)
    path = write_scene(tmp_path / "scene.tif", (480, 480), boxes)
    jobs = plan_jobs([middle(n, box) for n, box in enumerate(boxes, 1)], 128, TileConfig())
    heard: list[int] = []
    with RasterSource.open(path) as source:
        for _ in run_jobs(jobs, source, FakeSegmenter(), PLAIN, heard.append):
            pass
    assert heard == [len(job.own) for job in jobs]
    assert sum(heard) == 10


# --- neighbours -----------------------------------------------------------------------------------------


def test_a_job_knows_the_prompts_near_its_own_and_no_others() -> None:
    near, far = 128 * CONTEXT_SHARE - 1, 128 * CONTEXT_SHARE + 1
    prompts = [click(1, (111.0, 64.0)), click(2, (111.0 + near, 64.0)), click(3, (111.0 + far, 64.0))]
    first, second = plan_jobs(prompts, 128, TileConfig())
    assert [p.prompt_id for p in first.own] == [1]
    assert [p.prompt_id for p in first.context] == [2]
    assert [p.prompt_id for p in second.own] == [2, 3]
    assert [p.prompt_id for p in second.context] == [1]


@pytest.mark.parametrize("shift", [0, 20], ids=["same tile", "across a seam"])
def test_a_click_on_one_of_two_objects_does_not_take_both(tmp_path: Path, shift: int) -> None:
    # The most trusted mask would flood everything; the neighbour's click, wherever it is owned, forbids it.
    left, right = (84 - shift, 40, 106 - shift, 64), (116 - shift, 40, 132 - shift, 64)
    path = write_scene(tmp_path / "scene.tif", (128, 240), [left, right])
    prompts = [click(1, (104.0 - shift, 52.0)), click(2, (118.0 - shift, 52.0))]
    found = run(path, prompts, PLAIN, FakeSegmenter(ious=(0.6, 0.7, 0.9)))
    assert len(found.jobs) == (2 if shift == 0 else 1)
    assert found.shape(1).bounds == pytest.approx(left, abs=0.5)
    assert found.shape(2).bounds == pytest.approx(right, abs=0.5)


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


def test_the_finest_window_is_bounded(tmp_path: Path) -> None:
    box = (62, 62, 65, 65)
    path = write_scene(tmp_path / "scene.tif", (128, 128), [box])
    config = SegmentConfig(tiles=TileConfig(min_level=-1))
    assert run(path, [middle(1, box)], config, FakeSegmenter(stride=1)).segments[1].level == -1


# --- no data --------------------------------------------------------------------------------------------


def test_what_has_no_data_never_becomes_polygon(tmp_path: Path) -> None:
    # The object is as black as what stands for missing data, so the model sees no border.
    missing = shapely.box(64, 0, 96, 128)
    image = painted((128, 128), [((20, 30, 108, 90), 10), ((64, 0, 96, 128), 0)], background=200)
    path = write_raster(tmp_path / "scene.tif", image, nodata=0)
    for config in (PLAIN, ZOOM):
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


# --- nothing shifts -------------------------------------------------------------------------------------


def world_outline(
    path: Path, prompts: Sequence[Prompt], model: FakeSegmenter, assume_crs: str | None = None
) -> shapely.Geometry:
    """The accepted polygon of the one prompt, simplified as by default, in world coordinates."""
    with RasterSource.open(path, assume_crs=assume_crs) as source:
        jobs = plan_jobs(prompts, model.image_size, ZOOM.tiles)
        segments = list(run_jobs(jobs, source, model, ZOOM))
        wanted = PromptSet(tuple(prompts), (), (), ())
        frame = assemble(segments, wanted, source.grid, PolygonConfig(), Origin("fake", None, 0.5))
    assert frame["status"].tolist() == ["accepted"]
    return frame.geometry.iloc[0]


def back_to_pixels(geometry: shapely.Geometry, transform: Affine) -> shapely.Geometry:
    """By the affine package's own inverse, not by ours."""
    inverse = ~transform
    return shapely.transform(geometry, lambda xy: np.array([inverse @ (x, y) for x, y in xy]))


@pytest.mark.parametrize("box", [(53, 61, 92, 99), (70, 70, 79, 78)], ids=["fit", "small"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_known_target_comes_back_within_half_a_pixel(tmp_path: Path, name: str, box: Box) -> None:
    transform = TRANSFORMS[name]
    path = write_scene(tmp_path / "scene.tif", (140, 150), [box], transform=transform)
    outline = back_to_pixels(world_outline(path, [middle(1, box)], FakeSegmenter(128, 1)), transform)
    assert apart(outline, shapely.box(*box)) < 0.5


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_large_target_comes_back_within_half_a_pixel_of_its_window(tmp_path: Path, name: str) -> None:
    transform, box = TRANSFORMS[name], (40, 32, 240, 172)
    path = write_scene(tmp_path / "scene.tif", (220, 280), [box], transform=transform)
    outline = back_to_pixels(world_outline(path, [middle(1, box)], FakeSegmenter(128, 1)), transform)
    assert apart(outline, shapely.box(*box)) < 1


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_target_does_not_shift_at_the_mask_stride_of_a_real_model(tmp_path: Path, name: str) -> None:
    transform, box = TRANSFORMS[name], (53, 61, 92, 99)
    path = write_scene(tmp_path / "scene.tif", (140, 150), [box], transform=transform)
    outline = back_to_pixels(world_outline(path, [middle(1, box)], FakeSegmenter(128, 4)), transform)
    assert outline.bounds == pytest.approx(box, abs=PolygonConfig.simplify_px)
    assert np.hypot(outline.centroid.x - 72.5, outline.centroid.y - 80) < 0.5


@dataclass(frozen=True)
class Target:
    """A turned ellipse or rectangle on a raster of 80 by 90 pixels."""

    is_round: bool
    centre: tuple[float, float]
    half: tuple[float, float]
    turn: float

    def mask(self) -> np.ndarray:
        rows, columns = np.indices((80, 90)) + 0.5
        dx, dy = columns - self.centre[0], rows - self.centre[1]
        u = (dx * np.cos(self.turn) + dy * np.sin(self.turn)) / self.half[0]
        v = (dy * np.cos(self.turn) - dx * np.sin(self.turn)) / self.half[1]
        return np.asarray(u**2 + v**2 <= 1 if self.is_round else np.maximum(abs(u), abs(v)) <= 1)


targets = st.builds(
    Target,
    st.booleans(),
    st.tuples(st.floats(30, 60), st.floats(30, 50)),
    st.tuples(st.floats(4.5, 20), st.floats(4.5, 20)),
    st.floats(0, np.pi),
)


@settings(max_examples=40)
@given(target=targets, transform=affines())
def test_a_polygon_rasterised_back_covers_its_mask_within_a_pixel(target: Target, transform: Affine) -> None:
    mask = target.mask()
    with TemporaryDirectory() as folder:
        image = painted(mask.shape, [(mask, 220)])
        path = write_raster(Path(folder) / "scene.tif", image, transform=transform, crs=None)
        outline = world_outline(path, [click(1, target.centre)], FakeSegmenter(128, 2), "pixel")
    burnt = rasterize([outline], out_shape=mask.shape, transform=transform).astype(bool)
    square = np.ones((3, 3))
    assert not (mask & ~ndimage.binary_dilation(burnt, square)).any()
    assert not (burnt & ~ndimage.binary_dilation(mask, square)).any()
