"""What a command line says while it works: a progress bar, JSON lines, or nothing."""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import Any

from tqdm import tqdm


class Reporter:
    """Tells a person (bar and sentences on stderr), a program (JSON lines on stdout), or nobody.

    A context manager, so that the bar is closed whatever happens.
    """

    def __init__(self, verb: str, *, quiet: bool = False, as_json: bool = False) -> None:
        self.verb, self._quiet, self._json = verb, quiet, as_json
        self._bar: tqdm[Any] | None = None
        self._total = self._done = 0
        self._started = time.monotonic()

    def __enter__(self) -> Reporter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def event(self, name: str, text: str = "", **fields: Any) -> None:
        """Report something that happened; ``text`` is for a person, ``fields`` for a program."""
        if self._json:
            print(json.dumps({"event": name, **({"text": text} if text else {}), **fields}), flush=True)
        elif text and not self._quiet:
            tqdm.write(text, file=sys.stderr)

    def start(self, total: int, unit: str) -> None:
        """Begin to count towards ``total`` units."""
        self._total, self._done, self._started = total, 0, time.monotonic()
        if not self._json and not self._quiet:
            self._bar = tqdm(total=total, unit=f" {unit}", desc=self.verb, file=sys.stderr, leave=False)

    def advance(self, count: int) -> None:
        """Count ``count`` more units as done."""
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
        if self._json:
            seconds = max(time.monotonic() - self._started, 1e-9)
            rate = self._done / seconds
            self.event(
                "progress",
                done=self._done,
                total=self._total,
                rate=round(rate, 3),
                remaining_s=round((self._total - self._done) / rate, 1) if rate else None,
            )

    def error(self, error: Exception) -> None:
        """Report why nothing came of it, in one line on stderr."""
        message = " ".join(str(error).split())
        if self._json:
            self.event("error", error=message)
        print(f"{self.verb}: {message}", file=sys.stderr)
