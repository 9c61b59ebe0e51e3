"""Checks in the window of the real QGIS: whole sessions, the set-up, and random events."""

from __future__ import annotations

from collections.abc import Callable

from tests.qgis.checks import every_check_of, expect_passed, patient
from tests.qgis.conftest import Results


@patient
@every_check_of("session", "hammered+setting_up")
def test_sessions(in_window: Callable[[str], Results], modules: str, name: str) -> None:
    expect_passed(in_window(modules), name)
