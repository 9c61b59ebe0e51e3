"""How far a build has come: bytes on the disk, and time."""

from __future__ import annotations

import time

from . import environment
from .i18n import tr

ALMOST = 0.97
"""How full the bar gets before the end: what a build writes is known only about."""
SOONEST_SECONDS = 5.0
"""Before, the rate says nothing about the time that is left."""


class Meter:
    """Measures by what is free on the disk: a build writes into many files in several processes."""

    def __init__(self, accelerator: str | None) -> None:
        """
        Args:
            accelerator: a key of :data:`environment.WRITTEN`, or None where nothing is written.
        """
        self._total = environment.WRITTEN.get(accelerator or "", 0.0)
        self._before: int | None = None
        self._started = time.monotonic()

    def read(self, free: int) -> tuple[float, str]:
        """Share of the whole, in [0, 1), and the same in words.

        Args:
            free: bytes that are free now.
        """
        if self._before is None:
            self._before = free
        seconds = time.monotonic() - self._started
        if not self._total:
            return 0.0, ""
        written = max(0.0, (self._before - free) / 1e9)
        share = min(ALMOST, written / self._total)
        text = tr("{:.1f} of about {:.1f} GB, {} so far").format(written, self._total, _clock(seconds))
        if share > 0 and seconds > SOONEST_SECONDS:
            text += ", " + tr("about {} left").format(_clock(seconds / share * (1 - share)))
        return share, text


def _clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"
