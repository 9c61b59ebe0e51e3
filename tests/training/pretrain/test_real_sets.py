"""The openly licensed sets: what is learned from, how often, and what is held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import ConfigError
from tests.training.helpers import write_coco
from training.coco import Labelled
from training.pretrain.crops import HELD_OUT, make_batch
from training.pretrain.prefetch import texture_patches
from training.pretrain.real_sets import FIRST_SETS, OPEN_SETS, held_out_images, real_images, split

IMAGES = 12


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name in HELD_OUT:
        write_coco(folder / name, IMAGES)
    for name in OPEN_SETS:
        write_coco(folder / "open" / name, IMAGES)
    return folder


def grey(side: int, level: int, **fields: bool | float) -> Labelled:
    """A picture of one grey level with one object."""
    instances = np.zeros((side, side), np.int32)
    instances[8:-8, 8:-8] = 1
    return Labelled(np.full((side, side, 3), level, np.uint8), instances, False, **fields)  # type: ignore[arg-type]


def test_a_tenth_of_every_open_set_is_held_out(data: Path) -> None:
    for name in OPEN_SETS:
        levels = [int(image.image[0, 0, 0]) for image in held_out_images(data, name)]
        assert levels == [10, 20], "the first and the eleventh of twelve"
    learned, held = split([grey(32, level) for level in range(1)])
    assert (len(learned), len(held)) == (0, 1)


def test_training_sees_the_rest_of_the_open_sets_beside_the_first_two(data: Path) -> None:
    found = real_images(data, open_sets=True)
    of_first = sum(IMAGES - held for held in HELD_OUT.values())
    assert len(found) == of_first + len(OPEN_SETS) * (IMAGES - 2)
    levels = {int(image.image[0, 0, 0]) for image in found[of_first:]}
    assert levels == set(range(10, 10 + IMAGES)) - {10, 20}


def test_without_the_open_sets_training_is_as_it_was(data: Path) -> None:
    found = real_images(data)
    assert len(found) == sum(IMAGES - held for held in HELD_OUT.values())
    assert {image.weight for image in found} == {1.0}


def test_a_sets_images_share_its_weight(data: Path) -> None:
    total = sum(kind.weight for kind in (*OPEN_SETS.values(), *FIRST_SETS.values()))
    found = real_images(data, open_sets=True)
    assert sum(image.weight for image in found) == pytest.approx(total)
    of_floes = found[-5 * (IMAGES - 2)].weight
    assert of_floes == pytest.approx(OPEN_SETS["naip_ponds"].weight / (IMAGES - 2))


def test_sets_outlined_by_threshold_count_less_and_teach_no_background() -> None:
    drawn_by_hand = [
        kind.weight for name, kind in OPEN_SETS.items() if name not in ("naip_ponds", "ice_floes")
    ]
    for name in ("naip_ponds", "ice_floes"):
        assert OPEN_SETS[name].weight < min(drawn_by_hand)
        assert not OPEN_SETS[name].complete


def test_a_missing_open_set_is_named(data: Path, tmp_path: Path) -> None:
    for name in HELD_OUT:
        (tmp_path / name).symlink_to(data / name)
    with pytest.raises(ConfigError, match="fair_buildings_banepa"):
        real_images(tmp_path, open_sets=True)


def test_images_are_drawn_as_often_as_their_weight_says() -> None:
    heavy, light = grey(128, 200, weight=3.0), grey(128, 40, weight=1.0)
    batch = make_batch(np.random.default_rng(0), [], [heavy, light], 128, 80, 1, real_share=1.0)
    bright = (np.median(batch.images.reshape(80, -1), axis=1) > 110).mean()
    assert 0.6 < bright < 0.9


def test_crops_of_real_images_come_as_often_as_asked() -> None:
    drawn, real = grey(128, 200), grey(128, 40)
    for share in (0.0, 1.0):
        batch = make_batch(np.random.default_rng(0), [drawn], [real], 128, 20, 1, real_share=share)
        bright = (np.median(batch.images.reshape(20, -1), axis=1) > 110).mean()
        assert abs(bright - (1 - share)) < 0.2


def test_only_large_pictures_from_above_lend_their_textures() -> None:
    images = [grey(512, 10), grey(256, 20), grey(512, 30, overhead=False)]
    assert {int(patch[0, 0, 0]) for patch in texture_patches(images)} == {10}
