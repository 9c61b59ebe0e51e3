"""Build the virtual environment from the hash-locked requirement files: ``python tools/setup_env.py .venv``.

Runs on the bare Python that will own the environment, so the standard library is all it may use.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from registry import local_torch_wheel, uv_environment

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
PYTHON = (3, 11)  # the lock is resolved for this version

SELF_TEST = "import engine, training, cv2, pyogrio, rasterio, sam2, torch; torch.ones(2).sum()"


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def require_python() -> None:
    """Refuse an interpreter the lock was not made for."""
    if sys.version_info[:2] != PYTHON:
        found = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"The lock is for Python 3.11, and {sys.executable} is {found}: install python3.11 with its venv "
            "module and run `make setup PYTHON=python3.11`."
        )


def require_venv_module() -> None:
    """Debian keeps ``ensurepip`` in a package of its own: install it as root, else say so."""
    if importlib.util.find_spec("ensurepip"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError("Python's venv module is missing: run `sudo apt-get install python3-venv`.")
    run(["apt-get", "update"])
    run(["apt-get", "install", "-y", "--no-install-recommends", "python3-venv"])


def run(command: list[str], environment: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run one step and stop the set-up if it fails."""
    done = subprocess.run(command, env=environment, cwd=cwd, check=False)
    if done.returncode != 0:
        raise SetupError(f"Set-up stopped at `{' '.join(command)}`: mend what it reports above, then repeat.")


def torch_source(environment: dict[str, str]) -> list[str]:
    """Options that make uv take the CPU build: from a configured folder, else from PyTorch's own index."""
    version = re.search(r"^torch==([\w.]+)\+cpu", (LOCKS / "torch.txt").read_text(), re.MULTILINE)
    if version is None:
        raise SetupError("requirements/torch.txt pins no CPU build: run `git checkout requirements`.")
    return [] if local_torch_wheel(environment, version[1]) else ["--torch-backend", "cpu"]


def install(venv: Path) -> None:
    """Install build tools, torch, everything else, sam2 and the project, each from its own lock."""
    python = venv / "bin" / "python"
    run([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCKS / "build.txt")])
    # Else sam2's build looks for a CUDA compiler, for a post-processing step that is not used here.
    environment = uv_environment(python) | {"SAM2_BUILD_CUDA": "0"}
    # The locks are complete, so nothing is resolved again; build tools come from build.txt, not from an
    # unlocked download, and sam2's build finds the torch that is already there.
    base = [str(venv / "bin" / "uv"), "pip", "install", "--python", str(python), "--no-deps"]
    base += ["--no-build-isolation"]
    locked = [*base, "--require-hashes", "-r"]
    run([*locked, str(LOCKS / "torch.txt"), *torch_source(environment)], environment)
    run([*locked, str(LOCKS / "linux-py311.txt")], environment)
    run([*locked, str(LOCKS / "sam2.txt")], environment)
    drop_foreign_training(venv)
    run([*base, "--editable", str(ROOT)], environment)


def drop_foreign_training(venv: Path) -> None:
    """sam2's archive also installs a top-level package ``training``, which would hide this project's."""
    for folder in (venv / "lib").glob("python*/site-packages/training"):
        shutil.rmtree(folder)


def main() -> int:
    """Create or complete the environment at the path given; 1 and one line on standard error if it fails."""
    venv = Path(sys.argv[1]).resolve()
    try:
        require_python()
        require_venv_module()
        run([sys.executable, "-m", "venv", str(venv)])
        install(venv)
        # Inside the environment's folder, so that the packages are found as installed, not as files here.
        run([str(venv / "bin" / "python"), "-c", SELF_TEST], cwd=venv)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
