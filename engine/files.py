"""Files that are whole or absent: content goes to a part beside the target, which then takes its name.

Standard library alone: the QGIS plugin ships this file.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.errors import EngineError

MOST_BYTES, MOST_DEPTH = 16 << 20, 64
"""What a JSON file from elsewhere may have: cards are of some kilobytes, and a few levels deep."""
_ARCHIVE, _PARAMETERS = "!", ";"
"""Where pyogrio takes a path apart, as if it were an address: anywhere, and in the name."""


@contextlib.contextmanager
def written_whole(path: Path, *, synced: bool = True) -> Iterator[Path]:
    """A path to write to, in place of ``path``: it replaces ``path`` at the end of the block.

    A kill leaves the old file or the new one. If the block fails, the part is removed and ``path`` stays as
    it was. Where ``path`` is a link, what it leads to is replaced, not the link. The part is hidden, lies in
    the same folder, and keeps the suffix, which names the format to some writers.

    Args:
        synced: wait for the disk, so that the new file also survives a loss of power.

    Raises:
        OSError: the part cannot be synced or renamed.
    """
    path = Path(os.path.realpath(path))
    part = _part(path)
    try:
        yield part
        if synced:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def check_target(path: Path) -> None:
    """See that :func:`written_whole` could write a file, before any work is done for it.

    Raises:
        OutputError: its folder is missing, closed or read-only, its name is too long, or it is a folder.
    """
    from engine.errors import OutputError

    if os.path.isdir(path):
        raise OutputError(f"{path}: is a folder; give a file name in it")
    if not os.path.isdir(path.parent):
        raise OutputError(f"{path}: the folder {path.parent} does not exist; create it first")
    try:
        os.lstat(path.parent / ".")  # Refused where the folder may not be searched.
        part = _part(Path(os.path.realpath(path)))
        part.touch()
        part.unlink()
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def _part(path: Path) -> Path:
    # Two writers of the same file, threads or processes, must not share a part.
    return path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")


def check_vector_name(path: Path, error: type[EngineError]) -> None:
    """Refuse a name that pyogrio takes apart: it would read or write another file.

    Args:
        error: class of what is raised.
    """
    odd = [letter for letter in (_ARCHIVE, _PARAMETERS) if letter in path.name]
    if odd and os.name == "posix":
        raise error(f"{path}: vector layers cannot have '{odd[0]}' in their name; choose a name without it")


@contextlib.contextmanager
def for_pyogrio(path: Path) -> Iterator[Path]:
    """The same path, without what pyogrio takes apart in the names of folders.

    Raises:
        OSError: no link to the folder can be made.
    """
    # Elsewhere links need rights, and paths that begin with a drive are left alone.
    if os.name != "posix" or _ARCHIVE not in str(path.parent) or not os.path.isdir(path.parent):
        yield path
        return
    with tempfile.TemporaryDirectory() as own:
        link = Path(own) / "folder"
        link.symlink_to(path.parent.absolute(), target_is_directory=True)
        yield link / path.name


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object that somebody else may have written: bounded in size and depth.

    Raises:
        OSError: it cannot be read, or is no file.
        ValueError: it holds something else; the message goes on from the path.
    """
    if not os.path.isfile(path):  # Reading a pipe or a device would never end.
        raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"is larger than {MOST_BYTES >> 20} MB")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("is not valid JSON") from error
    return parse_object(text)


def parse_object(text: str) -> dict[str, Any]:
    """The JSON object in a text.

    Raises:
        ValueError: it is something else, or nested beyond :data:`MOST_DEPTH`.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("is not valid JSON") from error
    if not isinstance(content, dict):
        raise ValueError("is not a JSON object")
    level: list[Any] = [content]
    for _ in range(MOST_DEPTH):
        below = (item.values() if isinstance(item, dict) else item for item in level)
        level = [part for parts in below for part in parts if isinstance(part, dict | list)]
        if not level:
            return content
    raise ValueError(f"is nested more than {MOST_DEPTH} deep")


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
