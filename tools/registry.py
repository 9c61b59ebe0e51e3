"""Where packages come from: pip's own configuration, translated for uv, which does not read it."""

from __future__ import annotations

import ast
import os
import subprocess
from pathlib import Path

# pip's option -> (uv's variable, how uv separates several values)
_TRANSLATION = {
    "find-links": ("UV_FIND_LINKS", ","),
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "cert": ("SSL_CERT_FILE", " "),
}


def pip_settings(python: Path) -> dict[str, list[str]]:
    """Every option of ``pip config list``, by bare name, with its values in order and without repeats."""
    command = [str(python), "-m", "pip", "config", "list"]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    settings: dict[str, list[str]] = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        values = settings.setdefault(key.rpartition(".")[2], [])
        values += [part for part in str(ast.literal_eval(value)).split() if part not in values]
    return settings


def uv_environment(python: Path) -> dict[str, str]:
    """The process environment plus what pip's configuration says; variables of uv already set win."""
    settings = pip_settings(python)
    environment = dict(os.environ)
    for option, (variable, separator) in _TRANSLATION.items():
        if option in settings:
            environment.setdefault(variable, separator.join(settings[option]))
    # pip looks at all indexes alike. That is safe here: every file must match a recorded hash.
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return environment


def local_torch_wheel(environment: dict[str, str], version: str) -> Path | None:
    """The CPU wheel of torch in a configured folder of wheels, if there is one."""
    folders = [Path(folder) for folder in environment.get("UV_FIND_LINKS", "").split(",") if folder]
    wheels = [wheel for folder in folders for wheel in sorted(folder.glob(f"torch-{version}+cpu-*.whl"))]
    return wheels[0] if wheels else None
