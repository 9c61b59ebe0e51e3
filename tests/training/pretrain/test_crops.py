"""Crops of generated scenes and of labelled images, the same for the same seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.helpers import write_coco
from training.coco import Labelled
from training.pretrain import crops
from training.pretrain.crops import (
    HELD_OUT,
    MIN_PIXELS,
    ScenePool,
    dense_targets,
    draw_crop,
    make_batch,
    recoloured,
)
from training.pretrain.real_sets import real_images


def numbered(seed: int = 0, side: int = 160, complete: bool = True) -> Labelled:
    """Sixteen squares, each painted in a grey that tells its number."""
    rng = np.random.default_rng(seed)
    instances = np.zeros((side, side), np.int32)
    for number in range(1, 17):
        row, column = divmod(number - 1, 4)
        y, x = row * 40 + int(rng.integers(12)), column * 40 + int(rng.integers(12))
        instances[y : y + 24, x : x + 24] = number
    return Labelled(np.repeat((instances * 12).astype(np.uint8)[..., None], 3, axis=2), instances, complete)


@pytest.fixture
def true_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "recoloured", lambda rng, image: image)


def same(a: Labelled, b: Labelled) -> bool:
    return np.array_equal(a.image, b.image) and np.array_equal(a.instances, b.instances)


def test_held_out_images_are_never_learnt_from(tmp_path: Path) -> None:
    for name, held in HELD_OUT.items():
        write_coco(tmp_path / name, held + 2)
    levels = [int(image.image[0, 0, 0]) for image in real_images(tmp_path)]
    assert levels == [10, 11] * len(HELD_OUT)
    assert real_images(None) == []


def test_the_real_sets_keep_images_back_and_no_other_set_is_read(real_data: Path) -> None:
    assert set(HELD_OUT) == {"naip_fields", "solar_panels"}
    for name, held in HELD_OUT.items():
        index = json.loads((real_data / name / "annotations.json").read_text())
        assert 1 <= held < len(index["images"]) / 2


@pytest.fixture
def cheap_scenes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Scenes that take no time: noise of the generator's state, one square each. Lists their domains."""
    asked: list[str] = []

    class Scene:
        def __init__(self, rng: np.random.Generator, size: int) -> None:
            self.image = rng.integers(0, 255, (size, size, 3), dtype=np.uint8)
            self.instances = np.zeros((size, size), np.int32)
            self.instances[4:20, 6:30] = 1

    def generate(
        rng: np.random.Generator,
        size: int,
        *,
        domain: str,
        textures: Sequence[np.ndarray] | None = None,
    ) -> Scene:
        asked.append(domain)
        return Scene(rng, size)

    monkeypatch.setattr(crops.scenes, "generate", generate)
    return asked


def test_pools_that_share_a_series_hold_it_together() -> None:
    whole = ScenePool(3, 4, 32).at(0)
    even, odd = (ScenePool(3, 2, 32, first=first, every=2).at(0) for first in (0, 1))
    for scene, expected in zip((even[0], odd[0], even[1], odd[1]), whole, strict=True):
        assert same(scene, expected)


def test_a_pool_is_the_same_however_it_got_to_a_step(cheap_scenes: list[str]) -> None:
    walked, jumped = ScenePool(3, 4, 32), ScenePool(3, 4, 32)
    for step in range(7):
        walked.at(step)
    for a, b in zip(walked.at(6), jumped.at(6), strict=True):
        assert same(a, b)


def test_one_scene_leaves_the_pool_and_one_enters_at_every_step(cheap_scenes: list[str]) -> None:
    pool = ScenePool(0, 3, 32)
    first, second = list(pool.at(0)), list(pool.at(1))
    assert len(first) == len(second) == 3
    assert all(same(a, b) for a, b in zip(first[1:], second[:-1], strict=True))
    assert not any(same(second[-1], old) for old in first)


def test_a_pool_does_not_go_back(cheap_scenes: list[str]) -> None:
    pool = ScenePool(0, 3, 32)
    pool.at(10)
    with pytest.raises(ValueError, match="moved past step 6"):
        pool.at(6)


