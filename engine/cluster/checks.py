"""Whether a worker can take part: the same versions, and a folder that both sides see."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from engine.errors import ClusterError
from engine.versions import all_versions, code_hash, package_version

Versions = Mapping[str, str | None]
_CODE = "the code of resam"


def versions() -> Versions:
    """All that must be the same on both sides, by name."""
    return {
        **all_versions(),
        **{name: package_version(name) for name in ("dask", "distributed")},
        _CODE: code_hash()[:12],
    }


def check_versions(here: Versions) -> None:
    """ClusterError if this process has other versions than the one that sent ``here``."""
    there = versions()
    differing = [name for name in here if here[name] != there.get(name)]
    if differing:
        pairs = ", ".join(f"{name} {there.get(name)} in place of {here[name]}" for name in differing)
        raise ClusterError(f"has {pairs}; install the same versions everywhere")


class Token:
    """A file in a folder, by which a worker recognises that folder. A context manager.

    Attributes:
        folder: where the workers are to write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / f".{uuid.uuid4().hex}.token"

    def __enter__(self) -> Token:
        """ClusterError if the folder cannot be written."""
        try:
            self._file.touch()
        except OSError as error:
            raise ClusterError(f"{self.folder}: cannot be written ({error.strerror})") from error
        return self

    def __exit__(self, *how: object) -> None:
        with suppress(OSError):
            self._file.unlink()

    def check(self) -> None:
        """ClusterError if this process does not see the folder, or may not write there."""
        if not self._file.exists():
            raise ClusterError(
                f"does not see {self.folder}; write to a folder that all machines share, under one path"
            )
        mine = self._file.with_name(f".{uuid.uuid4().hex}.part")
        try:
            mine.touch()
            mine.unlink()
        except OSError as error:
            raise ClusterError(f"may not write to {self.folder} ({error.strerror})") from error
