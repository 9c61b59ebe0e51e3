"""What a command line says while it works: a progress bar, JSON lines, or nothing."""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from tqdm import tqdm

from engine.errors import EXIT_CODE, EngineError, ModelError, OutputError, is_out_of_memory
from engine.messages import coded, message

INTERRUPTED = 128 + signal.SIGINT
_FOR_PROGRAMMERS = (
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    ImportWarning,
    ResourceWarning,
    SyntaxWarning,
)
_NOT_TAKEN = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN)
"""What writing to a full or broken standard output raises."""
_MARKED = re.compile(r"``([^`]*)``|:\w+:`([^`]*)`")
"""Code and names of modules as docstrings mark them."""
NAMED = 5
"""Rejected objects of a kind that are named one by one."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line, like all others.

    A docstring will do as its description: what marks code and modules in it is taken out.
    """

    def __init__(self, *, description: str | None = None, **options: Any) -> None:
        if description is not None:
            description = _MARKED.sub(r"\1\2", description)
        super().__init__(description=description, **options)

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # as there
        """As in argparse; names of files that are not UTF-8 are refused, which no library below takes."""
        given = sys.argv[1:] if args is None else list(args)
        for word in given:
            if isinstance(word, str) and not _is_utf8(word):
                self.error(f"{os.fsencode(word)!r} is not UTF-8; rename the file or folder")
        return super().parse_known_args(given, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with the code for bad input."""
        self.exit(EXIT_CODE, f"{self.prog}: {message}; --help lists the options\n")


def program(verb: str) -> str:
    """How the user called a verb, for its help and messages."""
    return f"resam {verb}" if Path(sys.argv[0]).stem == "resam" else f"python -m engine.{verb}"


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


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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

    @property
    def tells_a_program(self) -> bool:
        """Whether what has no text for a person reaches anybody."""
        return self._json

    def event(self, name: str, text: str = "", **fields: Any) -> None:
        """Report something that happened; ``text`` is for a person, ``fields`` for a program."""
        if self._json:
            self._print_line({"event": name, **({"text": text} if text else {}), **fields})
        elif text and not self._quiet:
            with suppress(OSError):  # Both streams are closed: there is no reader left.
                tqdm.write(readable(text), file=sys.stderr)

    def _print_line(self, line: dict[str, Any]) -> None:
        try:
            print(json.dumps(line), flush=True)
        except OSError as error:
            self._json = False  # The error goes to stderr alone.
            _let_go_of_stdout()
            if isinstance(error, BrokenPipeError):
                raise
            raise OutputError(f"standard output: {error.strerror}") from error

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
        if self._bar is not None:
            self._bar.close()
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
        text, known = readable(str(error)), coded(error)
        named: dict[str, Any] = {} if known is None else {"code": known.code, "values": known.values}
        if self._json:
            with suppress(OSError):
                self.event("error", error=text, **named)
        _tell(f"{self.verb}: {text}")


def run_command(
    work: Callable[[Reporter], None],
    reporter: Reporter,
    interrupted: str = "interrupted, nothing was written",
) -> int:
    """Do the work of a command line; 0 on success, 2 after one line on bad input, 130 after Ctrl-C.

    Args:
        interrupted: what Ctrl-C leaves behind, for the user.
    """
    _open_standard_streams()
    try:
        with reporter, library_warnings(reporter):
            work(reporter)
            flush_stdout()
    except EngineError as error:
        reporter.error(error)
        return EXIT_CODE
    except KeyboardInterrupt:
        _tell(f"{reporter.verb}: {interrupted}")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our lines has gone; there is nobody left to tell.
        _let_go_of_stdout()
        return EXIT_CODE
    except Exception as error:
        line = _in_one_line(error)
        if line is None:
            raise
        reporter.error(line)
        return EXIT_CODE
    return 0


def _in_one_line(error: Exception) -> EngineError | None:
    """What a user can mend, of the errors that come from far below; None for a mistake of ours."""
    if is_out_of_memory(error):
        return ModelError(message("memory"))
    if not isinstance(error, OSError):
        return None
    if (
        error.filename is not None
    ):  # A path that nobody looked at before: closed, too long, a circle of links.
        return OutputError(f"{error.filename}: {error.strerror}")
    if error.errno not in _NOT_TAKEN:
        return None
    _let_go_of_stdout()
    return OutputError(f"standard output: {error.strerror}")


def flush_stdout() -> None:
    """See that what was printed arrived; OutputError if the disk is full, for one."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _let_go_of_stdout()
        raise OutputError(f"standard output: {error.strerror}") from error


@contextmanager
def library_warnings(reporter: Reporter) -> Iterator[None]:
    """Warnings of libraries become notes, each once; those meant for programmers are dropped."""
    shown: set[str] = set()

    def tell(text: str) -> None:
        if text not in shown:
            shown.add(text)
            reporter.notes([text])

    def show(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
        if not issubclass(category, _FOR_PROGRAMMERS):
            tell(str(message))

    class Notes(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(record.getMessage())

    kept, last = warnings.showwarning, logging.lastResort
    warnings.showwarning, logging.lastResort = show, Notes(logging.WARNING)
    try:
        with _unsaid(tell):
            yield
    finally:
        warnings.showwarning, logging.lastResort = kept, last


@contextmanager
def _unsaid(tell: Callable[[str], None]) -> Iterator[None]:
    """What rasterio hears from GDAL, in a text of a damaged file, and cannot pass on, becomes a note.

    Cython prints such an exception by Python's hook for uncaught ones, and then tells the other hook.
    """
    uncaught, unraisable = sys.excepthook, sys.unraisablehook

    def printed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, UnicodeDecodeError):
            uncaught(kind, error, trace)

    def told(given: sys.UnraisableHookArgs) -> None:
        if isinstance(given.exc_value, UnicodeDecodeError):
            tell("a library warned of something, in a text that is not UTF-8")
        else:
            unraisable(given)

    sys.excepthook, sys.unraisablehook = printed, told
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook = uncaught, unraisable


def _tell(line: str) -> None:
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def _let_go_of_stdout() -> None:
    """Keep Python from writing what is left on exit, which would fail again."""
    with suppress(OSError, AttributeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_standard_streams() -> None:
    """Give closed streams a place: the next file to be opened would get their number, and their text."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
