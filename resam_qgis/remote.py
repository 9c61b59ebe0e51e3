"""Rasters that lead to the network: the engine refuses them until the user has allowed it, file by file."""

from __future__ import annotations

from . import places

_allowed: set[str] = set()
"""Paths, until QGIS ends: whoever made a file may change it before the next session."""


def is_refusal(text: str) -> bool:
    """Whether the engine refuses a file for this reason."""
    return places.schema().ALLOW_REMOTE.flag in text


def reason(text: str) -> str:
    """A refusal without what to do at a command line; any other text as it is."""
    return text.partition(": if you trust")[0] if is_refusal(text) else text


def allow(path: str) -> None:
    """The user trusts whoever made a file."""
    _allowed.add(path)


def allowed(path: str) -> bool:
    """Whether a file may lead to the network."""
    return path in _allowed
