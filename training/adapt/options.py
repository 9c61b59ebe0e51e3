"""Every choice of an adaptation, as frozen settings: the arms differ in these and in nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from engine.models.lora import LoraSpec

Kind = Literal["resam", "self-training", "pointsam", "supervised", "dept"]
Weights = Literal["student", "ema", "frozen"]
"""Whose weights answer: the student's own, their moving average, or the base's."""


@dataclass(frozen=True)
class TeacherOptions:
    """How targets are made of clicks (:mod:`training.adapt.teachers`).

    Attributes:
        kind: whose rule.
        weights: whose weights answer.
        eps: pixels with ``p·(1-H) > eps`` are certain.
        overlap: take out what several objects claim; ``divide`` gives it to the surest instead.
        component: keep what hangs together with a click.
        requery: ask again with the refined mask's box.
        box_clicks: with the clicks beside the box.
        box_expand: share of its side that the box grows by on every side.
        best_of_three: let the model choose among three masks of a single click, as the engine does.
        size_prior: how much a mask of unusual size is worth less than one of the usual size of its kind, per
            spread of that kind, when one of three is chosen and when objects are weighted; 0 ignores sizes.
        by_rounds: of a model that answers clicks in two rounds, whose second sees the mask of the first, take
            the single mask, and leave the requery out: the second round does what that is for.
        votes: ask about the tile turned over in four ways, and let the answers vote
            (:mod:`training.adapt.voting`).
        most_entropy: of the teacher's masks, only pixels of a smaller normalised entropy count in the losses;
            1 counts all (TRIBE's H0, in units of ln 2).
        stability_power, score_power: count an object by the stability of its target, and by the IoU that the
            model predicts for it, to these powers; 0 counts all alike.
    """

    kind: Kind = "resam"
    weights: Weights = "student"
    eps: float = 0.2
    overlap: bool = True
    divide: bool = False
    component: bool = False
    requery: bool = True
    box_clicks: bool = False
    box_expand: float = 0.0
    best_of_three: bool = False
    stability_power: float = 0.0
    score_power: float = 0.0
    size_prior: float = 0.0
    most_entropy: float = 1.0
    by_rounds: bool = False
    votes: bool = False

    def for_rounds(self, rounds: int) -> TeacherOptions:
        """The options for a model that answers a click in ``rounds`` rounds."""
        if not self.by_rounds or rounds == 1:
            return self
        return replace(self, best_of_three=False, requery=False)


@dataclass(frozen=True)
class ComparatorOptions:
    """What methods that ReSAM is compared with add to losses and network; nothing of it is ReSAM's.

    Attributes:
        anchor_dice, contrast: weights of WeSAM's terms (:mod:`training.adapt.anchors`).
        anchor_mse: weight of TRIBE's.
        counted: pass the number of instances as the focal loss's alpha and as dice's smoothing, as WeSAM's
            published code does by mistake.
        keys: whether low-rank updates change keys, too, and not queries and values alone.
        tokens: prompt tokens a stage that are trained in place of LoRA (:mod:`training.adapt.tokens`); 0 for
            none.
        consistency, diversity: weights of their two terms.
    """

    anchor_dice: float = 0.0
    anchor_mse: float = 0.0
    contrast: float = 0.0
    counted: bool = False
    keys: bool = True
    tokens: int = 0
    consistency: float = 0.0
    diversity: float = 0.0

    @property
    def anchored(self) -> bool:
        """Whether a term needs the weak view with gradient, and the frozen model on it."""
        return bool(self.anchor_dice or self.anchor_mse or self.contrast)


@dataclass(frozen=True)
class AdaptOptions:
    """One adaptation.

    Attributes:
        rate: peak learning rate of Adam.
        decay: its weight decay.
        warm_up: steps of linear warm-up; at most a fifth of all.
        milestones: shares of the steps after which the rate is a tenth, a hundredth.
        focal, balanced, dice, iou, ssa: weights of the losses (``balanced``: cross-entropy as the embedded
            model was trained with).
        alpha: share of the object's pixels in the focal loss.
        ssa_form: ``weak-strong`` (CVPR) or ``affinity`` (v1).
        prototype: weight of PointSAM's prototype loss, every 30 steps.
        queue: past weak embeddings that the affinity form compares with.
        more_clicks: clicks drawn anew in each target that the student answers beside the original ones.
        ema_decay: share of the moving average that stays per step.
        final: which weights become the adapter.
        clip: largest norm of the gradient; None for no limit.
        comparator: what other methods add.
    """

    lora: LoraSpec = field(default_factory=LoraSpec)
    teacher: TeacherOptions = field(default_factory=TeacherOptions)
    rate: float = 5e-4
    decay: float = 1e-4
    warm_up: int = 250
    milestones: tuple[float, ...] = (0.6, 0.85)
    focal: float = 20.0
    alpha: float = 0.8
    balanced: float = 0.0
    dice: float = 1.0
    iou: float = 1.0
    ssa: float = 0.1
    ssa_form: Literal["weak-strong", "affinity"] = "weak-strong"
    prototype: float = 0.0
    queue: int = 128
    more_clicks: int = 0
    ema_decay: float = 0.99
    final: Weights = "student"
    clip: float | None = None
    comparator: ComparatorOptions = field(default_factory=ComparatorOptions)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    def with_rank(self, rank: int | None) -> AdaptOptions:
        """The same with updates of another rank, whose scale, alpha / rank, stays; None changes nothing."""
        if rank is None:
            return self
        alpha = None if self.lora.alpha is None else self.lora.alpha * rank / self.lora.rank
        return replace(self, lora=replace(self.lora, rank=rank, alpha=alpha))


@dataclass(frozen=True)
class RunOptions:
    """How one run is carried out. None of these changes what is learned, but for rounding.

    Attributes:
        command: the command line that makes the same adapter again, for the card.
        resume: continue the unfinished run in the folder.
        overwrite: replace the adapter in the folder.
        precision, checkpointing: as the options of these names (:mod:`training.adapt.compute`).
    """

    command: str
    resume: bool = False
    overwrite: bool = False
    precision: str = "auto"
    checkpointing: str = "auto"


PRESETS = {
    "paper": AdaptOptions(),
    "default": AdaptOptions(
        lora=LoraSpec(rank=16, alpha=32, targets=("qkv", "proj", "mlp", "conv")),
        teacher=TeacherOptions(
            weights="frozen",
            eps=0.0,
            divide=True,
            component=True,
            box_clicks=True,
            box_expand=0.05,
            best_of_three=True,
            stability_power=2.0,
            by_rounds=True,
            votes=True,
        ),
        rate=1e-3,
        focal=0.0,
        balanced=1.0,
        more_clicks=4,
        final="ema",
        clip=1.0,
    ),
}