def test_pools_of_different_seeds_differ(cheap_scenes: list[str]) -> None:
    assert not same(ScenePool(0, 1, 32).at(0)[0], ScenePool(1, 1, 32).at(0)[0])


def test_a_domain_named_twice_comes_twice_as_often(cheap_scenes: list[str]) -> None:
    ScenePool(0, 600, 32, domains=("roofs", "roofs", "airport")).at(0)
    assert set(cheap_scenes) == {"roofs", "airport"}
    assert 350 <= cheap_scenes.count("roofs") <= 450
    cheap_scenes.clear()
    ScenePool(0, 5, 32).at(0)
    assert cheap_scenes == ["mixed"] * 5


def test_the_pool_holds_real_scenes_of_the_asked_size() -> None:
    (scene,) = ScenePool(5, 1, 96).at(0)
    assert scene.image.shape == (96, 96, 3)
    assert scene.instances.max() > 0
    assert scene.complete


@pytest.mark.parametrize("seed", range(6))
def test_a_crop_shows_what_its_instances_say(seed: int, true_colours: None) -> None:
    crop = draw_crop(np.random.default_rng(seed), numbered(), 64, (0.5, 2.0))
    assert crop.image.shape == (64, 64, 3)
    assert crop.instances.shape == (64, 64)
    assert crop.instances.any()
    said, shown = crop.instances * 12, crop.image[..., 0].astype(int)
    calm = cv2.erode(crop.instances.astype(np.float32), np.ones((5, 5))) == crop.instances
    calm &= cv2.dilate(crop.instances.astype(np.float32), np.ones((5, 5))) == crop.instances
    calm[[0, 1, -2, -1]] = calm[:, [0, 1, -2, -1]] = False
    assert calm.mean() > 0.3
    assert (said[calm] == shown[calm]).all()


def test_a_crop_at_scale_one_is_a_piece_of_its_source(true_colours: None) -> None:
    source = numbered()
    for seed in range(8):
        crop = draw_crop(np.random.default_rng(seed), source, 48, (1.0, 1.0))
        assert (crop.instances * 12 == crop.image[..., 0]).all()


def test_crops_are_drawn_at_all_scales_asked_for(true_colours: None) -> None:
    # A square of 24 source pixels is 48 crop pixels at half scale, 12 at double.
    sides = []
    for seed in range(40):
        crop = draw_crop(np.random.default_rng(seed), numbered(side=160), 64, (0.5, 2.0))
        sides.append(np.sqrt(np.bincount(crop.instances.ravel())[1:].max()))
    assert min(sides) < 16
    assert max(sides) > 36


def test_crops_are_turned_and_mirrored(true_colours: None) -> None:
    arrow = np.zeros((64, 64), np.int32)
    arrow[10:20, 10:50] = 1
    arrow[20:30, 10:20] = 1
    source = Labelled(np.repeat((arrow * 200).astype(np.uint8)[..., None], 3, axis=2), arrow, True)
    seen = {
        draw_crop(np.random.default_rng(s), source, 64, (1.0, 1.0)).instances.tobytes() for s in range(60)
    }
    assert len(seen) == 8


def test_the_same_seed_draws_the_same_crop() -> None:
    for seed in range(3):
        one, two = (draw_crop(np.random.default_rng(seed), numbered(), 64, (0.5, 2.0)) for _ in range(2))
        assert same(one, two)


def test_recolouring_keeps_type_and_shape_and_changes_most_images() -> None:
    image = np.random.default_rng(0).integers(40, 200, (16, 16, 3), dtype=np.uint8)
    results = [recoloured(np.random.default_rng(seed), image) for seed in range(40)]
    assert all(r.shape == image.shape and r.dtype == np.uint8 for r in results)
    # A change by rounding alone is none.
    changed = [np.abs(r.astype(int) - image).max() > 1 for r in results]
    assert 20 < sum(changed) < 40


