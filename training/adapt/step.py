"""One step of refine, requery, reinforce, readable from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from engine import metrics
from engine.models.base import Decoded, Embedding, Segmenter
from engine.stages.predict import TilePrompt, to_batch
from training.adapt import anchors, neighbours, ssa, tokens, views, voting
from training.adapt.lessons import Lesson, Lessons
from training.adapt.options import AdaptOptions
from training.adapt.prototypes import Memory, prototype_loss
from training.adapt.samples import Sample
from training.adapt.student import Student
from training.adapt.teachers import Labels, label
from training.losses import balanced_bce, dice, focal, mask_iou

Log = dict[str, float]
"""Figures of one step, by name."""
Terms = dict[str, tuple[float, Tensor]]
"""Weight and value of what is added to the losses on masks, by name."""
AT_ONCE = 64
"""Prompts that the student answers at a time."""


@dataclass(frozen=True, eq=False)
class StepResult:
    """What a step found.

    Attributes:
        loss: scalar with gradient, or None if no object could be labelled.
        log: figures to report.
        learned: (n, C) embeddings of the labelled objects, by the queue of :class:`Memory` they belong to.
    """

    loss: Tensor | None
    log: Log
    learned: Mapping[str, Tensor]


def adapt_step(
    student: Student,
    sample: Sample,
    options: AdaptOptions,
    memory: Memory,
    rng: np.random.Generator,
    prototypes_due: bool = False,
    lessons: Lessons | None = None,
) -> StepResult:
    """Label a weak view, and let the student answer the same clicks on a strong one.

    The weak view is embedded once; refine, requery and SSA share it. Prototypes, where they are asked for,
    need the base's view too, and their loss is added when it is due.

    Args:
        lessons: where labels are taken from, and kept, that would be the same again; None keeps none.
    """
    weak = views.weak(sample, rng)
    pixels = views.strong(weak.image, rng)
    lesson, learned = _lesson(student, weak, options, memory, rng, lessons)
    if options.teacher.votes:
        turned = [views.flipped(weak, *flip) for flip in voting.FLIPS[1:]]
        others = [_lesson(student, view, options, memory, rng, lessons)[0] for view in turned]
        lesson = voting.vote([lesson, *others], weak.own, student.model.image_size)
    labels, model = lesson.labels, student.model
    if len(labels.rows) == 0:
        return StepResult(None, {"labelled": 0.0}, learned)
    images = torch.tensor(pixels, device=model.device).permute(2, 0, 1)[None].float()
    embedding = model.embed(images)
    prompts = [weak.prompts[row] for row in labels.rows]
    prompts += more_clicks(labels.masks, options.more_clicks, model.image_size, rng)
    answer = _answered(model, embedding, prompts)
    losses, log = _mask_losses(answer.logits.float(), answer.iou.float(), labels, options)
    alike, embedded = _reinforced(student, lesson, embedding, weak, options, memory, prototypes_due)
    terms = alike | _further(student, weak, labels, answer, options)
    for name, (weight, term) in terms.items():
        losses = losses + weight * term
        log[name] = term.item()
    learned |= embedded
    log |= {"loss": losses.item(), "labelled": float(len(labels.rows))} | _watched(weak, labels)
    return StepResult(losses, log, learned)


def _lesson(
    student: Student,
    view: Sample,
    options: AdaptOptions,
    memory: Memory,
    rng: np.random.Generator,
    lessons: Lessons | None,
) -> tuple[Lesson, dict[str, Tensor]]:
    """What was kept of a view, or the teacher's lesson on it, and what to remember of that."""
    known = None if lessons is None else lessons.of(view)
    if known is not None:
        return known, {}
    lesson, learned = _taught(student, view, options, memory, rng)
    if lessons is not None:
        lessons.keep(view, lesson)
    return lesson, learned


