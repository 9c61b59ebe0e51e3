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

from . import places

KEPT_DAYS = 30
"""A new run removes unfinished runs older than this."""


class RunFolder:
    """The folder of one run: gone with all it holds after success, kept where the run was stopped."""

    def __init__(self, **decides: Any) -> None:
        """
        Args:
            decides: options of the run, by name; runs that agree in all of them share a folder.
        """
        text = json.dumps(decides, sort_keys=True, default=str)
        self._path = places.runs() / hashlib.sha256(text.encode()).hexdigest()[:16]

    def __enter__(self) -> Path:
        """OSError if it cannot be made."""
        _remove_old(self._path.parent)
        self._path.mkdir(parents=True, exist_ok=True)
        return self._path

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            shutil.rmtree(self._path, ignore_errors=True)
        else:
            with suppress(OSError):
                self._path.rmdir()  # Empty, it is of no use to the next run.


def _remove_old(folder: Path) -> None:
    for path in folder.glob("*"):
        with suppress(OSError):
            if _changed(path) < time.time() - KEPT_DAYS * 86_400:
                shutil.rmtree(path, ignore_errors=True)


def _changed(folder: Path) -> float:
    """When something in a folder changed last, in seconds since 1970."""
    return max(os.stat(path).st_mtime for path in [folder, *folder.rglob("*")])
