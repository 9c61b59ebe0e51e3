"""Work for the window's thread alone, asked for in any other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError
from typing import Any, TypeVar

from qgis.PyQt.QtCore import QObject, pyqtSignal

Result = TypeVar("Result")
POLL_SECONDS = 0.1
MOST_SECONDS = 60.0
"""A window that takes no event for so long may be waiting for whoever asks."""


class _Window(QObject):
    """Lives in the thread that imports this module first, the window's."""

    asked = pyqtSignal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.asked.connect(self._work)

    def _work(self, work: Callable[[], Any], done: Future[Any]) -> None:
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(work())
        except Exception as problem:  # noqa: BLE001 - raised again in the thread that asked
            done.set_exception(problem)


_WINDOW = _Window()


def there(work: Callable[[], Result], stopped: Callable[[], bool] = lambda: False) -> Result | None:
    """What the work returns in the window's thread; None if it was stopped before.

    Args:
        stopped: asked while the window has no time yet.

    Raises:
        Exception: whatever the work raises.
    """
    if threading.current_thread() is threading.main_thread():
        return work()
    done: Future[Result] = Future()
    _WINDOW.asked.emit(work, done)
    for _ in range(round(MOST_SECONDS / POLL_SECONDS)):
        try:
            return done.result(POLL_SECONDS)
        except TimeoutError:
            if stopped() and done.cancel():
                return None
    return work() if done.cancel() else done.result()
