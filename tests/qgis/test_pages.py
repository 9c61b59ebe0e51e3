"""Checks in the window of the real QGIS: the pages of the dock, its messages, and what survives."""

from __future__ import annotations

from collections.abc import Callable

from tests.qgis.checks import every_check_of, expect_passed, patient
from tests.qgis.conftest import Results


@patient
@every_check_of(
    "reviewing+followed+messages+daily+editing+likeness",
    "choices+remote+kept+failures",
    "find_page+arriving+restyled+given_back",
    "areas",
    "queued",
)
def test_pages(in_window: Callable[[str], Results], modules: str, name: str) -> None:
    expect_passed(in_window(modules), name)
