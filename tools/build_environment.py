"""Build the plugin's environment without QGIS: ``python tools/build_environment.py HOME``; prints its Python.

Runs on the bare Python that the environment is built on, so the standard library is all it may use.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).resolve().parent.parent))

from resam_qgis.environment import Builder, Plan
from resam_qgis.interpreters import BuildError

ROOT = Path(__file__).resolve().parent.parent
CPU_INDEX = ("--torch-backend", "cpu")


def run(
    command: Sequence[str], variables: Mapping[str, str], on_line: Callable[[str], None]
) -> tuple[int, str]:
    """A command as the plugin would run it, without the variables that belong to this project's Python."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        command, env=kept | dict(variables), cwd=os.sep, capture_output=True, text=True, check=False
    )
    for line in done.stdout.splitlines():
        on_line(line)
    return done.returncode, done.stderr


def run_without_cpu_index(
    command: Sequence[str], variables: Mapping[str, str], on_line: Callable[[str], None]
) -> tuple[int, str]:
    """The same, but PyTorch's index of CPU builds is not asked."""
    asks = CPU_INDEX[0] in command
    return run([part for part in command if not asks or part not in CPU_INDEX], variables, on_line)


def build(home: Path, locks: Path, published: bool) -> Path:
    """Build for the processor; the Python of the environment."""
    plan = Plan(home, locks, ROOT, "cpu", sys.executable)
    command = run_without_cpu_index if published else run
    builder = Builder(plan, command, lambda done, total, text: print(f"{done}/{total} {text}", flush=True))
    return builder.build()


def main() -> int:
    """Build; 1 and one line on standard error if it fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path, help="folder of the environment")
    parser.add_argument(
        "--published",
        action="store_true",
        help="torch with CUDA (7.5 GB), where PyTorch's index of CPU builds is out of reach",
    )
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        locks = Path(folder) / "locks"
        left_out = ignore_patterns("torch.txt") if chosen.published else None
        copytree(ROOT / "requirements", locks, ignore=left_out)
        if chosen.published:
            (locks / "torch-published.txt").rename(locks / "torch.txt")
        try:
            print(build(chosen.home, locks, chosen.published))
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
