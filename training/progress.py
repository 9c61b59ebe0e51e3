"""What worker processes say while a long task is under way: sentences for the process that started them."""

from __future__ import annotations

import multiprocessing
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SECONDS = 20.0
"""Least time between two sentences of a process that says how far it is."""
_POLL = 0.2
_channel: Any = None


def join(channel: Any) -> None:
    """Let this process speak through a channel; the initializer of a pool."""
    global _channel
    _channel = channel


def say(text: str) -> None:
    """Say a sentence; without anybody to hear it, nothing happens."""
    if _channel is not None:
        _channel.put(text)


class Pace:
    """Says how far work is, at first and then every :data:`SECONDS`, with the time that is left."""

    def __init__(self, what: str, total: int, unit: str, first: int = 0) -> None:
        """
        Args:
            what: the work, at the beginning of every sentence.
            first: how much of it was done before.
        """
        self._what, self._total, self._unit, self._first = what, total, unit, first
        self._started = self._said = time.monotonic()
        say(f"{what}: {unit} {first} of {total}")

    def at(self, done: int) -> None:
        """Say it if it is time."""
        now = time.monotonic()
        if now - self._said < SECONDS or done <= self._first:
            return
        self._said = now
        left = (now - self._started) / (done - self._first) * (self._total - done)
        say(f"{self._what}: {self._unit} {done} of {self._total}, about {duration(left)} left")


def duration(seconds: float) -> str:
    """A time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def heard(told: Callable[[str], None]) -> Iterator[Any]:
    """A channel for :func:`join`; ``told`` gets every sentence, on a thread of its own."""
    channel: Any = multiprocessing.Queue()
    ended = threading.Event()

    def listen() -> None:
        while True:
            try:
                told(channel.get(timeout=_POLL))
            except queue.Empty:
                if ended.is_set():
                    return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield channel
    finally:
        ended.set()
        listener.join(timeout=5)
        channel.cancel_join_thread()  # A killed worker may have taken the pipe's lock along.
