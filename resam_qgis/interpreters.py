"""Which Python the environment is built on: found on the machine, or fetched by uv after asking.

Standard library alone: running commands is given.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

Run = Callable[[Sequence[str], Mapping[str, str], Callable[[str], None]], "tuple[int | None, str]"]
"""Runs a command with added variables, tells its lines; exit code (None: crashed) and end of stderr."""
VERSIONS = ((3, 11), (3, 12), (3, 13), (3, 14))
"""Versions that the locked packages are made for; the first is tried most."""
FETCHED = "3.12"
"""The version that uv fetches where there is none."""
FETCHED_MB = 35
TOOLS, PYTHONS = "tools", "pythons"
"""Folders of uv, on a Python of another version, and of what it fetched."""
OLDEST_FOR_UV = (3, 8)
"""What the installer itself runs on."""
PROBE = "import sys, ensurepip, venv; print(*sys.version_info[:2]); print(sys.executable)"
MAC_FOLDERS = (
    str(Path("/usr", "local", "bin")),
    str(Path("/opt", "homebrew", "bin")),
    "/Library/Frameworks/Python.framework/Versions/{}/bin",
)
"""Where Python lies on macOS, whose programs with a window do not have the terminal's PATH."""


class BuildError(Exception):
    """The environment cannot be built; the message says why and what to do."""


class NoPython(BuildError):
    """No interpreter fits.

    Attributes:
        helper: one of another version, on which uv can fetch one that does; None if there is none either.
    """

    def __init__(self, message: str, helper: str | None) -> None:
        super().__init__(message)
        self.helper = helper


def candidates() -> list[tuple[str, ...]]:
    """Commands that may start a good interpreter to build on, the likeliest first."""
    versions = [f"{major}.{minor}" for major, minor in VERSIONS]
    found: list[tuple[str, ...]] = []
    for version in versions:
        folders = os.pathsep.join([os.environ.get("PATH", ""), *(f.format(version) for f in MAC_FOLDERS)])
        if path := shutil.which(f"python{version}", path=folders):
            found.append((path,))
    if launcher := shutil.which("py"):
        found += [(launcher, f"-{version}") for version in versions]
    beside = [Path(sys.exec_prefix) / name for name in ("python3.exe", "python.exe", "bin/python3")]
    found += [(str(path),) for path in beside if path.exists()]
    if path := shutil.which("python3"):
        found.append((path,))
    return list(dict.fromkeys(found))


def fetched(home: Path) -> list[tuple[str, ...]]:
    """Commands that start what uv fetched before."""
    name = "python.exe" if sys.platform == "win32" else "bin/python3"
    return [(str(path),) for path in sorted((home / PYTHONS).glob(f"*/{name}"))]


def choose(run: Run, tried: Iterable[tuple[str, ...]] | None = None) -> str:
    """The first interpreter that the locked packages can be installed on.

    Raises:
        NoPython: there is none.
    """
    reasons, helper, bare = [], None, False
    for command in candidates() if tried is None else tried:
        lines: list[str] = []
        code, problem = run([*command, "-c", PROBE], {}, lines.append)
        name = " ".join(command)
        if code != 0 or len(lines) < 2:
            without = "ensurepip" in problem
            bare = bare or (without and sys.platform.startswith("linux"))
            reasons.append(f"{name}: {'its venv module is missing' if without else 'it does not run'}")
            continue
        version = tuple(int(part) for part in lines[-2].split())
        if version in VERSIONS:
            return lines[-1].strip()
        reasons.append(f"{name}: is version {lines[-2].replace(' ', '.')}")
        if version >= OLDEST_FOR_UV and helper is None:
            helper = lines[-1].strip()
    said = "; ".join(reasons) or "none was found"
    # Nothing can be fetched on it either: uv needs the module too.
    todo = (
        "Install python3-venv (on Debian and Ubuntu: sudo apt install python3-venv)"
        if bare
        else "Install one"
    )
    raise NoPython(
        f"Python 3.11 to 3.14 with its venv module is needed ({said}). {todo}, then try again.", helper
    )


def in_folder(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def fetch(run: Run, helper: str, home: Path, lock: Path, offline: Sequence[str] = ()) -> str:
    """Have uv fetch a Python into ``home``; uv checks the archive against the hash that it knows.

    Args:
        helper: the interpreter of another version that uv is installed on.
        lock: the hash-locked file that names uv.
        offline: pip's options for a folder of wheels.

    Returns:
        The interpreter.

    Raises:
        BuildError: it cannot be fetched.
    """
    tools, pythons = home / TOOLS, home / PYTHONS
    python, lines = str(in_folder(tools)), list[str]()
    pip = [python, "-m", "pip", "install", "--require-hashes", "--no-deps", "--disable-pip-version-check"]
    uv = [python, "-m", "uv", "python"]
    steps = (
        [helper, "-m", "venv", str(tools)],
        [*pip, *offline, "-r", str(lock)],
        [*uv, "install", FETCHED, "--install-dir", str(pythons)],
        [*uv, "find", FETCHED, "--managed-python"],
    )
    for command in steps:
        lines.clear()
        code, problem = run(command, {"UV_PYTHON_INSTALL_DIR": str(pythons)}, lines.append)
        if code != 0:
            said = " ".join(problem.split())[-300:] or "it said nothing"
            raise BuildError(f"Python {FETCHED} could not be fetched: {said}")
    if not lines or not Path(lines[-1].strip()).is_file():
        raise BuildError(f"Python {FETCHED} could not be fetched: uv named none.")
    return lines[-1].strip()
