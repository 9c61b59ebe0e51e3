"""How hard the attacks are: a minute or two in all by default, as long as it takes by ``make attacks``."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

FULL = os.environ.get("RESAM_ATTACKS") == "full"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Full attacks take hours; what hangs then is seen by whoever waits."""
    for item in items:
        if FULL and "attacks" in item.path.parts:
            item.add_marker(pytest.mark.timeout(0))


@pytest.fixture
def count() -> Callable[[int, int], int]:
    """``count(few, many)``: the size of an attack."""
    return lambda few, many: many if FULL else few
