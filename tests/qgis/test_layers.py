"""Checks in QGIS's own Python, without a window: clicks and layers, where no model is asked."""

from __future__ import annotations

from collections.abc import Callable

from tests.qgis.checks import every_check_of, expect_passed, patient
from tests.qgis.conftest import Results


@patient
@every_check_of("traced+reopened+refused+kinds+pages+at_hand+beside+many", "learning+sets")
def test_layers(headless: Callable[[str], Results], modules: str, name: str) -> None:
    expect_passed(headless(modules), name)
