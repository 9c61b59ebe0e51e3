"""The pulse of the window: how long its event loop was held up."""

import os
import time
from pathlib import Path

from qgis.PyQt.QtCore import QTimer

BEAT_MS = 10


class Pulse:
    """A timer in the window's thread; the longest time between two beats is the worst stall.

    Time in which the thread was ready to run, and other processes had the processor, does not count.
    """

    def __enter__(self):
        self.worst = 0.0
        self._last = self.now()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)
        return self

    def __exit__(self, *_):
        self._beat()
        self._timer.stop()

    def _beat(self):
        now = self.now()
        self.worst = max(self.worst, now - self._last)
        self._last = now

    @staticmethod
    def now():
        """Seconds in which this thread ran or slept of its own will."""
        found = Path(f"/proc/self/task/{os.getpid()}/schedstat")
        waited = int(found.read_text().split()[1]) / 1e9 if found.exists() else 0.0
        return time.monotonic() - waited
