"""One run a folder: a second one is refused for as long as the process of the first lives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from engine.console import Reporter
from engine.errors import OutputError

LOCK = ".run.lock"
"""File in the folder of a run. Only the hold on it counts, and that ends with its process."""


@contextmanager
def only_run(folder: Path, option: str, name: str = LOCK) -> Iterator[None]:
    """Hold the right to run in a folder, which is created.

    Args:
        option: what named the folder, for the message.
        name: of the file in the folder; runs of different names let each other be.

    Raises:
        OutputError: another run is at work there, or the folder cannot be written.
    """
    lock = FileLock(folder / name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise OutputError(
            f"{folder}: another run is at work in it; wait for its end, or choose another {option}"
        ) from error
    except OSError as error:
        raise OutputError(f"{folder}: the folder cannot be written ({error.strerror or error})") from error
    try:
        yield
    finally:
        # While it is held: filelock does not take a file without a name for the lock.
        with suppress(OSError):
            (folder / name).unlink()
        lock.release()


def alone(
    folder: Path, option: str, work: Callable[[Reporter], None], name: str = LOCK
) -> Callable[[Reporter], None]:
    """The work of a command, held back while another run has the folder; see :func:`only_run`."""

    def held(reporter: Reporter) -> None:
        with only_run(folder, option, name):
            work(reporter)

    return held
