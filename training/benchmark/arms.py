"""The arms of the benchmark: the same adapter, steps, losses and augmentation; only the targets differ.

``resam-paper`` and ``pointsam`` are therefore those methods' targets under shared settings. With the rate,
adapter and losses that were published for a method its name ends in ``-published``. PointSAM's prototype loss
under shared settings is an arm of its own, ``pointsam-prototypes``.

``dept``, ``tribe`` and ``wesam`` are ports of this project's own: of DePT and TRIBE no code on SAM is public.
Under shared settings they keep what makes them what they are: DePT-style its prompt tokens in place of LoRA
and its labels by neighbours, Tribe-style its gate by entropy and its anchor, WeSAM its anchor and contrast.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.errors import ConfigError
from engine.models.lora import LoraSpec
from training.adapt.options import PRESETS, AdaptOptions, ComparatorOptions, TeacherOptions

DIRECT = "direct"
"""The frozen model: nothing is trained."""
ARMS = (
    DIRECT,
    "self-training",
    "dept",
    "tribe",
    "wesam",
    "pointsam",
    "resam-paper",
    "resam",
    "supervised",
)
ABLATIONS = {
    "resam-no-requery": {"requery": False},
    "resam-no-overlap": {"overlap": False, "divide": False},
    "resam-no-component": {"component": False},
    "resam-no-expansion": {"box_expand": 0.0},
    "resam-ema-teacher": {"weights": "ema"},
    "resam-own-teacher": {"weights": "student"},
    "resam-unweighted": {"stability_power": 0.0, "score_power": 0.0},
    "resam-usual-sizes": {"size_prior": 0.2},
    "resam-one-view": {"votes": False},
    "resam-always-requery": {"by_rounds": False},
}
NO_SSA, SSA_V1, PROTOTYPES = "resam-no-ssa", "resam-ssa-v1", "pointsam-prototypes"
NO_EMA = "resam-no-ema"
"""The adapter is the student itself, not its moving average."""
RESAM_PUBLISHED, POINTSAM_PUBLISHED = "resam-published", "pointsam-published"
WESAM_PUBLISHED, WESAM_COUNTED = "wesam-published", "wesam-published-counted"
"""The latter with the mistake of WeSAM's code: the instance count as the focal loss's alpha and in dice."""
PUBLISHED = (
    "self-training-published",
    "dept-published",
    "tribe-published",
    WESAM_PUBLISHED,
    WESAM_COUNTED,
    POINTSAM_PUBLISHED,
    RESAM_PUBLISHED,
    "supervised-published",
)
NAMES = (*ARMS, *PUBLISHED, *ABLATIONS, NO_SSA, SSA_V1, NO_EMA, PROTOTYPES)
SSA_V1_QUEUE = 32
HASH_DIGITS = 12
PROTOTYPE_WEIGHT = 0.1
"""As PointSAM weighs it."""
TRIBE_ENTROPY = 0.4
"""TRIBE's H0, in units of ln K; it names 0.05, 0.2 and 0.4 for its three sets."""
WESAM_RATE = 1e-4
COMPARATORS = {
    "dept": ComparatorOptions(tokens=50, consistency=0.1, diversity=0.05),
    "tribe": ComparatorOptions(anchor_mse=0.5),
    "wesam": ComparatorOptions(anchor_dice=1.0, contrast=1.0),
}
"""What the three methods add, with the weights that were published."""
_LATER = ("comparator", "most_entropy", "votes", "by_rounds")
"""Options that came after rows had been measured: where they change nothing, the rows still hold."""


def arm_options(name: str) -> AdaptOptions:
    """The options of a trained arm; ConfigError if there is none of that name."""
    base = PRESETS["default"]
    teachers = {
        "self-training": TeacherOptions(kind="self-training", weights="frozen"),
        "dept": TeacherOptions(kind="dept", weights="ema"),
        "tribe": TeacherOptions(kind="self-training", most_entropy=TRIBE_ENTROPY),
        "wesam": TeacherOptions(kind="self-training"),
        "pointsam": TeacherOptions(kind="pointsam"),
        "resam-paper": PRESETS["paper"].teacher,
        "resam": base.teacher,
        "supervised": TeacherOptions(kind="supervised"),
    }
    if name in teachers:
        return replace(base, teacher=teachers[name], comparator=COMPARATORS.get(name, ComparatorOptions()))
    if name in PUBLISHED:
        return _published(name, teachers)
    if name in ABLATIONS:
        return replace(base, teacher=replace(base.teacher, **ABLATIONS[name]))  # type: ignore[arg-type]
    if name == NO_SSA:
        return replace(base, ssa=0.0)
    if name == NO_EMA:
        return replace(base, final="student")
    if name == SSA_V1:
        return replace(base, ssa_form="affinity", queue=SSA_V1_QUEUE)
    if name == PROTOTYPES:
        return replace(base, teacher=teachers["pointsam"], prototype=PROTOTYPE_WEIGHT)
    raise ConfigError(f"there is no arm '{name}': choose among {', '.join(NAMES)}")


def _published(name: str, teachers: Mapping[str, TeacherOptions]) -> AdaptOptions:
    """A method with its published losses, rate and adapter; ReSAM's where its authors compared with it."""
    paper = PRESETS["paper"]
    if name == RESAM_PUBLISHED:
        return paper
    method = name.removesuffix("-counted").removesuffix("-published")
    own = replace(
        paper,
        teacher=teachers[method],
        ssa=0.0,
        prototype=PROTOTYPE_WEIGHT if method == "pointsam" else 0.0,
        comparator=COMPARATORS.get(method, ComparatorOptions()),
    )
    if method != "wesam":
        return own
    comparator = replace(own.comparator, keys=False, counted=name == WESAM_COUNTED)
    return replace(own, lora=LoraSpec(4), rate=WESAM_RATE, milestones=(), comparator=comparator)


def options_hash(name: str) -> str:
    """What tells the options of an arm from others; the same for all arms that train nothing."""
    return _digest({}) if name == DIRECT else hash_of(arm_options(name))


def hash_of(options: AdaptOptions) -> str:
    """What tells options from others."""
    return _digest(_told(options.to_dict(), AdaptOptions().to_dict()))


def _digest(options: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:HASH_DIGITS]


def _told(options: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those of :data:`_LATER` that are as usual."""
    return {
        name: _told(value, usual[name]) if isinstance(value, Mapping) else value
        for name, value in options.items()
        if name not in _LATER or value != usual[name]
    }
