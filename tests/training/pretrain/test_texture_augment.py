"""Fine structure over crops: present at every scale, mean tones kept, outlines untouched."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.pretrain.test_tone_augment import scene
from training.pretrain import texture_augment
from training.pretrain.texture_augment import texture_augmented

SHARES = ("OVERLAY_SHARE", "OWN_OVERLAY_SHARE", "CLUTTER_SHARE", "GROUND_SHARE", "SHARPEN_SHARE")


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> object:
    """Call it with names of shares: those happen always, the others never."""

    def choose(*always: str) -> None:
        for name in SHARES:
            monkeypatch.setattr(texture_augment, name, float(name in always))

    return choose


def photos() -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.integers(0, 256, (96, 96, 3), np.uint8) for _ in range(3)]


def test_an_overlay_adds_fine_differences_and_keeps_the_tones(only) -> None:  # type: ignore[no-untyped-def]
    only("OVERLAY_SHARE")
    image, instances = scene()
    for seed in range(20):
        out, on_photo = texture_augmented(np.random.default_rng(seed), image, instances, photos())
        assert not on_photo
        change = out.astype(float) - image
        assert change.std() > 1, "something is laid over"
        assert abs(change.mean()) < 2, "no tone is changed on the whole"


def test_objects_may_carry_another_overlay_than_the_ground(only) -> None:  # type: ignore[no-untyped-def]
    image, instances = scene()
    image[:] = 100
    only("OVERLAY_SHARE")
    shared, _ = texture_augmented(np.random.default_rng(1), image, instances, photos())
    only("OVERLAY_SHARE", "OWN_OVERLAY_SHARE")
    own, _ = texture_augmented(np.random.default_rng(1), image, instances, photos())
    assert (own[instances == 0] == shared[instances == 0]).all()
    assert (own[instances > 0] != shared[instances > 0]).any()


def test_a_photograph_replaces_the_ground_alone_and_says_so(only) -> None:  # type: ignore[no-untyped-def]
    only("GROUND_SHARE")
    image, instances = scene()
    out, on_photo = texture_augmented(np.random.default_rng(2), image, instances, photos())
    assert on_photo
    assert (out[instances > 0] == image[instances > 0]).all()
    assert (out[instances == 0] != image[instances == 0]).any(axis=1).mean() > 0.9


def test_sharpening_touches_edges_and_nothing_flat(only) -> None:  # type: ignore[no-untyped-def]
    only("SHARPEN_SHARE")
    image, instances = scene()
    out, _ = texture_augmented(np.random.default_rng(3), image, instances, photos())
    assert np.abs(out[18, 18].astype(int) - image[18, 18]).max() <= 1
    assert int(out[18, 27, 0]) > int(image[18, 27, 0])
    assert int(out[18, 28, 0]) < int(image[18, 28, 0])


def test_clutter_is_strewn_over_all_of_the_crop_and_covers_little(only) -> None:  # type: ignore[no-untyped-def]
    only("CLUTTER_SHARE")
    image, instances = scene()
    changed = np.zeros(instances.shape, int)
    for seed in range(60):
        out, _ = texture_augmented(np.random.default_rng(seed), image, instances, [])
        touched = (out != image).any(axis=2)
        assert 0 < touched.mean() < 0.5
        changed += touched
    assert (changed > 0).mean() > 0.9


def test_without_photographs_nothing_is_laid_over(only) -> None:  # type: ignore[no-untyped-def]
    only("OVERLAY_SHARE", "OWN_OVERLAY_SHARE", "GROUND_SHARE")
    image, instances = scene()
    out, on_photo = texture_augmented(np.random.default_rng(0), image, instances, [])
    assert (out == image).all()
    assert not on_photo


def test_detail_is_a_function_of_the_seed_and_leaves_the_original_alone() -> None:
    image, instances = scene()
    before = image.copy()
    one, two = (texture_augmented(np.random.default_rng(9), image, instances, photos())[0] for _ in range(2))
    assert (one == two).all()
    assert (image == before).all()
    others = [
        texture_augmented(np.random.default_rng(seed), image, instances, photos())[0] for seed in range(5)
    ]
    assert any((other != one).any() for other in others)
