"""Procedural, aerial-like scenes with exact instance masks, to train and test promptable segmentation on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training.scenes.recipes import DOMAINS, generate
from training.scenes.scene import Scene

if TYPE_CHECKING:
    from training.scenes.files import SceneFiles, write_scene

__all__ = ["DOMAINS", "Scene", "SceneFiles", "generate", "write_scene"]


def __getattr__(name: str) -> Any:
    """Load the writers on first use: training needs no geospatial library."""
    if name not in ("SceneFiles", "write_scene"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from training.scenes import files

    return getattr(files, name)
