"""Four views of a tile vote on the target of each object, and count for less where they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.adapt.helpers import SMALL, images_asked, place, tiny_segmenter
from training.adapt.lessons import Lesson
from training.adapt.teachers import Labels
from training.adapt.trainer import Adaptation
from training.adapt.voting import FLIPS, vote

SIDE = 8


def square(x: int, y: int, size: int) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[y : y + size, x : x + size] = 1
    return mask


def seen(flip: tuple[bool, bool], masks: Sequence[np.ndarray | None], weight: float = 1.0) -> Lesson:
    """What a view that is turned over holds of objects, given as they lie on the first view."""
    rows = [row for row, mask in enumerate(masks) if mask is not None]
    axes = tuple(axis for axis, turned in zip((1, 0), flip, strict=True) if turned)
    turned = [np.flip(mask, axes) for mask in masks if mask is not None]
    stack = np.stack(turned) if turned else np.zeros((0, SIDE, SIDE), np.float32)
    labels = Labels(
        np.array(rows, int), stack, np.zeros((len(rows), 4)), np.full(len(rows), weight), stack > 0
    )
    return Lesson(labels, torch.eye(4)[rows])


def test_views_that_agree_give_the_target_of_one() -> None:
    objects = [square(1, 2, 3), square(5, 4, 2)]
    found = vote([seen(flip, objects, 0.7) for flip in FLIPS], 2, 16)
    assert found.labels.rows.tolist() == [0, 1]
    assert np.array_equal(found.labels.masks, np.stack(objects))
    assert np.array_equal(found.labels.clicked, np.stack(objects) > 0)
    assert found.labels.boxes.tolist() == [[2, 4, 8, 10], [10, 8, 14, 12]]
    assert found.labels.weights == pytest.approx([0.7, 0.7])
    assert torch.equal(found.pooled, torch.eye(4)[:2])


def test_a_pixel_needs_half_of_the_views() -> None:
    small, large = square(2, 2, 2), square(2, 2, 4)
    two, one = ([small, small, large, large], [small, small, small, large])
    for masks, expected in ((two, large), (one, small)):
        lessons = [seen(flip, [mask]) for flip, mask in zip(FLIPS, masks, strict=True)]
        assert np.array_equal(vote(lessons, 1, SIDE).labels.masks[0], expected)


def test_objects_on_which_views_disagree_count_less() -> None:
    lessons = [
        seen(flip, [square(1, 1, 4), mask])
        for flip, mask in zip(FLIPS, [square(1, 1, 4)] * 2 + [square(1, 1, 2)] * 2, strict=True)
    ]
    # Of six pairs of views two agree wholly, four by a quarter.
    sure, doubtful = vote(lessons, 2, SIDE).labels.weights.tolist()
    assert (sure, doubtful) == (1.0, pytest.approx(((2 + 4 * 0.25) / 6) ** 2))


def test_an_object_that_one_view_knows_has_no_target_and_one_that_two_know_has() -> None:
    known = [[square(1, 1, 2), square(4, 4, 3)], [None, square(4, 4, 3)], [None, None], [None, None]]
    found = vote([seen(flip, masks) for flip, masks in zip(FLIPS, known, strict=True)], 2, SIDE)
    assert found.labels.rows.tolist() == [1]
    assert found.labels.weights == pytest.approx([0.5 * (1 / 6) ** 2])
    assert torch.equal(found.pooled, torch.eye(4)[1:2])


def test_views_that_know_nothing_give_nothing() -> None:
    found = vote([seen(flip, [None]) for flip in FLIPS], 1, SIDE)
    assert len(found.labels.rows) == 0


def test_a_run_asks_its_teacher_once_about_each_view() -> None:
    teacher = replace(SMALL.teacher, weights="frozen", kind="resam", eps=0.0, votes=True)
    run = Adaptation(tiny_segmenter(), [place(False)], replace(SMALL, teacher=teacher), 6, seed=3)
    asked = images_asked(run.student.model)
    run.run()
    assert len(asked) == len(FLIPS)
    assert len(run.logs) == 6
