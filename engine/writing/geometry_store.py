"""Geometries by number, on the disk or in memory, until the layer that they make is written."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from engine.errors import OutputError
from engine.overlay import Shapes


class GeometryStore(Protocol):
    """Geometries, numbered from 0 in the order in which they came."""

    def add(self, shapes: Shapes) -> NDArray[np.int64]:
        """Keep (n,) geometries; returns (n,) their numbers."""
        ...

    def read(self, numbers: NDArray[np.int64]) -> Shapes:
        """(n,) the geometries of some numbers, None where a number is negative."""
        ...


class HeldGeometries:
    """Geometries in memory, the very objects that were given."""

    def __init__(self) -> None:
        self._shapes: list[shapely.Geometry] = []

    def add(self, shapes: Shapes) -> NDArray[np.int64]:
        """See :class:`GeometryStore`."""
        first = len(self._shapes)
        self._shapes += shapes.tolist()
        return np.arange(first, len(self._shapes))

    def read(self, numbers: NDArray[np.int64]) -> Shapes:
        """See :class:`GeometryStore`."""
        return _array([self._shapes[number] if number >= 0 else None for number in numbers.tolist()])


class StoredGeometries:
    """Geometries in a file without a name, which goes with the process, as WKB: to the bit."""

    def __init__(self, folder: Path) -> None:
        """OutputError if no file can be made in the folder, which is on a disk with room for the layer."""
        self._folder = folder
        self._ends = [np.zeros(1, dtype=np.int64)]
        self._all_ends: NDArray[np.int64] | None = None
        self._count = 0
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # It lives as long as this.
        except OSError as error:
            raise self._refused(error) from error

    def add(self, shapes: Shapes) -> NDArray[np.int64]:
        """See :class:`GeometryStore`; OutputError if the disk refuses."""
        coded: list[bytes] = shapely.to_wkb(shapes).tolist()
        try:
            self._file.seek(0, 2)
            self._file.write(b"".join(coded))
        except OSError as error:
            raise self._refused(error) from error
        self._ends.append(self._ends[-1][-1] + np.cumsum([len(one) for one in coded], dtype=np.int64))
        if not coded:
            self._ends.pop()
        self._all_ends = None
        first, self._count = self._count, self._count + len(coded)
        return np.arange(first, self._count)

    def read(self, numbers: NDArray[np.int64]) -> Shapes:
        """See :class:`GeometryStore`; OutputError if the disk refuses."""
        if self._all_ends is None:
            self._all_ends = np.concatenate(self._ends)
            self._ends = [self._all_ends]
        there = np.flatnonzero(numbers >= 0)
        starts, ends = self._all_ends[numbers[there]], self._all_ends[numbers[there] + 1]
        result = np.full(len(numbers), None, dtype=object)
        result[there] = shapely.from_wkb(self._pieces(starts.tolist(), ends.tolist()))
        return result

    def close(self) -> None:
        """Let go of the file, and of all that was kept."""
        self._file.close()

    def _pieces(self, starts: Sequence[int], ends: Sequence[int]) -> Shapes:
        found = np.empty(len(starts), dtype=object)
        try:
            for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
                self._file.seek(start)
                found[row] = self._file.read(end - start)
        except OSError as error:
            raise self._refused(error) from error
        return found

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(f"{self._folder}: what is done cannot be kept there ({error.strerror})")


def _array(shapes: Sequence[shapely.Geometry | None]) -> Shapes:
    result = np.empty(len(shapes), dtype=object)
    result[:] = shapes
    return result
