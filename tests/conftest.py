"""What every test shares: one thread for torch, reproducible hypothesis runs, and the real imagery."""

from __future__ import annotations

import os
import signal

# Before anything imports torch or numpy: the thread pools of two workers on two cores obstruct each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

from pathlib import Path

import pytest
from hypothesis import settings

# A shell starts background jobs deaf to Ctrl-C, and children inherit it; the tests of Ctrl-C need their ears.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent

# deadline: the first example pays for lazy imports. In CI the examples are the same on every run.
settings.register_profile("resam", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("resam")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real imagery: ``RESAM_DATA``, else ``../shared/data`` beside the repository.

    It is not part of the repository, so a test that needs it is left out where it is absent, except under CI.
    """
    folder = Path(os.environ.get("RESAM_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        reason = f"no real imagery at {folder}: set RESAM_DATA to its folder"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return folder


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests in QGIS come first: they wait more than they compute, and their files take the longest."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/qgis/"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that were left out, and why, so that a green run cannot hide them."""
    left_out = terminalreporter.stats.get("skipped", [])
    if not left_out:
        return
    terminalreporter.section(f"{len(left_out)} left out")
    for report in left_out:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{report.nodeid}: {reason}")
