"""Where packages come from: pip's own configuration, translated for uv as the plugin does it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from resam_qgis.indexes import uv_variables


def uv_environment(python: Path) -> dict[str, str]:
    """The process environment plus what pip's configuration says; variables of uv already set win."""
    command = [str(python), "-m", "pip", "config", "list"]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(os.environ) | uv_variables(listing, os.environ)


def local_torch_wheel(environment: dict[str, str], version: str) -> Path | None:
    """The CPU wheel of torch in a configured folder of wheels, if there is one."""
    folders = [Path(folder) for folder in environment.get("UV_FIND_LINKS", "").split(",") if folder]
    wheels = [wheel for folder in folders for wheel in sorted(folder.glob(f"torch-{version}+cpu-*.whl"))]
    return wheels[0] if wheels else None
