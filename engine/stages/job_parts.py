"""A job in parts that are answered differently: by the adapter of a class, or more or less of an adapter."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from engine.models.class_adapters import NO_CLASS, class_named, classes_on
from engine.models.strength import strength_for
from engine.stages.plan import Job

if TYPE_CHECKING:
    from engine.models.base import Segmenter

Kind = TypeVar("Kind", bound=Hashable)
BASE_ALONE = "\0"
"""Stands for every class that has no adapter: no layer can hold it."""


def by_class(job: Job, model: Segmenter) -> Iterator[tuple[str, Job]]:
    """The job as one for each class that is answered by an adapter of its own; the others are its context."""
    held = classes_on(model.module)
    if held is None:
        yield NO_CLASS, job
        return
    kinds = [class_named(prompt.attributes) for prompt in job.own]
    yield from _parts(job, [kind if kind in held else BASE_ALONE for kind in kinds])


def by_strength(job: Job, strengths: Sequence[float]) -> Iterator[tuple[float, Job]]:
    """The job as one for each strength that an adapter has on its objects, by their clicks."""
    yield from _parts(job, [strength_for(len(prompt.xy), strengths) for prompt in job.own])


def _parts(job: Job, kinds: list[Kind]) -> Iterator[tuple[Kind, Job]]:
    """The job as one for each kind of its prompts; those of other kinds are its context."""
    for kind in dict.fromkeys(kinds):
        own = tuple(prompt for prompt, its in zip(job.own, kinds, strict=True) if its == kind)
        others = tuple(prompt for prompt, its in zip(job.own, kinds, strict=True) if its != kind)
        yield kind, replace(job, own=own, context=(*others, *job.context))
