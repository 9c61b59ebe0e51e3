"""Memory that a long run freed goes back to the system.

The C library of Linux keeps what arrays of many sizes leave behind, and a run of ten thousand windows ends
with gigabytes of it; see malloc_trim(3).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

EVERY = 16
"""Items after which memory goes back: once costs about 10 ms, and its use again some more."""

T = TypeVar("T")


def give_back() -> None:
    """Return what is free to the system; nothing where the C library has no such call."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def tidied(items: Iterable[T]) -> Iterator[T]:
    """The items; after each :data:`EVERY` of them, and at their end, memory goes back."""
    for number, item in enumerate(items, 1):
        yield item
        if number % EVERY == 0:
            give_back()
    give_back()
