"""Checks in the window of the real QGIS: the pages of the dock, its messages, and what survives."""

from __future__ import annotations

from collections.abc import Callable

from tests.qgis.checks import every_check_of, expect_passed, patient
from tests.qgis.conftest import Results


@patient
@every_check_of(
    "reviewing",
    "messages",
    "remote",
    "failures",
    "kept",
    "daily",
    "editing",
    "choices",
    "find_page",
    "likeness",
    "queued",
)
def test_pages(in_window: Callable[[str], Results], module: str, name: str) -> None:
    expect_passed(in_window(module), name)
