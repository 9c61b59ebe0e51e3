"""The prompts of a large layer as a few arrays; an object of Python for each would take far more memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from engine.reading.attributes import Attributes
from engine.reading.prompts import Prompt, Rejected

_NO_BOX = np.full(4, np.nan)


@dataclass(frozen=True, eq=False)
class PromptArrays:
    """Where n prompts are.

    Attributes:
        ids: (n,) their ``prompt_id``.
        ends: (n + 1,) the clicks of prompt k are those from ``ends[k]`` to ``ends[k + 1]``.
        xy: (m, 2) clicks in raster pixels.
        labels: (m,) 1 positive, 0 negative.
        boxes: (n, 4), NaN where a prompt has none.
    """

    ids: NDArray[np.int64]
    ends: NDArray[np.int64]
    xy: NDArray[np.float64]
    labels: NDArray[np.int64]
    boxes: NDArray[np.float64]

    @classmethod
    def of(cls, prompts: Sequence[Prompt]) -> PromptArrays:
        """Those of any prompts; nothing is copied of a :class:`CompactPrompts`."""
        if isinstance(prompts, CompactPrompts):
            return prompts.arrays
        counts = [len(prompt.labels) for prompt in prompts]
        boxes = [_NO_BOX if prompt.box is None else prompt.box for prompt in prompts]
        return cls(
            np.array([prompt.prompt_id for prompt in prompts], dtype=np.int64),
            np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64),
            np.concatenate([np.empty((0, 2)), *(prompt.xy for prompt in prompts)]),
            np.concatenate([np.empty(0, np.int64), *(prompt.labels for prompt in prompts)]),
            np.array(boxes, dtype=np.float64).reshape(-1, 4),
        )

    @property
    def owner(self) -> NDArray[np.int64]:
        """(m,) row of the prompt that a click belongs to."""
        return np.repeat(np.arange(len(self.ids)), np.diff(self.ends))

    def positives(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """(k, 2) positive clicks, and (k,) the row of the prompt of each."""
        good = self.labels == 1
        return self.xy[good], self.owner[good]

    def counts(self, label: int) -> NDArray[np.int64]:
        """(n,) how many clicks of a label each prompt has."""
        return np.bincount(self.owner[self.labels == label], minlength=len(self.ids))

    def anchors(self) -> NDArray[np.float64]:
        """(n, 2) :attr:`engine.reading.prompts.Prompt.anchor` of each, to the bit."""
        found = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2
        xy, owner = self.positives()
        counts = np.bincount(owner, minlength=len(self.ids))
        lone = counts[owner] == 1
        found[owner[lone]] = xy[lone]
        starts = np.searchsorted(owner, np.arange(len(self.ids) + 1))
        for row in np.flatnonzero(counts > 1).tolist():
            found[row] = xy[starts[row] : starts[row + 1]].mean(axis=0)
        return found


class CompactPrompts(Sequence[Prompt]):
    """Prompts that are made when they are asked for.

    Attributes:
        arrays: where they are.
        attributes: the fields of all objects of their layer.
        numbers: (n,) which of these objects each prompt is.
    """

    def __init__(self, arrays: PromptArrays, attributes: Attributes, numbers: NDArray[np.int64]) -> None:
        self.arrays, self.attributes, self.numbers = arrays, attributes, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Prompt: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Prompt]: ...
    def __getitem__(self, index: int | slice) -> Prompt | Sequence[Prompt]:
        if isinstance(index, slice):
            return tuple(self._at(row) for row in range(*index.indices(len(self))))
        return self._at(range(len(self))[index])

    def __iter__(self) -> Iterator[Prompt]:
        return map(self._at, range(len(self)))

    def _at(self, row: int) -> Prompt:
        its = self.arrays
        own = slice(its.ends[row], its.ends[row + 1])
        box = None if np.isnan(its.boxes[row, 0]) else its.boxes[row]
        fields = self.attributes.of(int(self.numbers[row]))
        return Prompt(int(its.ids[row]), its.xy[own], its.labels[own], box, fields)


class CompactRejected(Sequence[Rejected]):
    """Rejected objects that are made when they are asked for.

    Attributes:
        ids: (n,) their ``prompt_id``.
        reasons: (n,) texts.
        attributes, numbers: as of :class:`CompactPrompts`.
    """

    def __init__(
        self,
        ids: NDArray[np.int64],
        reasons: NDArray[np.object_],
        clicks: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
        attributes: Attributes,
        numbers: NDArray[np.int64],
    ) -> None:
        """``clicks``: (m, 2) world coordinates, (m,) labels, (n + 1,) where those of each object begin."""
        self.ids, self.reasons = ids, reasons
        self._world, self._labels, self._ends = clicks
        self.attributes, self.numbers = attributes, numbers

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Rejected: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Rejected]: ...
    def __getitem__(self, index: int | slice) -> Rejected | Sequence[Rejected]:
        if isinstance(index, slice):
            return tuple(self._at(row) for row in range(*index.indices(len(self))))
        return self._at(range(len(self))[index])

    def __iter__(self) -> Iterator[Rejected]:
        return map(self._at, range(len(self)))

    def _at(self, row: int) -> Rejected:
        own = slice(self._ends[row], self._ends[row + 1])
        fields = self.attributes.of(int(self.numbers[row]))
        reason = str(self.reasons[row])
        return Rejected(int(self.ids[row]), reason, self._world[own], fields, self._labels[own])
