"""Marks on objects: inside their outlines only, and of every kind."""

from __future__ import annotations

import numpy as np
import pytest

from training.pretrain import tone_augment
from training.pretrain.tone_augment import tone_augmented


def scene() -> tuple[np.ndarray, np.ndarray]:
    """Two grey squares on a darker ground, and their instance map."""
    instances = np.zeros((64, 64), np.int32)
    instances[8:28, 8:28], instances[36:56, 30:60] = 1, 2
    image = np.where(instances[..., None] > 0, 140, 60) + np.zeros(3, np.int64)
    return image.astype(np.uint8), instances


def test_marks_stay_inside_their_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tone_augment, "OBJECT_SHARE", 1.0)
    monkeypatch.setattr(tone_augment, "GROUND_SHARE", 0.0)
    monkeypatch.setattr(tone_augment, "SHADE_SHARE", 0.0)
    image, instances = scene()
    changed = np.zeros(instances.shape, bool)
    for seed in range(40):
        out = tone_augmented(np.random.default_rng(seed), image, instances)
        changed |= (out != image).any(axis=2)
    assert not changed[instances == 0].any()
    assert changed[instances > 0].all(), "every part of an object may be marked"


def test_the_ground_is_marked_apart_from_the_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tone_augment, "OBJECT_SHARE", 0.0)
    monkeypatch.setattr(tone_augment, "GROUND_SHARE", 1.0)
    monkeypatch.setattr(tone_augment, "SHADE_SHARE", 0.0)
    image, instances = scene()
    outs = [tone_augmented(np.random.default_rng(seed), image, instances) for seed in range(10)]
    assert all((out[instances > 0] == image[instances > 0]).all() for out in outs)
    assert any((out != image).any() for out in outs)


def test_a_shade_lies_over_everything_on_one_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tone_augment, "OBJECT_SHARE", 0.0)
    monkeypatch.setattr(tone_augment, "GROUND_SHARE", 0.0)
    monkeypatch.setattr(tone_augment, "SHADE_SHARE", 1.0)
    image, instances = np.full((64, 64, 3), 100, np.uint8), np.zeros((64, 64), np.int32)
    for seed in range(5):
        values = tone_augmented(np.random.default_rng(seed), image, instances)[..., 0]
        assert len(np.unique(values)) == 2
        changes = (np.diff(values.astype(int), axis=0) != 0).sum(0), (np.diff(values.astype(int)) != 0).sum(1)
        assert max(changes[0].max(), changes[1].max()) == 1, "a straight line is crossed once"


def test_small_objects_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tone_augment, "OBJECT_SHARE", 1.0)
    monkeypatch.setattr(tone_augment, "GROUND_SHARE", 0.0)
    monkeypatch.setattr(tone_augment, "SHADE_SHARE", 0.0)
    instances = np.zeros((32, 32), np.int32)
    instances[3 : 3 + tone_augment.MIN_SIDE - 1, 4:20] = 1
    image = np.full((32, 32, 3), 90, np.uint8)
    for seed in range(5):
        assert (tone_augmented(np.random.default_rng(seed), image, instances) == image).all()


def test_marks_are_a_function_of_the_seed_and_leave_the_original_alone() -> None:
    image, instances = scene()
    before = image.copy()
    one, two, other = (tone_augmented(np.random.default_rng(seed), image, instances) for seed in (3, 3, 4))
    assert (one == two).all()
    assert (one != other).any()
    assert (image == before).all()
