"""Batches made ahead: stages in turn, the same batches every time, here and in processes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.pretrain.test_crops import numbered
from training.coco import Labelled
from training.pretrain import crops
from training.pretrain import loop as pretrain
from training.pretrain.crops import Batch, ScenePool
from training.pretrain.prefetch import STEPS_PER_SCENE, Batches, BatchMaker, Stage, make_batches, stage_at


def test_a_stage_is_read_from_three_numbers() -> None:
    assert Stage.parse("256:8:600") == Stage(256, 8, 600, tones=False)
    assert Stage.parse("256:8:600:tones") == Stage(256, 8, 600, tones=True)
    assert Stage.parse("256:8:600:texture") == Stage(256, 8, 600, texture=True)
    assert Stage.parse("256:8:600:tones:texture") == Stage(256, 8, 600, tones=True, texture=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tones",
        "128",
        "128:16",
        "128:16:tones",
        "128:16:100:1",
        "128:16:100:tonesx",
        "128:16:100:tones:tones",
        "a:16:100",
        "100:16:100",
        "640:8:10",
        "128:0:10",
        "128:4:-1",
    ],
)
def test_a_stage_that_cannot_work_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"stage|side"):
        Stage.parse(text)


def test_a_bad_stage_on_the_command_line_is_exit_code_two(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        pretrain.parse(["--work", str(tmp_path), "--stages", "100:1:1"])
    assert caught.value.code == 2


def test_steps_belong_to_the_stages_in_turn() -> None:
    stages = [Stage(128, 16, 3), Stage(256, 8, 2)]
    assert [stage_at(stages, step).side for step in range(7)] == [128, 128, 128, 256, 256, 256, 256]


# --- batches ---------------------------------------------------------------------------------------------


class OneSquare(ScenePool):
    """A pool whose scenes cost nothing."""

    def _make(self, index: int) -> Labelled:
        return numbered(index, 192)


STAGES = [Stage(128, 2, 4)]


def test_batches_are_the_same_whatever_was_made_before() -> None:
    def batches(steps: range) -> list[list[Batch]]:
        return list(Batches([BatchMaker(5, OneSquare(5, 2, 192), [], STAGES, 2, 2)]).ahead(steps, 0))

    *_, walked = batches(range(3))
    (jumped,) = batches(range(2, 3))
    assert len(walked) == len(jumped) == 2
    for one, two in zip(walked, jumped, strict=True):
        assert np.array_equal(one.images, two.images)
        assert np.array_equal(one.masks, two.masks)
    assert not np.array_equal(walked[0].images, walked[1].images), "each replica has its own part"


def test_the_pool_moves_on_with_the_steps() -> None:
    class Noted(OneSquare):
        def at(self, step: int) -> Sequence[Labelled]:
            asked.append(step)
            return super().at(step)

    asked: list[int] = []
    steps = range(2 * STEPS_PER_SCENE + 1)
    assert len(list(Batches([BatchMaker(5, Noted(5, 2, 192), [], STAGES, 1, 1)]).ahead(steps, 0))) == len(
        steps
    )
    assert asked == [step // STEPS_PER_SCENE for step in steps]


def test_processes_make_what_their_makers_would_from_any_step_on() -> None:
    stages = [Stage(128, 2, 4)]
    here = [
        BatchMaker(5, ScenePool(5, 2, 512, first=index, every=2), [], stages, objects=3, parts=1, makers=2)
        for index in range(2)
    ]
    steps = range(1, 5)
    spread = make_batches(5, [], stages, objects=3, parts=1, pool=4, makers=2).ahead(steps, 2)
    for step, (made,) in zip(steps, spread, strict=True):
        (expected,) = here[step % 2].make(step)
        assert np.array_equal(made.images, expected.images), step
        assert np.array_equal(made.masks, expected.masks), step


def test_making_batches_draws_nothing_from_the_generator_of_the_network() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    list(Batches([BatchMaker(5, OneSquare(5, 2, 192), [], STAGES, 1, 1)]).ahead(range(2), 0))
    assert torch.equal(torch.get_rng_state(), before)


def test_only_a_stage_that_says_so_mars_its_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    tone_augmented: list[int] = []

    def noted(rng: np.random.Generator, image: np.ndarray, instances: np.ndarray) -> np.ndarray:
        tone_augmented.append(1)
        return image

    monkeypatch.setattr(crops, "tone_augmented", noted)
    maker = BatchMaker(5, OneSquare(5, 2, 192), [], [Stage(128, 2, 1), Stage(128, 2, 1, tones=True)], 2, 1)
    maker.make(0)
    assert not tone_augmented
    maker.make(1)
    assert tone_augmented


def test_only_a_stage_with_texture_lays_it_over_and_never_over_real_crops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[Sequence[np.ndarray]] = []

    def noted(
        rng: np.random.Generator, image: np.ndarray, instances: np.ndarray, photos: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, bool]:
        given.append(photos)
        return image, True

    monkeypatch.setattr(crops, "texture_augmented", noted)
    real = [numbered(3)]
    stages = [Stage(128, 2, 1), Stage(128, 2, 2, texture=True)]
    maker = BatchMaker(5, OneSquare(5, 2, 192), real, stages, 2, 1, real_share=0.0)
    maker.make(0)
    assert not given
    batch = maker.make(1)[0]
    assert len(given) >= 2
    assert all(len(photos) == 1 for photos in given)
    assert (given[0][0] == real[0].image).all()
    weight, covered = batch.dense[:, 5], batch.dense[:, 0]
    assert (weight == (covered > 0)).all(), "what a photograph shows beside the objects is not learned from"
    given.clear()
    replace(maker, real_share=1.0).make(2)
    assert not given
