"""The real QGIS, with the plugin installed from its archive into a fresh profile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from resam_qgis.environment import Plan
from tests.qgis import fixtures
from tests.qgis.building import plan_in

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SYSTEM_PYTHON = os.environ.get("RESAM_TEST_SYSTEM_PYTHON", "/usr/bin/python3")
PATIENCE = float(os.environ.get("RESAM_TEST_PATIENCE", "1"))
"""Times are multiplied by this: for a machine that many share."""
SECONDS = 540 * PATIENCE
SCREEN = "-screen 0 1400x900x24 -nolisten tcp"
Results = dict[str, str | None]
CLOSED = "closed"
"""Among the results: None if QGIS ended of itself, without a crash."""


def require(*programs: str) -> None:
    """Skip where QGIS is not installed; in CI, fail."""
    missing = [name for name in programs if shutil.which(name) is None]
    if not missing:
        return
    reason = f"no {', '.join(missing)}: install qgis, python3-qgis and xvfb"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin's archive, built anew."""
    out = tmp_path_factory.mktemp("package")
    code = "import package, pathlib, sys; print(package.build(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(out)]
    done = subprocess.run(command, cwd=ROOT / "tools", capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def rasters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of rasters that the checks open."""
    folder = tmp_path_factory.mktemp("rasters")
    fixtures.make(folder)
    return folder


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A build from small wheels in a folder, in a place with spaces; its engine passes the self-test."""
    return plan_in(tmp_path)


class RealQgis:
    """A profile with the plugin in it, and QGIS to run checks with."""

    def __init__(self, folder: Path, package: Path, rasters: Path) -> None:
        self.folder, self.rasters = folder, rasters
        self.plugins = folder / "profile" / "profiles" / "default" / "python" / "plugins"
        self.plugins.mkdir(parents=True)
        with zipfile.ZipFile(package) as archive:
            archive.extractall(self.plugins)

    def environment(self, **more: str) -> dict[str, str]:
        """Variables of a QGIS that knows this profile alone."""
        kept = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
        }
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        return kept | {
            "QGIS_CUSTOM_CONFIG_PATH": str(self.folder / "profile"),
            "RESAM_HOME": str(self.folder / "home of resam"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "RESAM_TEST_ROOT": str(ROOT),
            "RESAM_TEST_PYTHON": os.environ.get("RESAM_TEST_PYTHON", sys.executable),
            "RESAM_TEST_FIXTURES": str(self.rasters),
            "RESAM_TEST_WORK": str(work),
            "RESAM_TEST_PLUGINS": str(self.plugins),
            "OMP_NUM_THREADS": "1",
            **more,
        }

    def window(self, module: str) -> Results:
        """Run the checks of a module in QGIS's window, on a screen that nobody sees."""
        require("qgis", "xvfb-run")
        result = self.folder / f"{module}.jsonl"
        variables = self.environment(
            RESAM_TEST_MODULE=module, RESAM_TEST_RESULT=str(result), RESAM_TEST_WINDOW="1"
        )
        qgis = ["qgis", "--nologo", "--noversioncheck", "--code", str(HERE / "launch.py")]
        return self._run(["xvfb-run", "-a", "-s", SCREEN, *qgis], variables, result)

    def headless(self, module: str) -> Results:
        """Run the checks of a module in QGIS's own Python, without a window."""
        require("qgis", SYSTEM_PYTHON)
        result = self.folder / f"{module}.jsonl"
        variables = self.environment(
            RESAM_TEST_MODULE=module, RESAM_TEST_RESULT=str(result), QT_QPA_PLATFORM="offscreen"
        )
        return self._run([SYSTEM_PYTHON, str(HERE / "launch.py")], variables, result)

    def _run(self, command: list[str], variables: dict[str, str], result: Path) -> Results:
        code = None
        try:
            done = subprocess.run(
                command, env=variables, capture_output=True, text=True, timeout=SECONDS, check=False
            )
            said, code = done.stdout[-3000:] + done.stderr[-3000:], done.returncode
        except subprocess.TimeoutExpired as late:
            said = f"not done after {SECONDS} s\n{(late.stderr or b'')[-3000:]!r}"
        lines = result.read_text().splitlines() if result.exists() else []
        found = {row["name"]: row["problem"] for row in map(json.loads, lines)}
        return {**found, CLOSED: None if code == 0 else f"exit code {code}\n{said}", "said": said}


@pytest.fixture(scope="session")
def real_qgis(
    tmp_path_factory: pytest.TempPathFactory, package: Path, rasters: Path
) -> Callable[[], RealQgis]:
    """A maker of fresh profiles."""
    return lambda: RealQgis(tmp_path_factory.mktemp("qgis"), package, rasters)


@pytest.fixture(scope="session")
def in_window(real_qgis: Callable[[], RealQgis]) -> Callable[[str], Results]:
    """What the checks of a module found in QGIS's window."""
    return cache(lambda module: real_qgis().window(module))


@pytest.fixture(scope="session")
def headless(real_qgis: Callable[[], RealQgis]) -> Callable[[str], Results]:
    """What the checks of a module found in QGIS's Python, without a window."""
    return cache(lambda module: real_qgis().headless(module))
