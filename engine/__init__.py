"""From clicks on a georeferenced raster to polygons. What is named here is the public interface.

Nothing is loaded before it is asked for: ``import engine`` takes no time, torch comes with the first model.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "PolygonConfig": ("engine.config", "PolygonConfig"),
    "Request": ("engine.segmentation", "Request"),
    "SegmentConfig": ("engine.config", "SegmentConfig"),
    "load_model": ("engine.models.registry", "load"),
    "write_layer": ("engine.writing.output", "write_layer"),
}
"""Public name -> module that holds it, and its name there. ``segment`` is a module that can be called."""
__all__ = ["PolygonConfig", "Request", "SegmentConfig", "load_model", "segment", "write_layer"]


def __getattr__(name: str) -> Any:
    if name == "segment":
        return import_module("engine.segment")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, inner = _HOMES[name]
    return getattr(import_module(module), inner)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
