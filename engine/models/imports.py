"""Importing Meta's packages without torchvision.

``segment_anything/__init__.py`` imports its predictor and its automatic mask generator, and these import
torchvision, which this project neither needs nor wants: a torchvision whose build does not match torch's
breaks at import. The networks themselves live in submodules that need torch alone. So the package is
registered *without* running its ``__init__``; that runs later, and only if some other code asks the
package for one of the names it defines, so ``from segment_anything import SamPredictor`` keeps working
wherever torchvision does.

``sam2`` keeps torchvision out of its ``__init__`` and ``build_sam``, and needs no such care.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

from engine.errors import ModelError


def segment_anything(submodule: str) -> Any:
    """Return ``segment_anything.<submodule>``, with or without torchvision on this machine.

    Raises:
        ModelError: the package is not installed.
    """
    if "segment_anything" not in sys.modules:
        _register_bare("segment_anything", "segment-anything")
    return importlib.import_module(f"segment_anything.{submodule}")


def sam2(submodule: str) -> Any:
    """Return ``sam2.<submodule>``.

    Raises:
        ModelError: the package is not installed.
    """
    if "sam2" not in sys.modules and importlib.util.find_spec("sam2") is None:
        raise _not_installed("sam2")
    return importlib.import_module(f"sam2.{submodule}")


def _register_bare(package: str, distribution: str) -> None:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.loader is None:
        raise _not_installed(distribution)
    module = importlib.util.module_from_spec(spec)
    _defer_init(module)
    sys.modules[package] = module


def _defer_init(module: ModuleType) -> None:
    """Run the module's own body at the first look-up of a public name that is not there yet (PEP 562)."""

    def run_body_then_look_up(name: str) -> Any:
        spec = module.__spec__
        if name.startswith("__") or spec is None or spec.loader is None:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        del module.__dict__["__getattr__"]
        try:
            spec.loader.exec_module(module)
        except ImportError:
            module.__dict__["__getattr__"] = run_body_then_look_up
            raise
        return getattr(module, name)

    module.__dict__["__getattr__"] = run_body_then_look_up


def _not_installed(distribution: str) -> ModelError:
    return ModelError(
        f"this model needs the package {distribution}, which is not installed here; "
        "install this project's locked requirements"
    )