def _taught(
    student: Student, weak: Sample, options: AdaptOptions, memory: Memory, rng: np.random.Generator
) -> tuple[Lesson, dict[str, Tensor]]:
    """The teacher's lesson on a view, and what to remember of it."""
    learned: dict[str, Tensor] = {}
    with student.using(options.teacher.weights) as teacher:
        seen = teacher.encode(weak.image)
        labels = label(teacher, seen, weak, options.teacher, rng)
    if options.teacher.kind == "dept" and len(labels.rows):
        labels, learned["bank"] = _by_neighbours(student.model, seen, weak, labels, memory)
    boxes = torch.tensor(labels.boxes, dtype=torch.float32, device=student.model.device)
    # A copy: what was computed in inference mode cannot take part in a backward pass.
    features = seen.features.clone().float()
    return Lesson(labels, ssa.pooled(features, boxes, student.model.image_size)), learned


def _reinforced(
    student: Student,
    lesson: Lesson,
    embedding: Embedding,
    weak: Sample,
    options: AdaptOptions,
    memory: Memory,
    prototypes_due: bool,
) -> tuple[Terms, dict[str, Tensor]]:
    """The terms that compare objects' embeddings, SSA and prototypes, and the embeddings to remember."""
    model, terms = student.model, Terms()
    boxes = torch.tensor(lesson.labels.boxes, dtype=torch.float32, device=model.device)
    before = lesson.pooled
    learned = {"weak": before}
    if options.ssa or options.prototype:
        after = ssa.pooled(embedding.features.float(), boxes, model.image_size)
    if options.ssa:
        terms["ssa"] = options.ssa, _alike(before, after, memory.weak, options)
    if options.prototype:
        with student.using("frozen") as frozen:
            base = frozen.encode(weak.image).features.clone().float()
        learned |= {"base": ssa.pooled(base, boxes, model.image_size), "student": after}
        if prototypes_due:
            apart = prototype_loss(
                torch.cat([memory.base.tensor(after), learned["base"]]),
                torch.cat([memory.student.tensor(after), after]),
            )
            terms["prototype"] = options.prototype, apart
    return terms, learned


def _by_neighbours(
    model: Segmenter, seen: Embedding, weak: Sample, labels: Labels, memory: Memory
) -> tuple[Labels, Tensor]:
    """DePT-style labels, and what the teacher adds to the bank."""
    if labels.p is None:
        raise ValueError("labels by neighbours need the teacher's probabilities")
    features = seen.features.clone().float()
    p = torch.from_numpy(labels.p).to(model.device)
    boxes = torch.tensor(labels.boxes, dtype=torch.float32, device=model.device)
    found = neighbours.entries(features, p, boxes, model.image_size)
    own = model.encode(weak.image).features.clone().float()
    return neighbours.relabelled(labels, p, own, memory.bank.tensor(found)), found


def _further(student: Student, weak: Sample, labels: Labels, answer: Decoded, options: AdaptOptions) -> Terms:
    """The terms that other methods add."""
    chosen, terms = options.comparator, Terms()
    if chosen.anchored:
        terms |= _anchored(student, weak, labels, answer, options)
    if chosen.tokens:
        stages = tokens.tokens_of(student.model.module)
        own = [stage.tokens for stage in stages]
        past = student.state(options.teacher.weights)
        teacher = [past[f"{number}.tokens"] for number in range(len(own))]
        terms["consistency"] = chosen.consistency, tokens.consistency(own, teacher)
        terms["diversity"] = chosen.diversity, tokens.diversity(own)
    return terms


def _anchored(
    student: Student, weak: Sample, labels: Labels, answer: Decoded, options: AdaptOptions
) -> Terms:
    """The weak view once more, with gradient, held near the frozen model's answers to the same clicks."""
    chosen, model = options.comparator, student.model
    image = torch.tensor(weak.image, device=model.device).permute(2, 0, 1)[None].float()
    asked = [weak.prompts[row] for row in labels.rows]
    with torch.no_grad(), student.using("frozen") as frozen:
        base = frozen.embed(image)
        fixed = _answered(frozen, base, asked).logits.float()
    own = model.embed(image)
    seen = _answered(model, own, asked).logits.float()
    kept = None if labels.kept is None else torch.from_numpy(labels.kept).to(seen.device)
    terms = Terms()
    if chosen.anchor_dice:
        strong = answer.logits[: len(asked)].float()
        terms["anchor_dice"] = chosen.anchor_dice, anchors.anchor_dice(strong, seen, fixed)
    if chosen.anchor_mse:
        terms["anchor_mse"] = chosen.anchor_mse, anchors.anchor_mse(seen, fixed, kept)
    if chosen.contrast:
        mine = anchors.instances(own.features.float(), seen)
        theirs = anchors.instances(base.features.float(), fixed)
        terms["contrast"] = chosen.contrast, anchors.contrast(mine, theirs)
    return terms


