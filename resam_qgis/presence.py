"""What QGIS always has, though its stubs allow None wherever C++ returns a pointer; and what it deleted."""

from __future__ import annotations

from typing import TypeVar

from qgis.core import QgsProject
from qgis.PyQt import sip

Thing = TypeVar("Thing")


def present(found: Thing | None) -> Thing:
    """The object itself.

    Raises:
        RuntimeError: there is none, which QGIS rules out where this is called.
    """
    if found is None:
        raise RuntimeError("QGIS has nothing where it always has an object.")
    return found


def alive(kept: Thing | None) -> Thing | None:
    """An object that was kept; None if QGIS has deleted it since."""
    return None if kept is None or sip.isdeleted(kept) else kept


def project() -> QgsProject:
    """The project that is open."""
    return present(QgsProject.instance())
