"""torch files that carry their own SHA-256, so that a disk which flips a bit is noticed.

The hash lies in the comment at the end of the ZIP archive that a torch file is: any other reader of torch
files reads it still.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path
from typing import BinaryIO

import torch

from engine.errors import ModelError
from engine.models.weights_file import read_torch

_PREFIX = b"resam sha256:"
_LENGTH = len(_PREFIX) + 64
_END = b"PK\x05\x06"
"""What the last record of a ZIP archive begins with; the length of the comment ends it."""
_END_BYTES = 22


def save_sealed(content: object, path: Path) -> None:
    """Write ``content`` as a torch file with its hash, and sync it to the disk.

    Raises:
        OSError: it cannot be written; torch may raise RuntimeError for a full disk.
    """
    with path.open("wb+") as file:
        torch.save(content, file)
        file.seek(-2, os.SEEK_END)
        file.write(struct.pack("<H", _LENGTH))
        digest = _digest(file, file.tell())
        file.write(_PREFIX + digest)
        file.flush()
        os.fsync(file.fileno())


def read_sealed(path: Path, *, bare: bool = False) -> object:
    """What :func:`save_sealed` wrote.

    Args:
        bare: also read a torch file that never had a hash.

    Raises:
        ModelError: the file is not what was written, or no torch file.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if not (bare and _ends_bare(file, size)) and not _is_whole(file, size):
            raise ModelError(
                f"{path}: is damaged: its content does not have the hash it was written with; start anew"
            )
    return read_torch(path)


def _ends_bare(file: BinaryIO, size: int) -> bool:
    """Whether the archive ends without a comment: no hash was ever written to it."""
    file.seek(max(size - _END_BYTES, 0))
    last = file.read(_END_BYTES)
    return last.startswith(_END) and last.endswith(b"\0\0")


def _is_whole(file: BinaryIO, size: int) -> bool:
    file.seek(max(size - _LENGTH, 0))
    seal = file.read(_LENGTH)
    return seal == _PREFIX + _digest(file, max(size - _LENGTH, 0))


def _digest(file: BinaryIO, length: int) -> bytes:
    """Hexadecimal SHA-256 of the first ``length`` bytes; the file stands behind them afterwards."""
    found = hashlib.sha256()
    file.seek(0)
    while length > 0 and (chunk := file.read(min(length, 1 << 20))):
        found.update(chunk)
        length -= len(chunk)
    return found.hexdigest().encode()
