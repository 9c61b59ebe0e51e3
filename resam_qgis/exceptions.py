"""Exceptions of QGIS, in one place because its stubs leave them out."""

from __future__ import annotations

from qgis.core import (  # type: ignore[attr-defined]  # The stubs list no exceptions at all.
    QgsCsException,
    QgsProcessingException,
)

__all__ = ["QgsCsException", "QgsProcessingException"]
