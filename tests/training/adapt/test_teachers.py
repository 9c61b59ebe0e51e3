"""Targets: who labels what, and that nobody is supervised by a neighbour's mask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.models.base import Decoded, Embedding, PromptBatch
from engine.stages.refine import confident
from tests.fakes import FakeSegmenter
from tests.training.adapt.helpers import SIDE, click, sample
from training.adapt.options import PRESETS, TeacherOptions
from training.adapt.samples import Sample
from training.adapt.teachers import calibrate, label, refined_masks

PAPER = PRESETS["paper"].teacher
RNG = np.random.default_rng(0)


class Scripted:
    """Answers clicks with logits laid out beforehand, in the order asked, and boxes with filled boxes."""

    name, sha256, image_size, mask_size = "scripted", "0" * 64, 64, 64
    adapted = False

    def __init__(self, logits: np.ndarray) -> None:
        self._logits = torch.from_numpy(logits.astype(np.float32))
        self.boxes: list[np.ndarray] = []

    def encode(self, image: np.ndarray) -> Embedding:
        return Embedding(torch.zeros(1, 1, 4, 4))

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        if prompts.boxes is None:
            logits = self._logits[:, None]
        else:
            self.boxes += list(prompts.boxes.numpy())
            logits = torch.full((len(prompts), 1, 64, 64), -5.0)
            for row, (x0, y0, x1, y1) in enumerate(prompts.boxes.int().tolist()):
                logits[row, 0, y0:y1, x0:x1] = 5
        return Decoded(logits, torch.full((len(logits), 1), 0.8))


def blob(x0: int, y0: int, x1: int, y1: int, inside: float = 6.0) -> np.ndarray:
    logits = np.full((64, 64), -6.0)
    logits[y0:y1, x0:x1] = inside
    return logits


def scripted_sample(*xy: tuple[float, float]) -> Sample:
    prompts = tuple(click(x, y) for x, y in xy)
    return Sample(np.zeros((64, 64, 3), np.uint8), np.ones((64, 64), bool), prompts, len(xy))


@pytest.mark.parametrize(("eps", "threshold"), [(0.2, 0.788), (0.3, 0.837), (0.5, 0.906)])
def test_the_confidence_rule_is_a_probability_threshold(eps: float, threshold: float) -> None:
    p = np.linspace(0, 1, 200_001)
    first = p[(p > 0.5) & confident(p, eps)].min()
    assert first == pytest.approx(threshold, abs=1e-3)
    assert confident(p[p >= first], eps).all()
    assert not confident(p[(p > 0.1) & (p < first)], eps).any()


@pytest.mark.parametrize(
    "options",
    [PAPER, PRESETS["default"].teacher, TeacherOptions("self-training"), TeacherOptions("pointsam")],
    ids=["paper", "default", "self-training", "pointsam"],
)
def test_nothing_is_learned_where_there_is_no_data(options: TeacherOptions) -> None:
    asked = scripted_sample((10, 30), (50, 50))
    valid = np.ones((64, 64), bool)
    valid[:, 15:] = False
    logits = np.stack([blob(5, 25, 40, 40), blob(45, 45, 55, 55)])
    found = label(Scripted(logits), Embedding(torch.zeros(1)), replace(asked, valid=valid), options, RNG)
    assert found.rows.tolist() == [0], "the other object lies where there is nothing"
    assert found.masks[0, 30, 10] == 1
    assert not found.masks[:, ~valid].any()
    assert label(Scripted(logits), Embedding(torch.zeros(1)), asked, options, RNG).rows.tolist() == [0, 1]


@pytest.mark.parametrize("options", [PAPER, PRESETS["default"].teacher], ids=["paper", "default"])
def test_an_empty_instance_in_the_middle_leaves_every_other_pair_aligned(options: TeacherOptions) -> None:
    logits = np.stack([blob(5, 5, 20, 20), np.full((64, 64), -6.0), blob(40, 40, 60, 55)])
    found = label(
        Scripted(logits),
        Embedding(torch.zeros(1)),
        scripted_sample((10, 10), (30, 30), (50, 50)),
        options,
        RNG,
    )
    assert found.rows.tolist() == [0, 2]
    assert found.masks[0][10, 10] == 1
    assert found.masks[1][50, 50] == 1
    assert found.masks[0][50, 50] == found.masks[1][10, 10] == 0
    assert found.boxes[0][0] <= 5
    assert found.boxes[1][2] >= 60
    assert len(found.weights) == len(found.clicked) == 2


def test_the_paper_takes_contested_pixels_off_all() -> None:
    logits = np.stack([blob(0, 0, 30, 30), blob(20, 20, 60, 60)])
    masks = refined_masks(logits, scripted_sample((5, 5), (50, 50)), PAPER)
    assert not masks[:, 20:30, 20:30].any()
    assert masks[0, :20, :20].all()


def test_without_overlap_suppression_contested_pixels_stay() -> None:
    logits = np.stack([blob(0, 0, 30, 30), blob(20, 20, 60, 60)])
    masks = refined_masks(logits, scripted_sample((5, 5), (50, 50)), replace(PAPER, overlap=False))
    assert masks[:, 20:30, 20:30].all()


def test_uncertain_pixels_are_refined_away_at_the_papers_threshold_and_kept_at_zero() -> None:
    logits = np.stack([blob(5, 5, 40, 40, inside=0.5)])
    one = scripted_sample((10, 10))
    assert not refined_masks(logits, one, PAPER).any()
    assert refined_masks(logits, one, replace(PAPER, eps=0.0)).sum() == 35 * 35


def test_the_requery_box_is_tight_or_grown_by_the_share_asked_for() -> None:
    one = scripted_sample((20, 20))
    for expand, low, high in ((0.0, 10, 30), (0.1, 8, 32)):
        model = Scripted(blob(10, 10, 30, 30)[None])
        label(model, Embedding(torch.zeros(1)), one, replace(PAPER, box_expand=expand), RNG)
        assert model.boxes[0].tolist() == pytest.approx([low, low, high, high])


def test_an_object_counts_by_the_stability_of_its_target_and_the_iou_predicted_for_it() -> None:
    one = scripted_sample((20, 20))

    def weight(stability_power: float, score_power: float) -> float:
        options = replace(PAPER, stability_power=stability_power, score_power=score_power)
        found = label(Scripted(blob(10, 10, 30, 30)[None]), Embedding(torch.zeros(1)), one, options, RNG)
        return float(found.weights[0])

    assert weight(0, 0) == 1
    assert weight(1, 0) == 1  # the box is filled with logits of 5, so nothing changes at +1 or -1
    assert weight(0, 1) == pytest.approx(0.8)  # what Scripted predicts
    assert weight(4, 4) == pytest.approx(0.8**4)


def test_supervised_labels_are_the_true_masks() -> None:
    seen = sample()
    assert seen.truth is not None
    model = FakeSegmenter(SIDE)
    found = label(model, model.encode(seen.image), seen, TeacherOptions(kind="supervised"), RNG)
    assert np.array_equal(found.masks, (seen.truth > 0.5).astype(np.float32))


@pytest.mark.parametrize("kind", ["self-training", "pointsam", "resam"])
def test_every_teacher_finds_painted_objects_from_their_clicks(kind: str) -> None:
    seen = sample()
    assert seen.truth is not None
    model = FakeSegmenter(SIDE)
    options = replace(PRESETS["default"].teacher, kind=kind)  # type: ignore[arg-type]  # one of Kind
    found = label(model, model.encode(seen.image), seen, options, RNG)
    assert found.rows.tolist() == [0, 1, 2]
    for mask, truth in zip(found.masks > 0.5, seen.truth > 0.5, strict=True):
        assert (mask & truth).sum() / (mask | truth).sum() > 0.85


@given(st.integers(0, 1000))
def test_calibration_draws_negatives_only_from_own_negatives_and_overlapping_positives(seed: int) -> None:
    masks = np.zeros((4, 32, 32), bool)
    masks[0, :20, :20] = masks[1, 5:22, 5:22] = True  # overlap
    masks[2, 25:, 25:] = True  # alone
    masks[3, :3, 28:] = True  # alone
    asked = [click(5, 5, (31, 1)), click(15, 15), click(30, 30, (1, 31)), click(30, 1)]
    found = calibrate(asked, masks, np.random.default_rng(seed))
    assert {tuple(xy) for xy in found[0].xy[found[0].labels == 0]} <= {(31.0, 1.0), (15.0, 15.0)}
    assert {tuple(xy) for xy in found[1].xy[found[1].labels == 0]} == {(5.0, 5.0)}
    assert found[2] is asked[2]
    assert found[3] is asked[3]
    assert all(np.array_equal(new.positives, old.positives) for new, old in zip(found, asked, strict=True))


@pytest.mark.parametrize(("rounds", "asked"), [(1, 1), (2, 0)])
def test_a_model_that_looks_twice_by_itself_is_not_asked_again(rounds: int, asked: int) -> None:
    model = Scripted(blob(10, 10, 30, 30)[None])
    model.rounds = rounds  # type: ignore[attr-defined]
    shown = scripted_sample((20, 20))
    options = replace(PAPER, by_rounds=True)
    found = label(model, model.encode(shown.image), shown, options, RNG)  # type: ignore[arg-type]
    assert len(model.boxes) == asked
    assert found.masks[0].sum() == 400


def test_only_what_a_second_round_does_is_left_out() -> None:
    preset = PRESETS["default"].teacher
    spared = preset.for_rounds(2)
    assert preset.for_rounds(1) == preset
    assert spared == replace(preset, best_of_three=False, requery=False)
    assert replace(preset, by_rounds=False).for_rounds(2).requery
