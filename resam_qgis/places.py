"""Where the plugin's parts and the user's data lie; nothing of the user's lies in the plugin's folder."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from qgis.PyQt.QtCore import QStandardPaths

PLUGIN = Path(__file__).resolve().parent
HOME_VARIABLE = "RESAM_HOME"
"""Set by administrators (and tests) to keep environment and adapters somewhere else."""

FORBIDDEN = '<>:"/\\|?*'
"""What names of files must not hold, on some system."""
MOST_BYTES = 160
"""Of a name: endings have room beside it."""


def bundle() -> Path:
    """The folder that holds ``engine`` and ``training``: in the package, or the source tree's top."""
    inside = PLUGIN / "bundle"
    return inside if inside.is_dir() else PLUGIN.parent


def locks() -> Path:
    """The folder of hash-locked requirement files."""
    return bundle() / "requirements"


def home() -> Path:
    """The user's data: it survives upgrades of the plugin."""
    if chosen := os.environ.get(HOME_VARIABLE):
        return Path(chosen)
    location = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(location)) / "resam-qgis"


def adapters() -> Path:
    """The folder whose sub-folders are the user's adapters."""
    return home() / "adapters"


def rendered() -> Path:
    """The folder of GeoTIFFs that were rendered from layers without a file."""
    return home() / "rendered"


def runs() -> Path:
    """The folder of what runs of Processing have found so far."""
    return home() / "runs"


def file_name(text: str) -> str:
    """A text, such as the name of a layer, as a file may be called on any system, without an ending."""
    kept = "".join("-" if letter in FORBIDDEN or not letter.isprintable() else letter for letter in text)
    while len(kept.encode()) > MOST_BYTES:
        kept = kept[:-1]
    return kept.strip(" .") or "layer"


def icon(name: str) -> str:
    """The path of an icon."""
    return str(PLUGIN / "icons" / f"{name}.svg")


def protocol() -> ModuleType:
    """The messages between plugin and worker."""
    return _engine_module("protocol")


def messages() -> ModuleType:
    """The sentences of errors that a user can cause, by code."""
    return _engine_module("messages")


def schema() -> ModuleType:
    """Columns, defaults, models and the arguments of the engine's commands."""
    return _engine_module("schema")


def style() -> ModuleType:
    """The style that the engine writes into its layers."""
    return _engine_module("writing/style")


def files() -> ModuleType:
    """How files are written whole or not at all."""
    return _engine_module("files")


def staging() -> ModuleType:
    """What killed runs of the engine left half moved is finished by it."""
    return _engine_module("staging")


def _engine_module(name: str) -> ModuleType:
    """A module of the engine that needs nothing else, from its file: nothing is added to ``sys.path``."""
    full = f"{__package__}._{name.replace('/', '_')}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, bundle() / "engine" / f"{name}.py")
        if spec is None or spec.loader is None:
            raise ImportError(f"{bundle()}: the plugin is incomplete; install it again")
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module  # Dataclasses look their module up there.
        spec.loader.exec_module(module)
    return sys.modules[full]
