"""Small hash-locked wheels, a plan to build from them, and stand-ins for uv."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from resam_qgis.environment import Plan


def run(
    command: Sequence[str], variables: Mapping[str, str], on_line: Callable[[str], None]
) -> tuple[int, str]:
    """A command as the plugin would run it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, env=kept | dict(variables), cwd=os.sep, capture_output=True, text=True, check=False
    )
    for line in done.stdout.splitlines():
        on_line(line)
    return done.returncode, done.stderr


def wheel(folder: Path, name: str, files: Mapping[str, str]) -> str:
    """Write a pure wheel; its line in a lock file."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    with zipfile.ZipFile(path, "w") as archive:
        for place, text in content.items():
            archive.writestr(place, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            rows.append(f"{place},sha256={digest},{len(text)}")
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,\n"]))
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


INSTALLER = """
import os, subprocess, sys
# Stands in for uv: the same arguments, handed to pip.
skipped = {"--no-build-isolation"}
arguments = [a for a in sys.argv[1:] if a not in skipped]
place = arguments.index("--python")
del arguments[place:place + 2]
sys.exit(subprocess.call([sys.executable, "-m", *arguments, "--disable-pip-version-check"]))
"""


def plan_in(tmp_path: Path) -> Plan:
    """A build from small wheels in a folder, in a place with spaces; its engine passes the self-test."""
    wheels, locks = tmp_path / "wheels", tmp_path / "locks"
    wheels.mkdir()
    locks.mkdir()
    (locks / "build.txt").write_text(wheel(wheels, "uv", {"uv/__init__.py": "", "uv/__main__.py": INSTALLER}))
    for lock in ("torch", "runtime", "sam2"):
        line = wheel(wheels, f"our_{lock}", {f"our_{lock}.py": "", "training/__init__.py": "hidden = True\n"})
        (locks / f"{lock}.txt").write_text(line)
    shutil.copy(locks / "torch.txt", locks / "torch-published.txt")
    bundle = tmp_path / "bundle"
    (bundle / "engine").mkdir(parents=True)
    (bundle / "engine" / "__init__.py").write_text("")
    (bundle / "engine" / "selftest.py").write_text("import our_torch, our_runtime, our_sam2\n")
    return Plan(tmp_path / "home of ReSAM ß", locks, bundle, "cpu", sys.executable, wheels)


def installer(plan: Plan, source: str) -> Path:
    """Put a stand-in for uv into the folder of wheels; that folder."""
    wheels = plan.wheels
    assert wheels is not None
    line = wheel(wheels, "uv", {"uv/__init__.py": "", "uv/__main__.py": source})
    (plan.locks / "build.txt").write_text(line)
    return wheels
