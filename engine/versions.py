"""Versions of what a run is made with, and of this package's own code."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

VERSIONED = ("torch", "rasterio", "shapely", "pyproj", "geopandas", "numpy")
"""The packages that results depend on, beside this one."""


def package_version(name: str) -> str | None:
    """Version of an installed distribution, None if there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def all_versions() -> dict[str, str | None]:
    """Of this package, of those it computes with, and of Python."""
    return {name: package_version(name) for name in ("resam", *VERSIONED)} | {
        "python": platform.python_version()
    }


def code_hash() -> str:
    """SHA-256 of the package's own modules: two copies of one version may differ while it is worked on."""
    digest, top = hashlib.sha256(), Path(__file__).parent
    for file in sorted(top.rglob("*.py")):
        digest.update(f"{file.relative_to(top).as_posix()}\n".encode() + file.read_bytes())
    return digest.hexdigest()
