"""The pulse of the window: how long its event loop was held up."""

import os
import time
from pathlib import Path

from qgis.PyQt.QtCore import QTimer

BEAT_MS = 10


class Pulse:
    """A timer in the window's thread; the longest time between two beats is the worst stall.

    Time in which the thread was ready to run, and other processes had the processor, does not count. Neither
    does that of another thread of QGIS, which may hold Python's lock meanwhile.
    """

    def __enter__(self):
        self.worst = 0.0
        self._last, self._waits = time.monotonic(), self._waited()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)
        return self

    def __exit__(self, *_):
        self._beat()
        self._timer.stop()

    def _beat(self):
        now, waits = time.monotonic(), self._waited()
        without = max((waits[name] - self._waits.get(name, 0.0) for name in waits), default=0.0)
        self.worst = max(self.worst, now - self._last - without)
        self._last, self._waits = now, waits

    @staticmethod
    def _waited():
        """Seconds that each thread was ready to run without a processor, by its number."""
        found = {}
        for file in Path("/proc/self/task").glob("*/schedstat"):
            try:
                found[file.parent.name] = int(file.read_text().split()[1]) / 1e9
            except OSError:
                continue  # It has ended.
        return found

    @staticmethod
    def now():
        """Seconds in which this thread ran or slept of its own will."""
        found = Path(f"/proc/self/task/{os.getpid()}/schedstat")
        waited = int(found.read_text().split()[1]) / 1e9 if found.exists() else 0.0
        return time.monotonic() - waited
