"""Checks in QGIS's own Python, without a window: the Processing algorithms and the files of adapters."""

from __future__ import annotations

from collections.abc import Callable

from tests.qgis.checks import every_check_of, expect_passed, patient
from tests.qgis.conftest import Results


@patient
@every_check_of("algorithms", "finding+part_of_points+given_crs", "continued", "adapter_files", "columns")
def test_processing(headless: Callable[[str], Results], modules: str, name: str) -> None:
    expect_passed(headless(modules), name)
