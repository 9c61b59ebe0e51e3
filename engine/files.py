"""Files that are whole or absent: content goes to a part beside the target, which then takes its name.

Standard library alone: the QGIS plugin ships this file.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def written_whole(path: Path, *, synced: bool = True) -> Iterator[Path]:
    """A path to write to, in place of ``path``: it replaces ``path`` at the end of the block.

    A kill leaves the old file or the new one. If the block fails, the part is removed and ``path`` stays as
    it was. The part is hidden, lies in the same folder, and keeps the suffix, which names the format to some
    writers.

    Args:
        synced: wait for the disk, so that the new file also survives a loss of power.

    Raises:
        OSError: the part cannot be synced or renamed.
    """
    # Two writers of the same file, threads or processes, must not share a part.
    part = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield part
        if synced:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def save_json(content: Mapping[str, Any], path: Path) -> None:
    """Write JSON whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    from engine.errors import OutputError  # Not known where the plugin loads this file by its path.

    try:
        with written_whole(path) as part:
            part.write_text(json.dumps(content, indent=2), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
