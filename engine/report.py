"""What a command line says while it works: a progress bar, JSON lines, or nothing."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, NoReturn

from tqdm import tqdm

from engine.errors import EXIT_CODE, EngineError

INTERRUPTED = 128 + signal.SIGINT
NAMED = 5
"""Rejected objects of a kind that are named one by one."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line, like all others."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with the code for bad input."""
        self.exit(EXIT_CODE, f"{self.prog}: {message}; --help lists the options\n")


def count(text: str) -> int:
    """A whole number of at least 1, as an option."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number of at least 1, not {text!r}")
    return int(text)


def count_or_none(text: str) -> int:
    """A whole number of at least 0, as an option."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number of at least 0, not {text!r}")
    return int(text)


def readable(text: str) -> str:
    """A text in one line, without the characters that command a terminal; names of files may hold any."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(text.split()))


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
            tqdm.write(readable(text), file=sys.stderr)

    def notes(self, sentences: Iterable[str]) -> None:
        """Report what had to be assumed, a sentence each."""
        for sentence in sentences:
            self.event("note", f"note: {sentence}")

    def rejected(self, objects: Iterable[tuple[int, str]]) -> None:
        """Report objects that cannot be used, (prompt_id, reason) each: an event a reason."""
        by_reason: dict[str, list[int]] = {}
        for prompt_id, reason in objects:
            by_reason.setdefault(reason, []).append(prompt_id)
        for reason, ids in sorted(by_reason.items()):
            some = ", ".join(map(str, ids[:NAMED]))
            more = "" if len(ids) <= NAMED else f" and {len(ids) - NAMED} more"
            text = f"rejected: {reason}: prompt {some}{more}"
            self.event("rejected", text, reason=reason, count=len(ids))

    def start(self, total: int, unit: str) -> None:
        """Begin to count towards ``total`` units."""
        self._total, self._done, self._started = total, 0, time.monotonic()
        self.event("start", total=total, unit=unit)
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
        message = readable(str(error))
        if self._json:
            self.event("error", error=message)
        print(f"{self.verb}: {message}", file=sys.stderr)


def run_command(
    work: Callable[[Reporter], None],
    reporter: Reporter,
    interrupted: str = "interrupted, nothing was written",
) -> int:
    """Do the work of a command line; 0 on success, 2 after one line on bad input, 130 after Ctrl-C.

    Args:
        interrupted: what Ctrl-C leaves behind, for the user.
    """
    try:
        with reporter:
            work(reporter)
    except EngineError as error:
        reporter.error(error)
        return EXIT_CODE
    except KeyboardInterrupt:
        print(f"{reporter.verb}: {interrupted}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our lines has gone; there is nobody left to tell. Keep Python from trying on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_CODE
    return 0
