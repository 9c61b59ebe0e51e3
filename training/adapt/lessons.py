"""What a teacher that never changes said of a view, kept until the same view comes again."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from torch import Tensor

from training.adapt.options import TeacherOptions
from training.adapt.samples import Sample
from training.adapt.teachers import Labels

MOST_BYTES = 256 << 20
"""Memory for lessons; what no longer fits is taught anew each time."""
UNDRAWN = ("resam", "self-training")
"""Kinds of teacher that draw nothing at random, and look at nothing but the view."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """Targets on a weak view.

    Attributes:
        labels: of its n objects.
        pooled: (n, C) what the teacher's embedding holds of each.
    """

    labels: Labels
    pooled: Tensor

    @property
    def size(self) -> int:
        """Bytes that keeping it takes."""
        arrays = (value for value in vars(self.labels).values() if value is not None)
        return sum(array.nbytes for array in arrays) + self.pooled.nbytes


class Lessons:
    """Lessons by view: a tile has four weak views, which come again as epochs go on."""

    def __init__(self, teacher: TeacherOptions, most_bytes: int = MOST_BYTES) -> None:
        self._kept: dict[bytes, Lesson] = {}
        self._room = most_bytes if teacher.weights == "frozen" and teacher.kind in UNDRAWN else 0

    def of(self, view: Sample) -> Lesson | None:
        """What was kept of the same pixels and prompts."""
        return self._kept.get(_key(view)) if self._kept else None

    def keep(self, view: Sample, lesson: Lesson) -> None:
        """Keep a lesson, if there is room and the teacher would say the same again."""
        if lesson.size <= self._room:
            self._kept[_key(view)] = lesson
            self._room -= lesson.size


def _key(view: Sample) -> bytes:
    """Hash of all that a teacher sees of a view."""
    digest = blake2b(view.image.tobytes(), digest_size=16)
    digest.update(view.valid.tobytes())
    digest.update(repr((view.own, view.size_priors, view.pixel)).encode())
    for prompt in view.prompts:
        for array in (prompt.xy, prompt.labels, prompt.box):
            digest.update(b"-" if array is None else repr(array.tolist()).encode())
    return digest.digest()
