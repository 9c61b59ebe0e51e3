"""The queue of this QGIS on disk, and those that others left: two that run never share a file."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QLockFile

from . import places

Rows = list[dict[str, Any]]


class QueueFile:
    """A file of its own for each QGIS, with a lock beside it while that QGIS runs.

    The system takes the lock from a process that died. Whoever comes next takes over what lies there
    without one.
    """

    def __init__(self) -> None:
        self._folder = places.home() / "batch"
        self._file = self._folder / f"{uuid.uuid4().hex}.json"
        self._lock: QLockFile | None = None
        self._taken: dict[Path, QLockFile] = {}

    def take(self) -> Rows:
        """The runs that others left, the oldest file first; it stays until :meth:`write` has them."""
        rows: Rows = []
        for path in sorted(self._folder.glob("*.json"), key=_written):
            lock = _locked(path)
            if lock is not None:
                self._taken[path] = lock
                rows += _read(path)
        if not rows:
            self._forget()
        return rows

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Keep all runs, whole or not at all; without a disk to write on they last for this session."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = _locked(self._file)
            with places.files().written_whole(self._file) as part:
                part.write_text(json.dumps({"entries": list(rows)}), encoding="utf-8")
            self._forget()

    def _forget(self) -> None:
        """What was taken over is kept elsewhere, or was empty."""
        for path, lock in self._taken.items():
            with suppress(OSError):
                path.unlink(missing_ok=True)
            lock.unlock()
        self._taken = {}

    def close(self) -> None:
        """The runs are free for the next QGIS."""
        for lock in (*self._taken.values(), *([] if self._lock is None else [self._lock])):
            lock.unlock()
        self._taken, self._lock = {}, None


def _locked(path: Path) -> QLockFile | None:
    """The lock of a file, or None if another QGIS has it."""
    lock = QLockFile(f"{path}.lock")
    lock.setStaleLockTime(0)  # A QGIS that runs for days keeps its lock.
    return lock if lock.tryLock(0) else None


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0  # Another QGIS has just taken it.


def _read(path: Path) -> Rows:
    """What is in a file; nothing if it is damaged or gone."""
    try:
        found = json.loads(path.read_text("utf-8"))["entries"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