def test_a_batch_holds_chosen_objects_and_their_crops() -> None:
    batch = make_batch(np.random.default_rng(0), [numbered(1), numbered(2)], [], 64, 5, 3)
    assert batch.images.shape == (5, 64, 64, 3)
    assert batch.dense.shape == (5, 6, 16, 16)
    assert batch.masks.shape == (len(batch.owners), 64, 64)
    assert set(batch.owners.tolist()) == set(range(5))
    assert np.bincount(batch.owners).max() <= 3
    assert (batch.masks.sum(axis=(1, 2)) >= MIN_PIXELS).all()
    for crop in range(5):
        assert (batch.masks[batch.owners == crop].sum(axis=0) <= 1).all(), "objects of a crop are distinct"


def test_the_same_generator_state_gives_the_same_batch() -> None:
    one, two = (make_batch(np.random.default_rng(7), [numbered()], [], 64, 3, 2) for _ in range(2))
    for name in ("images", "masks", "owners", "dense"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


def test_crops_without_an_object_are_drawn_again() -> None:
    lone = np.zeros((160, 160), np.int32)
    lone[120:150, 120:150] = 1
    source = Labelled(np.zeros((160, 160, 3), np.uint8), lone, True)
    batch = make_batch(np.random.default_rng(0), [source], [], 64, 3, 2)
    assert len(batch.owners) == 3


def test_real_images_take_their_share() -> None:
    batch = make_batch(
        np.random.default_rng(0), [numbered(complete=True)], [numbered(complete=False)], 32, 200, 1
    )
    # Crops of images that are not labelled completely have background of weight 0.
    real = (batch.dense[:, 5] == 0).any(axis=(1, 2)).mean()
    assert real == pytest.approx(crops.REAL_SHARE, abs=0.08)


@pytest.fixture
def square() -> np.ndarray:
    """Targets of a square of 32 pixels in the middle of 64."""
    instances = np.zeros((64, 64), np.int32)
    instances[16:48, 16:48] = 1
    return dense_targets(Labelled(np.zeros((64, 64, 3), np.uint8), instances, True))


def test_dense_targets_tell_what_is_covered(square: np.ndarray) -> None:
    assert square.shape == (6, 16, 16)
    covered = np.zeros((16, 16))
    covered[4:12, 4:12] = 1
    assert np.array_equal(square[0], covered)
    half = np.zeros((8, 8), np.int32)
    half[:, :2] = 1
    assert dense_targets(Labelled(np.zeros((8, 8, 3), np.uint8), half, True))[0].tolist() == [[0.5, 0]] * 2


def test_dense_targets_mark_the_cells_an_edge_runs_through(square: np.ndarray) -> None:
    ring = np.zeros((16, 16))
    ring[4:12, [4, 12]] = 1
    ring[[4, 12], 4:12] = 1
    assert np.array_equal(square[1], ring), "an edge belongs to the pixel right of or below it"


def test_dense_depth_grows_from_the_edge_to_the_middle(square: np.ndarray) -> None:
    depth = square[2]
    assert depth[:4].max() == 0
    assert (np.diff(depth[8, 4:8]) > 0).all()
    assert 0.8 < depth.max() <= 1
    # At the centre of the second cell, 6.5 px from the outline of the inside.
    assert depth[8, 5] * 16 == pytest.approx(6, abs=1)


def test_dense_offsets_point_at_the_objects_centre(square: np.ndarray) -> None:
    x, y = square[3] * 64, square[4] * 64
    for row, column in ((4, 4), (8, 6), (11, 11)):
        assert column * 4 + 2 + x[row, column] == pytest.approx(31.5)
        assert row * 4 + 2 + y[row, column] == pytest.approx(31.5)
    assert x[0, 0] == y[0, 0] == 0


def test_background_counts_only_where_everything_is_labelled() -> None:
    source = numbered()
    complete = dense_targets(source)
    partial = dense_targets(Labelled(source.image, source.instances, False))
    assert (complete[5] == 1).all()
    assert np.array_equal(partial[5], (partial[0] > 0).astype(np.float32))
    assert np.array_equal(complete[:5], partial[:5])


def test_touching_objects_have_an_edge_between_them() -> None:
    instances = np.ones((32, 32), np.int32)
    instances[:, 16:] = 2
    edges = dense_targets(Labelled(np.zeros((32, 32, 3), np.uint8), instances, True))[1]
    assert np.flatnonzero(edges[3]).tolist() == [4]
