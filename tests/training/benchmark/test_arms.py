"""Every arm trains what it says on every family of networks, and ports keep what their method is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.models.base import Segmenter
from tests.engine.model_helpers import mobile_segmenter, shallow_segmenter
from tests.training.adapt.helpers import place, tiny_segmenter
from tests.training.adapt.small_sam2 import hiera_segmenter
from training.adapt.projections import attentions, key_rows
from training.adapt.trainer import Adaptation
from training.benchmark.arms import (
    ARMS,
    DIRECT,
    PUBLISHED,
    TRIBE_ENTROPY,
    WESAM_COUNTED,
    WESAM_PUBLISHED,
    arm_options,
    hash_of,
    options_hash,
)

FAMILIES = {"vit": shallow_segmenter, "hiera": hiera_segmenter, "mobile_sam": mobile_segmenter}
TRAINED = [arm for arm in (*ARMS, *PUBLISHED) if arm != DIRECT]
STEPS = 2


def sure(model: Segmenter) -> Segmenter:
    """The same network with masks that are sure of themselves, which those of random weights are not."""
    with torch.no_grad():
        for name, parameter in model.module.named_parameters():
            if "output_hypernetworks_mlps" in name and "layers.2" in name:
                parameter.mul_(200)
    return model


@pytest.mark.parametrize("arm", TRAINED)
@pytest.mark.parametrize("family", FAMILIES)
def test_an_arm_trains_a_few_steps_on_every_family(arm: str, family: str) -> None:
    model = sure(FAMILIES[family]())
    run = Adaptation(model, [place(truth=True)], arm_options(arm), STEPS, 0, stop_on_drift=False)
    before = run.student.state()
    run.run()
    losses = [log["loss"] for log in run.logs if "loss" in log]
    assert len(run.logs) == STEPS
    assert losses
    assert all(np.isfinite(losses))
    after = run.student.state()
    assert any(not torch.equal(value, after[name]) for name, value in before.items())


@pytest.mark.parametrize("make", [*FAMILIES.values(), tiny_segmenter])
def test_wesam_as_published_changes_queries_and_values_and_no_key(make: Callable[[], Segmenter]) -> None:
    model = sure(make())
    run = Adaptation(model, [place(truth=True)], arm_options(WESAM_PUBLISHED), 1, 0, stop_on_drift=False)
    run.run()
    moved = []
    for attention in attentions(model.module).values():
        weight = attention.qkv.lora_B["default"].weight
        keys = key_rows(attention)
        assert not weight[keys].any()
        others = np.setdiff1d(np.arange(len(weight)), keys.numpy())
        assert len(keys) == len(weight) // 3
        moved.append(bool(weight[others].any()))
    assert any(moved)


def test_the_ports_keep_what_makes_their_method_under_shared_settings_too() -> None:
    for end in ("", "-published"):
        dept, tribe, wesam = (arm_options(f"{name}{end}") for name in ("dept", "tribe", "wesam"))
        assert (dept.teacher.kind, dept.teacher.weights, dept.comparator.tokens) == ("dept", "ema", 50)
        assert (dept.comparator.consistency, dept.comparator.diversity, dept.ema_decay) == (0.1, 0.05, 0.99)
        assert (tribe.teacher.most_entropy, tribe.comparator.anchor_mse) == (TRIBE_ENTROPY, 0.5)
        assert (wesam.comparator.anchor_dice, wesam.comparator.contrast) == (1, 1)
        assert tribe.teacher.weights == wesam.teacher.weights == "student"


def test_wesam_as_published_has_its_own_rate_and_its_mistake_is_an_arm_of_its_own() -> None:
    own, mistaken = arm_options(WESAM_PUBLISHED), arm_options(WESAM_COUNTED)
    assert (own.rate, own.decay, own.warm_up, own.milestones, own.lora.rank) == (1e-4, 1e-4, 250, (), 4)
    assert (own.focal, own.alpha, own.dice, own.iou, own.ssa) == (20, 0.8, 1, 1, 0)
    assert not own.comparator.counted
    assert mistaken.comparator.counted


def test_no_method_but_resam_is_published_with_its_alignment_loss() -> None:
    assert {arm for arm in PUBLISHED if arm_options(arm).ssa} == {"resam-published"}


@pytest.mark.parametrize("path", sorted(Path("benchmarks/rows").rglob("results.json")), ids=str)
def test_arms_whose_rows_are_kept_have_the_options_they_were_measured_with(path: Path) -> None:
    entries = [json.loads(line) for line in path.with_name("rows.jsonl").read_text().splitlines()]
    kept = {entry["arm"]: entry["options"] for entry in entries if "options" in entry}
    # The first nano's were measured before targets were a vote.
    voted = {arm for arm in kept if arm != DIRECT and arm_options(arm).teacher.votes}
    former = voted if path.parts[2] == "first-nano" else set()
    assert len(kept) > len(former)
    assert all((options == options_hash(arm)) != (arm in former) for arm, options in kept.items())


def test_the_preset_with_requery_and_one_view_is_what_resam_was_before() -> None:
    rows = Path("benchmarks/rows/first-nano/nwpu/rows.jsonl").read_text().splitlines()
    (former,) = {row["options"] for row in map(json.loads, rows) if row["arm"] == "resam"}
    preset = arm_options("resam")
    assert hash_of(replace(preset, teacher=replace(preset.teacher, by_rounds=False, votes=False))) == former
    assert former != options_hash("resam")
