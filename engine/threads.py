"""How the threads of the network libraries behave, which read it when torch is imported; and our own."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

VARIABLES = {
    # Threads that spin while they wait bring everything to a crawl as soon as another program wants a core.
    "OMP_WAIT_POLICY": "PASSIVE",
    # The same bits from any number of threads, so that a layer does not depend on how it was computed.
    "MKL_CBWR": "AUTO,STRICT",
}


def settle() -> None:
    """Set what the user has not; to be called before torch is imported."""
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)


def at_hand() -> int:
    """Threads that this process may keep busy: as many as torch may, where it is loaded, or one a core."""
    if (torch := sys.modules.get("torch")) is not None:
        return int(torch.get_num_threads())
    # Other systems than Linux do not say which cores a process may use.
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Call ``work`` on every item and yield the results in the order of the items.

    Args:
        items: read lazily; at most ``threads`` + 1 results are waited for at a time.
        threads: that call ``work``; 1 calls it in the caller's own thread.
    """
    if threads <= 1:
        yield from map(work, items)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
