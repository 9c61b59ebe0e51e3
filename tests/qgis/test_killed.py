"""A QGIS that is killed takes its engine along."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.qgis.conftest import PATIENCE, RealQgis

SECONDS = 60.0
"""The engine has ten seconds to end of itself; a busy machine may take longer to get there."""


def processes_of(profile: RealQgis) -> list[str]:
    """The command lines of the engine's processes whose variables name this profile."""
    mark = os.fsencode(f"RESAM_HOME={profile.folder}")
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, variables = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue  # It has ended.
        if mark in variables and b"engine." in command:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.mark.timeout(600 * PATIENCE)
def test_a_killed_qgis_leaves_no_engine_and_no_adapter_behind(
    real_qgis: Callable[[], RealQgis],
) -> None:
    profile = real_qgis()
    results = profile.window("killed")
    assert (profile.folder / "work" / "begun").exists(), results
    end = time.monotonic() + SECONDS
    while (left := processes_of(profile)) and time.monotonic() < end:
        time.sleep(0.2)
    assert left == []
    # Its folder was reserved before the run began; empty, it is no adapter, and is swept later.
    assert list((profile.folder / "home of resam" / "adapters").glob("*/*")) == []


@pytest.mark.timeout(900 * PATIENCE)
def test_what_was_clicked_in_a_qgis_that_was_killed_is_there_in_the_next(
    real_qgis: Callable[[], RealQgis],
) -> None:
    profile = real_qgis()
    profile.window("crashed")
    results = profile.window("recovered")
    assert len(results) > 1, results["said"]
    problems = [found for name, found in results.items() if name != "said" and found]
    assert not problems, "\n".join(problems)
