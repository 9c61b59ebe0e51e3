"""Run by QGIS's Python: the plugin's export and import of adapters, for tests that kill them."""

from __future__ import annotations

from pathlib import Path

from resam_qgis import adapters


def export(folder: str, file: str) -> None:
    """Pack an adapter."""
    adapters.export(Path(folder), Path(file))


def take(file: str, folder: str) -> None:
    """Unpack one beside others."""
    adapters.import_file(Path(file), Path(folder))


def remove(folder: str) -> None:
    """Remove one."""
    adapters.remove(Path(folder))


def work(name: str, *given: str) -> None:
    """One of the above, or what opening the window does: list the adapters."""
    if name == "list":
        adapters.listed(Path(given[0]))
    else:
        {"export": export, "take": take, "remove": remove}[name](*given)
