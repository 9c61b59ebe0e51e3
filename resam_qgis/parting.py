"""The end of QGIS: threads of its pool forget clean-ups that QGIS itself has made already."""

from __future__ import annotations

import threading
from contextlib import suppress

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt.QtCore import QThread, QThreadPool

from .presence import present

MOST_SECONDS = 2.0
"""A thread that is at work meanwhile is not waited for any longer."""


class _Forgetting(QgsTask):
    """Keeps one thread of the pool until every other one has a task of this kind as well."""

    def __init__(self, together: threading.Barrier) -> None:
        super().__init__("ReSAM")
        self._together = together

    def run(self) -> bool:
        """In a thread of the pool."""
        with suppress(TypeError):  # Nothing is connected.
            present(QThread.currentThread()).finished.disconnect()
        with suppress(threading.BrokenBarrierError):
            self._together.wait(MOST_SECONDS)
        return True


def forget_threads() -> None:
    """For when QGIS ends, before it takes its authentication manager away.

    A thread in which QGIS asked for credentials or certificates (news and plugin lists do) closes its
    database when it ends, half a minute after its task. The pool starts the same thread again for a later
    task, and the former clean-up stays connected: it runs once more when QGIS ends, after the manager is
    gone, and QGIS crashes.
    """
    count = present(QThreadPool.globalInstance()).maxThreadCount()
    together = threading.Barrier(count + 1)
    tasks = [_Forgetting(together) for _ in range(count)]
    for task in tasks:
        present(QgsApplication.taskManager()).addTask(task)
    with suppress(threading.BrokenBarrierError):
        together.wait(MOST_SECONDS)
