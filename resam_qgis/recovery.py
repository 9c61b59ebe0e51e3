"""What a QGIS that ended unexpectedly leaves for the next one: a file each, gone after a good end."""

from __future__ import annotations

import json
import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QLockFile

from . import places

KEPT_DAYS = 30
"""Recovery files older than this are removed."""


class Recovery:
    """The file of this QGIS, and those of others that are not running any more.

    A lock beside each file tells whether its QGIS still runs: the system takes it from a process that died.
    """

    def __init__(self) -> None:
        self._folder = places.home() / "recovery"
        self._file = self._folder / f"{uuid.uuid4().hex}.json"
        self._lock: QLockFile | None = None
        self._left: dict[Path, tuple[QLockFile, dict[str, Any]]] = {}
        self._written = ""
        self._closed = False

    def look(self) -> None:
        """Find what others left."""
        for path in self._folder.glob("*.json"):
            lock = QLockFile(f"{path}.lock")
            lock.setStaleLockTime(0)  # A QGIS that runs for days keeps its lock.
            if path == self._file or path in self._left or not lock.tryLock(0):
                continue
            found = _read(path)
            if found is None:
                _remove(path, lock)
            else:
                self._left[path] = (lock, found)

    def states(self) -> list[dict[str, Any]]:
        """What they hold, the latest first; a session that is taken out of one is taken up."""
        return [state for _, state in self._left.values()]

    def taken(self) -> None:
        """Sessions were taken out: the next QGIS shall not find them again."""
        for path, (lock, state) in list(self._left.items()):
            if state["sessions"]:
                with suppress(OSError):
                    path.write_text(json.dumps(state), encoding="utf-8")
            else:
                del self._left[path]
                _remove(path, lock)

    def write(self, state: dict[str, Any]) -> None:
        """Keep this QGIS's state, whole or not at all; a disk that refuses is no reason to stop clicking."""
        text = json.dumps(state)
        if self._closed or text == self._written:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = QLockFile(f"{self._file}.lock")
                self._lock.tryLock(0)
            part = self._file.with_suffix(".part")
            part.write_text(text, encoding="utf-8")
            os.replace(part, self._file)
            self._written = text

    def close(self) -> None:
        """A good end: nothing is left of this QGIS; what others left stays for the next one."""
        self._closed = True
        if self._lock is not None:
            _remove(self._file, self._lock)
            self._lock = None
        for lock, _ in self._left.values():
            lock.unlock()
        self._left = {}


def _read(path: Path) -> dict[str, Any] | None:
    """A state, or None if it is old, damaged or empty."""
    try:
        old = path.stat().st_mtime < time.time() - KEPT_DAYS * 86_400
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if old or not isinstance(found, dict) or not isinstance(found.get("sessions"), list):
        return None
    return found if found["sessions"] else None


def _remove(path: Path, lock: QLockFile) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
    lock.unlock()
