"""A teacher that never changes is asked once about a view, and nothing that is learned differs for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.stages.predict import TilePrompt
from tests.training.adapt.helpers import SMALL, images_asked, place, sample, tiny_segmenter
from training.adapt.lessons import Lesson, Lessons
from training.adapt.options import AdaptOptions, TeacherOptions
from training.adapt.teachers import Labels
from training.adapt.trainer import Adaptation

FROZEN = replace(SMALL, teacher=replace(SMALL.teacher, weights="frozen", kind="resam", eps=0.0))


def lesson() -> Lesson:
    masks = np.ones((1, 64, 64), np.float32)
    labels = Labels(np.zeros(1, np.int64), masks, np.zeros((1, 4)), np.ones(1, np.float32), masks > 0)
    return Lesson(labels, torch.zeros(1, 8))


def learned(options: AdaptOptions, room: int) -> tuple[list[dict[str, float]], list[torch.Tensor], int]:
    """What the steps of a run report, the weights it ends with, and how often its teacher was asked."""
    run = Adaptation(tiny_segmenter(), [place(False)], options, 8, seed=3)
    run._lessons = Lessons(options.teacher, room)
    asked = images_asked(run.student.model)
    run.run()
    return run.logs, [p.detach().clone() for p in run.student.parameters], len(asked)


def test_a_run_learns_the_same_to_the_bit_from_lessons_that_it_keeps() -> None:
    logs, weights, asked = learned(FROZEN, 1 << 20)
    plain_logs, plain_weights, plain_asked = learned(FROZEN, 0)
    assert asked <= 16 < plain_asked == 32, "four views of a tile that comes in four ways, and eight steps"
    assert logs == plain_logs
    assert "loss" in logs[-1]
    assert all(torch.equal(one, other) for one, other in zip(weights, plain_weights, strict=True))


def test_another_click_on_the_same_pixels_is_another_view() -> None:
    lessons, view = Lessons(FROZEN.teacher), sample()
    lessons.keep(view, lesson())
    moved = TilePrompt(view.prompts[0].xy + 1, view.prompts[0].labels)
    assert lessons.of(replace(view, image=view.image.copy())) is not None
    assert lessons.of(replace(view, prompts=(moved, *view.prompts[1:]))) is None


@pytest.mark.parametrize(
    "teacher",
    [TeacherOptions(weights="ema"), TeacherOptions(weights="student"), TeacherOptions("pointsam", "frozen")],
)
def test_nothing_is_kept_of_a_teacher_that_may_say_something_else(teacher: TeacherOptions) -> None:
    lessons = Lessons(teacher)
    lessons.keep(sample(), lesson())
    assert lessons.of(sample()) is None


def test_no_more_is_kept_than_there_is_room_for() -> None:
    one, view = lesson(), sample()
    lessons = Lessons(FROZEN.teacher, one.size)
    lessons.keep(view, one)
    other = replace(view, image=255 - view.image)
    lessons.keep(other, one)
    assert lessons.of(view) is one
    assert lessons.of(other) is None
