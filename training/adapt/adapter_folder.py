"""Where an adapter is kept: never in place of a better one."""

from __future__ import annotations

from pathlib import Path

from engine.errors import ModelError
from engine.models.lora import DOUBTFUL, doubtful


def folder_for(out: Path, status: str) -> Path:
    """The folder for a new adapter: ``out``, or one within it where a doubtful one would replace a sound one.

    Args:
        out: what the user asked for; it may hold an earlier adapter.
        status: of the new one.
    """
    return out / status if status in DOUBTFUL and _holds_a_sound_one(out) else out


def _holds_a_sound_one(folder: Path) -> bool:
    try:
        return doubtful(folder) is None
    except ModelError:  # No adapter, or a damaged one.
        return False
