"""A text of an algorithm that is chosen from a list, or typed: models by name, and the user's adapters."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingParameterString

from .. import places

MODEL, ADAPTER = "model", "adapter"
"""What is listed."""


def parameter(kind: str, name: str, label: str, default: str | None) -> QgsProcessingParameterString:
    """A text that Processing's windows show as a list; ``qgis_process`` and scripts give it as it is.

    Args:
        kind: :data:`MODEL` or :data:`ADAPTER`.
        default: None if it may be left out.
    """
    found = QgsProcessingParameterString(name, label, default, optional=default is None)
    # By its name: a run without a window never loads it.
    widget = f"{__package__}.list_widget.ListWidget"
    found.setMetadata({"widget_wrapper": {"class": widget, "kind": kind}})
    return found


def adapter_folder(text: str) -> str:
    """The folder that a text means: a path, or the name of an adapter of the user's list."""
    listed = places.adapters() / text
    by_name = text == Path(text).name and not Path(text).exists() and listed.is_dir()
    return str(listed) if by_name else text
