"""The arms of the benchmark: the same adapter, steps, losses and augmentation; only the targets differ.

``resam-paper`` and ``pointsam`` are therefore those methods' targets under shared settings. With the rate,
adapter and losses that were published for them they are ``resam-published`` and ``pointsam-published``.
PointSAM's prototype loss under shared settings is an arm of its own, ``pointsam-prototypes``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from engine.errors import ConfigError
from training.adapt.options import PRESETS, AdaptOptions, TeacherOptions

DIRECT = "direct"
"""The frozen model: nothing is trained."""
ARMS = (DIRECT, "self-training", "pointsam", "resam-paper", "resam", "supervised")
ABLATIONS = {
    "resam-no-requery": {"requery": False},
    "resam-no-overlap": {"overlap": False, "divide": False},
    "resam-no-component": {"component": False},
    "resam-no-expansion": {"box_expand": 0.0},
    "resam-ema-teacher": {"weights": "ema"},
    "resam-own-teacher": {"weights": "student"},
    "resam-unweighted": {"stability_power": 0.0, "score_power": 0.0},
    "resam-usual-sizes": {"size_prior": 0.2},
}
NO_SSA, SSA_V1, PROTOTYPES = "resam-no-ssa", "resam-ssa-v1", "pointsam-prototypes"
NO_EMA = "resam-no-ema"
"""The adapter is the student itself, not its moving average."""
RESAM_PUBLISHED, POINTSAM_PUBLISHED = "resam-published", "pointsam-published"
NAMES = (*ARMS, RESAM_PUBLISHED, POINTSAM_PUBLISHED, *ABLATIONS, NO_SSA, SSA_V1, NO_EMA, PROTOTYPES)
SSA_V1_QUEUE = 32
HASH_DIGITS = 12
PROTOTYPE_WEIGHT = 0.1
"""As PointSAM weighs it."""


def arm_options(name: str) -> AdaptOptions:
    """The options of a trained arm; ConfigError if there is none of that name."""
    base = PRESETS["default"]
    teachers = {
        "self-training": TeacherOptions(kind="self-training", weights="frozen"),
        "pointsam": TeacherOptions(kind="pointsam"),
        "resam-paper": PRESETS["paper"].teacher,
        "resam": base.teacher,
        "supervised": TeacherOptions(kind="supervised"),
    }
    if name in teachers:
        return replace(base, teacher=teachers[name])
    if name == RESAM_PUBLISHED:
        return PRESETS["paper"]
    if name == POINTSAM_PUBLISHED:
        return replace(PRESETS["paper"], teacher=teachers["pointsam"], ssa=0.0, prototype=PROTOTYPE_WEIGHT)
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


def options_hash(name: str) -> str:
    """What tells the options of an arm from others; the same for all arms that train nothing."""
    options = {} if name == DIRECT else arm_options(name).to_dict()
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:HASH_DIGITS]
