"""What the forge runs and the tests kill: a download into the cache of weights."""

from __future__ import annotations

from engine.models import weights
from engine.models.weights import RemoteFile


def fetch(url: str, sha256: str, size: int) -> None:
    """Bring a file into the cache."""
    weights.fetch(RemoteFile(url, sha256, size))