def _answered(model: Segmenter, embedding: Embedding, prompts: Sequence[TilePrompt]) -> Decoded:
    """Single masks with gradient; of many prompts :data:`AT_ONCE`, computed again in the backward pass.

    Memory would grow with the objects of a tile otherwise.
    """
    batches = [to_batch(prompts[start : start + AT_ONCE]) for start in range(0, len(prompts), AT_ONCE)]
    if len(batches) == 1:
        return model.answer(embedding, batches[0], multimask=False)
    answers = [checkpoint(model.answer, embedding, batch, False, use_reentrant=False) for batch in batches]
    return Decoded(torch.cat([a.logits for a in answers]), torch.cat([a.iou for a in answers]))


def more_clicks(masks: np.ndarray, count: int, image_size: int, rng: np.random.Generator) -> list[TilePrompt]:
    """``count`` rounds of a click in each of (n, m, m) targets, uniform: the same object, asked elsewhere."""
    pixels = image_size / masks.shape[-1]
    prompts = []
    for _ in range(count):
        for mask in masks:
            inside = np.flatnonzero(mask)
            y, x = divmod(int(inside[rng.integers(len(inside))]), mask.shape[1])
            xy = (np.array([[x, y]]) + rng.random((1, 2))) * pixels
            prompts.append(TilePrompt(xy, np.ones(1, np.int64)))
    return prompts


def _mask_losses(
    logits: Tensor, iou: Tensor, labels: Labels, options: AdaptOptions
) -> tuple[Tensor, dict[str, float]]:
    """``20·focal + dice + mse(u, IoU(z > 0, Y))``, or other weights of these; mean of ``w_k · loss_k``."""
    rounds = len(logits) // len(labels.rows)
    target = torch.from_numpy(labels.masks).to(logits.device).repeat(rounds, 1, 1)
    # Not by their sum: a doubtful object that is alone on its tile must not count as much as a sure one.
    weights = torch.from_numpy(labels.weights).to(logits.device).repeat(rounds) / len(logits)
    kept = None if labels.kept is None else torch.from_numpy(labels.kept).to(target).repeat(rounds, 1, 1)
    counted = options.comparator.counted
    alpha, smooth = (float(len(logits)),) * 2 if counted else (options.alpha, 1.0)
    parts = {
        "focal": focal(logits, target, alpha=alpha, kept=kept)[:, 0],
        "balanced": balanced_bce(logits, target, kept)[:, 0],
        "dice": dice(logits, target, kept, smooth)[:, 0],
        "iou": (iou - mask_iou(logits.detach(), target, kept)).square()[:, 0],
    }
    means = {name: (value * weights).sum() for name, value in parts.items()}
    scale = {
        "focal": options.focal,
        "balanced": options.balanced,
        "dice": options.dice,
        "iou": options.iou,
    }
    total = torch.stack([factor * means[name] for name, factor in scale.items()]).sum()
    return total, {name: value.item() for name, value in means.items()}


def _alike(before: Tensor, after: Tensor, queue: ssa.Queue, options: AdaptOptions) -> Tensor:
    if options.ssa_form == "affinity":
        return ssa.affinity(before, after, queue.tensor(before))
    return ssa.weak_strong(before, after)


def _watched(sample: Sample, labels: Labels) -> dict[str, float]:
    """Signs of drift: how large targets are relative to the masks that the clicks alone give."""
    areas = labels.masks.sum((1, 2)) / np.maximum(labels.clicked.sum((1, 2)), 1)
    found = {"area_ratio": float(np.median(areas)), "share": float(labels.masks.mean())}
    if sample.truth is not None:
        truth = sample.truth[labels.rows] > 0.5
        found["label_iou"] = float(metrics.mask_iou(labels.masks > 0.5, truth).mean())
        found["click_iou"] = float(metrics.mask_iou(labels.clicked, truth).mean())
    return found
