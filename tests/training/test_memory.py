"""Peak memory of one piece of work, not of all that the process ever did."""

from __future__ import annotations

import numpy as np

from training.memory import MIB, measured_from_here


def test_the_peak_is_that_of_the_work_and_not_of_what_came_before_it() -> None:
    earlier = np.ones(200 * MIB, np.uint8)
    del earlier
    memory = measured_from_here("cpu")
    assert memory is not None
    work = np.ones(64 * MIB, np.uint8)
    del work
    assert 60 < memory.peak() < 120
