"""Tiles carry their clicks and masks along, whatever happens to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.grid import Tile
from engine.reading.points import Prompt
from engine.stages.pipeline import Job
from engine.stages.predict import TilePrompt
from tests.training.adapt.helpers import BOXES, SIDE, painted, place, prompts, sample
from training.adapt import views
from training.adapt.samples import CHUNK, Sample, covered_share, tiles_of, whole_image
from training.benchmark.protocols import ArrayReader
from training.patch import Patch


def under(prompt: TilePrompt, mask: np.ndarray) -> bool:
    """Whether the first click lies in a mask over the tile of SIDE pixels."""
    x, y = (prompt.xy[0] * mask.shape[0] / SIDE).astype(int)
    return bool(mask[y, x] > 0.5)


@pytest.mark.parametrize("left_right", [False, True])
@pytest.mark.parametrize("top_bottom", [False, True])
def test_flips_keep_clicks_and_masks_on_their_objects(left_right: bool, top_bottom: bool) -> None:
    turned = views.flipped(sample(), left_right, top_bottom)
    assert turned.truth is not None
    for prompt, mask in zip(turned.prompts, turned.truth, strict=True):
        assert under(prompt, mask)
        x, y = prompt.xy[0].astype(int)
        assert tuple(turned.image[y, x]) == (200, 90, 60)


@given(st.booleans(), st.booleans(), st.tuples(*[st.floats(0, SIDE)] * 4))
def test_flipping_twice_changes_nothing(
    left_right: bool, top_bottom: bool, corners: tuple[float, ...]
) -> None:
    box = np.sort(np.reshape(corners, (2, 2)), axis=0).ravel()
    prompt = TilePrompt(np.array([corners[:2]]), np.array([1]), box)
    before = Sample(painted()[0], np.random.default_rng(0).random((SIDE, SIDE)) > 0.5, (prompt,), 1)
    after = views.flipped(views.flipped(before, left_right, top_bottom), left_right, top_bottom)
    assert np.array_equal(after.image, before.image)
    assert np.array_equal(after.valid, before.valid)
    assert np.allclose(after.prompts[0].xy, before.prompts[0].xy)
    assert after.prompts[0].box is not None
    assert np.allclose(after.prompts[0].box, box)


def test_clicks_off_the_tile_are_not_learned_from() -> None:
    clicks = {
        "all on it": ([(10, 10), (200, 20)], [1, 1]),
        "one off it": ([(10, 10), (SIDE, 20), (20, -0.5)], [1, 1, 0]),
        "only a negative on it": ([(10, 10), (-1, 20)], [0, 1]),
    }
    asked = tuple(
        Prompt(number + 1, np.array(xy, float), np.array(labels))
        for number, (xy, labels) in enumerate(clicks.values())
    )
    truth = [painted()[1][0], painted()[1][1], painted()[1][2]]
    job = Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), asked, asked)
    (found,) = tiles_of(ArrayReader(painted()[0]), [job], truth)
    shown = found.read(SIDE // 4)
    assert [prompt.xy.tolist() for prompt in shown.prompts] == 2 * [[[10, 10], [200, 20]], [[10, 10]]]
    assert shown.own == 2
    assert found.truth == (truth[0], truth[1])


def test_weak_views_show_all_four_orientations() -> None:
    found = {views.weak(sample(), np.random.default_rng(seed)).image.tobytes() for seed in range(40)}
    assert len(found) == 4


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_strong_views_keep_shape_and_type_and_follow_the_seed(seed: int) -> None:
    image = painted()[0]
    one, other = (views.strong(image, np.random.default_rng(seed)) for _ in range(2))
    assert one.shape == image.shape
    assert one.dtype == np.uint8
    assert np.array_equal(one, other)


@pytest.mark.parametrize("change", views.CHANGES, ids=lambda change: change.__name__)
def test_a_photometric_change_moves_nothing(change: views.Change) -> None:
    # An edge stays where it is: the step between object and ground is at the same columns before and after.
    from PIL import Image

    image = np.full((64, 64, 3), 60, np.uint8)
    image[20:40, 20:40] = 230
    if change is not views._shadow:
        after = np.asarray(change(Image.fromarray(image), np.random.default_rng(1))).astype(int)
        steps = np.abs(np.diff(after[30, :, 0]))
        assert sorted(np.argsort(steps)[-2:].tolist()) == [19, 39]


def test_the_covered_share_of_a_patch_is_its_area() -> None:
    tile = Tile(0, 0, 0, -10, 20, 512, 256)
    patch = Patch(100, 100, np.ones((60, 30), bool))
    share = covered_share(patch, tile, 64)
    assert share.shape == (64, 64)
    assert share.sum() * 8 * 8 == pytest.approx(60 * 30, rel=0.02)
    rows, columns = np.nonzero(share > 0.5)
    assert (columns.min() * 8 - 10, rows.min() * 8 + 20) == pytest.approx((100, 100), abs=8)


def test_a_patch_off_the_tile_covers_nothing_of_it() -> None:
    assert covered_share(Patch(900, 900, np.ones((9, 9), bool)), Tile(0, 0, 0, 0, 0, 256, 256), 64).sum() == 0


def test_a_tile_with_many_objects_is_visited_in_chunks_that_know_of_the_others() -> None:
    one = prompts()[0]
    many = tuple(type(one)(k + 1, one.xy + k / 10, one.labels) for k in range(CHUNK + 7))
    found = list(tiles_of(ArrayReader(painted()[0]), [Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), many)]))
    assert [len(p.job.own) for p in found] == [CHUNK, 7]
    assert all(len(p.job.own) + len(p.job.context) == len(many) for p in found)


def test_truth_follows_the_objects_of_its_chunk() -> None:
    read = place(truth=True).read(64)
    assert read.truth is not None
    for (x0, y0, x1, y1), mask in zip(BOXES, read.truth, strict=True):
        assert mask.sum() * 16 == pytest.approx((x1 - x0) * (y1 - y0), rel=0.05)


@pytest.mark.parametrize("side", [None, 256])
def test_whole_images_keep_every_object_once_and_at_the_same_scale(side: int | None) -> None:
    jobs = whole_image((600, 1000), prompts(), 512, side)
    served = sorted(prompt.prompt_id for job in jobs for prompt in job.own)
    assert served == [1, 2, 3]
    assert all(job.tile.span / job.tile.size == pytest.approx(1000 / 512, rel=0.01) for job in jobs)
