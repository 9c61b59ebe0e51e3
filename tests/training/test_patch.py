"""Masks cut to their box."""

from __future__ import annotations

import numpy as np

from training.patch import Patch


def test_a_patch_of_an_instance_map_is_that_of_its_mask() -> None:
    instances = np.zeros((20, 30), np.int32)
    instances[2:9, 4:12] = 1
    instances[5:7, 10:25] = 3
    for number, patch in zip((3, 1), Patch.of_instances(instances, (3, 1)), strict=True):
        wanted = Patch.of(instances == number)
        assert (patch.x, patch.y) == (wanted.x, wanted.y)
        assert (patch.mask == wanted.mask).all()


def test_an_empty_mask_becomes_an_empty_patch() -> None:
    assert Patch.of(np.zeros((4, 5), bool)).mask.shape == (0, 0)
