"""Checks in the window of the real QGIS: from a click to a feature of the layer."""

from __future__ import annotations

from collections.abc import Callable

from tests.qgis.checks import every_check_of, expect_passed, patient
from tests.qgis.conftest import Results


@patient
@every_check_of("canvas+keys+outputs+rules+shapes+borders", "homes", "entered", "tiles")
def test_clicking(in_window: Callable[[str], Results], modules: str, name: str) -> None:
    expect_passed(in_window(modules), name)
