"""Where to ask without clicks, what comes of it, and which of many masks stay."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from engine.config import TileConfig
from engine.grid import Tile
from engine.models.base import Decoded, Embedding, PromptBatch
from engine.stages.candidates import (
    Candidate,
    LatticeJob,
    describe,
    find_candidates,
    lattice_jobs,
    level_for,
)
from engine.stages.suppression import best_apart, overlaps, shared_area
from tests.fakes import FakeSegmenter, painted
from training.benchmark.protocols import ArrayReader

BOXES = [(20, 20, 60, 60), (90, 30, 118, 70)]


def scene() -> ArrayReader:
    return ArrayReader(np.moveaxis(painted((128, 128), [(box, 220) for box in BOXES]), 0, -1).copy())


def candidate(x: float, y: float, width: int, height: int, cell: float = 1.0) -> Candidate:
    mask = np.ones((height, width), bool)
    corner = np.array([x, y])
    return Candidate(corner + 1, corner, cell, mask, 0.8, 0.9, np.arange(4, dtype=np.float32), False)


def test_every_point_of_the_lattice_belongs_to_one_tile() -> None:
    reader = ArrayReader(np.zeros((300, 500, 3), np.uint8))
    jobs = lattice_jobs(reader.grid, 128, TileConfig(), 0)
    points = np.concatenate([job.xy for job in jobs])
    assert len(points) == len(np.unique(points, axis=0)) == 62 * 37
    for job in jobs:
        inside = (job.xy >= (job.tile.x, job.tile.y)) & (job.xy < (job.tile.x + 128, job.tile.y + 128))
        assert inside.all()


def test_a_part_of_a_raster_gets_the_points_of_the_whole() -> None:
    grid = ArrayReader(np.zeros((300, 500, 3), np.uint8)).grid
    area = shapely.box(101, 53, 333, 222)
    whole = {tuple(xy) for job in lattice_jobs(grid, 128, TileConfig(), 0) for xy in job.xy}
    part = {tuple(xy) for job in lattice_jobs(grid, 128, TileConfig(), 0, area=area) for xy in job.xy}
    assert part == {xy for xy in whole if area.contains(shapely.Point(xy))}


def test_clicks_are_asked_at_besides() -> None:
    grid = ArrayReader(np.zeros((128, 128, 3), np.uint8)).grid
    (job,) = lattice_jobs(grid, 128, TileConfig(), 0, clicks=np.array([[33.3, 44.4]]))
    assert [33.3, 44.4] in job.xy.tolist()


@pytest.mark.parametrize(("side", "level"), [(5, -1), (57, 0), (110, 1), (230, 2), (1e9, 5)])
def test_the_level_fits_the_size_of_the_objects(side: float, level: int) -> None:
    assert level_for(side, 512, TileConfig()) == level


def test_each_object_becomes_a_candidate_once() -> None:
    (job,) = lattice_jobs(scene().grid, 128, TileConfig(), 0)
    found = find_candidates(job, scene(), FakeSegmenter(128, tolerances=(30, 30, 30)), 32)
    boxes = [one.box for one in found]
    for wanted in BOXES:
        assert sum(np.abs(box - wanted).max() <= 4 for box in boxes) == 1


def test_what_the_tile_cuts_is_marked() -> None:
    image = np.full((128, 400, 3), 40, np.uint8)
    image[40:80, 100:300] = 220
    job = LatticeJob(Tile(0, 0, 0, 0, 0, 128, 128), np.array([[110.0, 60.0]]))
    (found,) = find_candidates(job, ArrayReader(image), FakeSegmenter(128, tolerances=(30, 30, 30)), 32)
    assert found.cut


class Parted(FakeSegmenter):
    """Counts what it is asked on parts alone."""

    def decode_parts(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        self.parted = getattr(self, "parted", 0) + len(prompts)
        return self.decode(embedding, prompts, multimask)


@pytest.mark.parametrize("large", [True, False])
def test_large_masks_are_asked_for_only_where_they_are_wanted(large: bool) -> None:
    model = Parted(128, tolerances=(30, 30, 30))
    (job,) = lattice_jobs(scene().grid, 128, TileConfig(), 0, large=large)
    assert find_candidates(job, scene(), model, 32)
    assert getattr(model, "parted", 0) == (0 if large else len(job.xy))


def test_a_tile_without_data_is_not_encoded() -> None:
    model = FakeSegmenter(128)
    job = LatticeJob(Tile(0, 0, 0, 500, 500, 128, 128), np.array([[510.0, 510.0]]))
    assert find_candidates(job, scene(), model, 32) == []
    assert model.encoded == []


def test_a_candidate_comes_back_from_its_row_as_it_was() -> None:
    one = candidate(10, 20, 7, 3)
    again = Candidate.of_row(one.row())
    assert again.mask.tolist() == one.mask.tolist()
    assert again.box.tolist() == one.box.tolist()
    assert (again.score, again.stability, again.cell, again.cut) == (0.8, 0.9, 1.0, False)
    np.testing.assert_array_equal(again.features, one.features)


def test_masks_are_described_inside_and_around() -> None:
    torch = pytest.importorskip("torch")
    features = torch.ones(1, 1, 4, 4)
    features[0, 0, 1:3, 1:3] = 5
    mask = np.zeros((1, 16, 16), bool)
    mask[0, 4:12, 4:12] = True
    np.testing.assert_allclose(describe(Embedding(features), mask), [[5, 1]])


def test_shared_area_counts_cells_of_different_sizes() -> None:
    assert shared_area(candidate(0, 0, 10, 10), candidate(5, 5, 10, 10)) == 25
    assert shared_area(candidate(0, 0, 10, 10), candidate(4, 4, 3, 3, cell=2.0)) == 36
    assert shared_area(candidate(0, 0, 2, 2), candidate(5, 5, 2, 2)) == 0


def test_of_a_whole_and_its_part_the_better_one_stays() -> None:
    some = [candidate(0, 0, 10, 10), candidate(2, 2, 4, 4), candidate(30, 30, 5, 5)]
    assert best_apart(np.array([0.5, 0.9, 0.1]), overlaps(some)).tolist() == [1, 2]
    assert best_apart(np.array([0.9, 0.5, 0.1]), overlaps(some)).tolist() == [0, 2]


def test_nothing_shares_nothing() -> None:
    assert len(best_apart(np.zeros(0), overlaps([]))) == 0
