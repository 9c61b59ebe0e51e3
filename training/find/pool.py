"""Candidates that may be finds, with the examples' masks and what stands, and how much any two share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.stages.candidates import Candidate
from engine.stages.suppression import Overlaps, best_apart, overlaps
from training.find.likeness import Masks

Sharing = Callable[[Sequence[Candidate]], Overlaps]
"""How much any two of some candidates share."""


def masks_of(candidates: Sequence[Candidate]) -> Masks:
    """What likeness needs to know of candidates."""
    return Masks(
        np.stack([candidate.features for candidate in candidates]),
        np.array([candidate.area for candidate in candidates]),
        np.array([candidate.score for candidate in candidates]),
    )


@dataclass(frozen=True, eq=False)
class Pool:
    """Candidates, at least one, in the company of masks that may stand.

    Attributes:
        near: the candidates.
        others: the masks that may stand and are no candidates.
        shared: pairs among both, candidates first.
    """

    near: tuple[Candidate, ...]
    others: tuple[Candidate, ...]
    shared: Overlaps

    @classmethod
    def of(
        cls, near: Sequence[Candidate], standing: Iterable[Candidate], sharing: Sharing = overlaps
    ) -> Pool:
        """Of candidates, and masks that may stand, which may be some of them."""
        there = set(near)
        others = [one for one in dict.fromkeys(standing) if one not in there]
        return cls(tuple(near), tuple(others), sharing([*near, *others]))

    @cached_property
    def masks(self) -> Masks:
        """What likeness needs to know of the candidates."""
        return masks_of(self.near)

    @cached_property
    def among(self) -> Overlaps:
        """The pairs among the candidates."""
        return self.shared.among(np.arange(len(self.near)), self._count)

    @cached_property
    def _number(self) -> dict[Candidate, int]:
        return {one: number for number, one in enumerate((*self.near, *self.others))}

    @property
    def _count(self) -> int:
        return len(self.near) + len(self.others)

    def free(
        self, worth: np.ndarray, standing: Iterable[Candidate], shown: np.ndarray | None = None
    ) -> np.ndarray:
        """Numbers of the candidates that stay beside each other and beside what stands, the best first.

        Args:
            worth: (n,) of the candidates.
            standing: of the masks that may stand those that do.
            shown: (n,) whether each is another mask of an example: none of them stays.
        """
        fixed = np.zeros(self._count, bool)
        fixed[[self._number[one] for one in standing]] = True
        left, right, clash = self.shared.left, self.shared.right, self.shared.clash
        gone = fixed.copy()
        gone[left[clash & fixed[right]]] = True
        gone[right[clash & fixed[left]]] = True
        gone = gone[: len(self.near)]
        if shown is not None:
            gone |= shown
        there = np.flatnonzero(~gone)
        kept = best_apart(worth[there], self.shared.among(there, self._count))
        return np.asarray(there[kept])
