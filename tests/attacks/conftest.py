"""How hard the attacks are: some minutes in all by default, as long as it takes by ``make attacks``.

``RESAM_ATTACKS`` is the share of the full size to run, such as 0.1.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

SHARE = float(os.environ.get("RESAM_ATTACKS", "0"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Full attacks take hours; what hangs then is seen by whoever waits."""
    for item in items:
        if SHARE and "attacks" in item.path.parts:
            item.add_marker(pytest.mark.timeout(0), append=False)


@pytest.fixture
def count() -> Callable[[int, int], int]:
    """``count(few, many)``: the size of an attack, ``many`` being the full one."""
    return lambda few, many: max(few, round(many * SHARE))
