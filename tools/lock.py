"""Write the hash-locked files in requirements/ from pyproject.toml: ``make lock`` (``UPGRADE=1`` moves pins).

Without ``--upgrade`` the pins already recorded stay as they are wherever they still fit.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

from registry import local_torch_wheel, uv_environment

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
BUILD_TOOLS = ("setuptools>=77", "uv", "wheel")
CPU = ("--torch-backend", "cpu")
"""Take torch from PyTorch's own index of CPU builds, for machines without a folder that holds the wheel."""
WITH_TORCH = ("nvidia-", "cuda-", "triton")
"""Names of what torch needs to compute on NVIDIA's GPUs begin so."""
APART = ("torch", "sam2")
"""Packages locked in files of their own, because they are installed in steps of their own."""
PLUGINS = ("runtime.txt", "torch-published.txt")
"""What the plugin's environment is built from, but for sam2."""


def compile_lock(
    source: str, options: list[str], environment: dict[str, str], stdin: str | None = None
) -> str:
    """Resolve ``source`` (a file, or "-" for ``stdin``) and return the requirement file's text."""
    command = [str(Path(sys.prefix) / "bin" / "uv"), "pip", "compile", source, *options, "--quiet"]
    command += ["--generate-hashes", "--python", sys.executable, "--no-build-isolation"]
    command += ["--custom-compile-command", "make lock"]
    if "--universal" not in options:
        command += ["--python-platform", "x86_64-manylinux_2_28"]
    done = subprocess.run(
        command, check=True, env=environment, cwd=ROOT, input=stdin, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def project_pin(name: str) -> str:
    """The exact requirement that pyproject.toml has for ``name``, such as ``torch==2.13.0``."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        dependencies: list[str] = tomllib.load(file)["project"]["dependencies"]
    return next(line for line in dependencies if line.startswith(f"{name}=="))


def torch_lock(environment: dict[str, str]) -> str:
    """The CPU build's requirement file: the ordinary build is useless without gigabytes of CUDA libraries."""
    pin = project_pin("torch")
    wheel = local_torch_wheel(environment, pin.partition("==")[2])
    if wheel is None:
        return compile_lock("-", ["--no-deps", "--no-annotate", *CPU], environment, pin)
    # Put together here, because uv records no hashes for a folder of wheels. The folder has the wheel of one
    # Python: those of the others stay as they were recorded for this version.
    recorded = (LOCKS / "torch.txt").read_text()
    known = re.findall("sha256:([0-9a-f]{64})", recorded) if f"{pin}+cpu " in recorded else []
    digests = sorted({hashlib.sha256(wheel.read_bytes()).hexdigest(), *known})
    hashes = [f"    --hash=sha256:{digest}" for digest in digests]
    return " \\\n".join([f"# Written by: make lock\n{pin}+cpu", *hashes]) + "\n"


def everything_options(environment: dict[str, str]) -> list[str]:
    """What the main lock needs: all extras, the same build tools, and the CPU build's few dependencies."""
    version = project_pin("torch").partition("==")[2]
    options = ["--all-extras", "-c", "requirements/build.txt", "-o", "requirements/linux-py311.txt"]
    options += [option for name in APART for option in ("--no-emit-package", name)]
    return options if local_torch_wheel(environment, version) else [*options, *CPU]


def runtime_locks(environment: dict[str, str], extra: list[str]) -> tuple[str, str]:
    """What the plugin's environment holds, for every platform: the packages, and torch as it is published.

    Where CUDA comes with torch, as on Linux, its libraries are in the second file: a build for the processor
    leaves that file out.
    """
    options = ["--universal", "--python-version", "3.11", "--no-annotate", "--extra", "train"]
    options += ["--extra", "cluster", *extra]
    options += ["-c", "requirements/build.txt", *(o for name in APART for o in ("--no-emit-package", name))]
    published = {name: value for name, value in environment.items() if name != "UV_FIND_LINKS"}
    with TemporaryDirectory() as folder:
        # uv keeps the pins that it finds in the file it writes.
        lock = Path(folder) / "runtime.txt"
        lock.write_text("\n".join((LOCKS / name).read_text() for name in PLUGINS))
        compile_lock("pyproject.toml", [*options, "-o", str(lock)], published)
        head, *blocks = re.split(r"\n(?=[a-z0-9])", lock.read_text())
    blocks = [block.rstrip("\n") for block in blocks if not block.startswith("torchvision")]
    torch = compile_lock("-", ["--universal", "--no-deps", "--no-annotate"], published, project_pin("torch"))
    with_torch = [block for block in blocks if block.startswith(WITH_TORCH)]
    others = [block for block in blocks if not block.startswith(WITH_TORCH)]
    return "\n".join([head, *others, ""]), "\n".join([torch.rstrip("\n"), *with_torch, ""])


def main() -> int:
    """Write all files."""
    environment = uv_environment(Path(sys.executable))
    # A machine's extra index may serve only some files of a release; the lock should list all of them.
    environment.pop("UV_INDEX", None)
    extra = sys.argv[1:]
    compile_lock("-", [*extra, "-o", "requirements/build.txt"], environment, "\n".join(BUILD_TOOLS))
    (LOCKS / "torch.txt").write_text(torch_lock(environment))
    compile_lock("pyproject.toml", [*everything_options(environment), *extra], environment)
    sam2 = compile_lock("-", ["--no-deps", "--no-annotate"], environment, project_pin("sam2"))
    (LOCKS / "sam2.txt").write_text(sam2)
    for name, text in zip(PLUGINS, runtime_locks(environment, extra), strict=True):
        (LOCKS / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
