"""What a run freed goes back to the system."""

from __future__ import annotations

import platform
import sys

import pytest

from engine import memory
from engine.memory import EVERY, give_back, tidied
from tests.engine.model_helpers import run_python

SCRAPS = """
from engine.memory import give_back
from training.memory import memory_mib

small, pins = [bytes(100_000) for _ in range(3000)], [bytes(100_000)]
before = memory_mib()
del small
kept = memory_mib()
give_back()
print(before - kept, kept - memory_mib())
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="the C library is not glibc"
)
def test_what_the_c_library_keeps_goes_back() -> None:
    went, given = map(float, run_python(SCRAPS).split())
    assert went < 20, "the library gave it back by itself"
    assert given > 150


@pytest.mark.parametrize(("items", "times"), [(0, 1), (1, 1), (EVERY, 2), (2 * EVERY + 1, 3)])
def test_memory_goes_back_now_and_then_and_at_the_end(
    items: int, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    monkeypatch.setattr(memory, "give_back", lambda: given.append(1))
    assert list(tidied(range(items))) == list(range(items))
    assert len(given) == times


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    give_back()
