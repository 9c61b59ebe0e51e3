"""Where runs of Processing write: a folder for each, in which the next one finds what a stopped one left."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QLockFile

from . import places

KEPT_DAYS = 30
"""A new run removes unfinished runs older than this."""


class RunFolder:
    """The folder of one run: gone with all it holds after success, kept where the run was stopped."""

    def __init__(self, **decides: Any) -> None:
        """
        Args:
            decides: options of the run, by name; a run that agrees in all of them with one that was stopped
                gets its folder. Those that go on at the same time have a folder each.
        """
        text = json.dumps(decides, sort_keys=True, default=str)
        self._first = places.runs() / hashlib.sha256(text.encode()).hexdigest()[:16]

    def __enter__(self) -> Path:
        """OSError if it cannot be made."""
        _remove_old(self._first.parent)
        self._first.parent.mkdir(parents=True, exist_ok=True)
        number = 1
        self._path, self._lock = self._first, _lock_of(self._first)
        while not self._lock.tryLock(0):
            if self._lock.error() != QLockFile.LockError.LockFailedError:
                break  # The disk knows no locks, or refuses all: what comes next says so.
            number += 1
            self._path = self._first.with_name(f"{self._first.name}-{number}")
            self._lock = _lock_of(self._path)
        self._path.mkdir(exist_ok=True)
        return self._path

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            shutil.rmtree(self._path, ignore_errors=True)
        else:
            with suppress(OSError):
                self._path.rmdir()  # Empty, it is of no use to the next run.
        self._lock.unlock()


def _lock_of(folder: Path) -> QLockFile:
    lock = QLockFile(f"{folder}.lock")
    lock.setStaleLockTime(0)  # A run that goes on for days keeps its folder.
    return lock


def _remove_old(folder: Path) -> None:
    for path in folder.glob("*"):
        with suppress(OSError):
            if _changed(path) < time.time() - KEPT_DAYS * 86_400:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _changed(folder: Path) -> float:
    """When something in a folder changed last, in seconds since 1970."""
    return max(os.stat(path).st_mtime for path in [folder, *folder.rglob("*")])
