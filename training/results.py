"""Figures of long measurements on disk: a line of JSON each as it is measured; a killed run continues."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import ConfigError, ModelError, OutputError
from engine.files import written_whole
from engine.staging import finish_dead_runs
from training import progress

Task = TypeVar("Task")
Found = TypeVar("Found")


def check_folder(path: Path) -> None:
    """Make the folder that ``path`` will lie in, before the work, and remove what killed runs left there.

    Raises:
        OutputError: nothing can be written there.
    """
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written; choose another folder")
    finish_dead_runs([folder])


def write_whole(path: Path, text: str) -> None:
    """Replace ``path`` by ``text``; what was there stays until all is written. OutputError if refused."""
    try:
        with written_whole(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """What was measured so far, none if there is no file; a line that a kill cut short is left out."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def go_on_with(path: Path) -> list[dict[str, Any]]:
    """As :func:`read_lines`; what a kill cut short is taken off the file, so that lines can be added."""
    found = read_lines(path)
    write_whole(path, "".join(map(_line, found)))
    return found


def add_lines(path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    """Add to the file, at once; OutputError if refused."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(map(_line, entries))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); what is there is kept") from error


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry) + "\n"


def check_same(path: Path, identity: Mapping[str, Any], option: str) -> None:
    """Refuse to mix figures of different settings in one folder; ``option`` names the folder to the user."""
    text = json.dumps(identity, indent=1) + "\n"
    if not path.exists():
        write_whole(path, text)
    elif path.read_text(encoding="utf-8") != text:
        raise ConfigError(f"{path.parent} holds rows of other settings; choose another {option}")


def run_all(
    work: Callable[[Task], Found],
    tasks: Iterable[Task],
    workers: int,
    done: Callable[[Task, Future[Found]], None],
    told: Callable[[str], None] = lambda text: None,
) -> None:
    """Run the tasks in processes; ``done`` is called for each as it ends, in any order.

    Where ``done`` raises, that ends the run: what waits is not begun.

    Args:
        told: gets what the tasks say by :mod:`training.progress`.

    Raises:
        ModelError: a process was killed.
    """
    with (
        progress.heard(told) as channel,
        ProcessPoolExecutor(workers, initializer=progress.join, initargs=(channel,)) as pool,
    ):
        running = {pool.submit(work, task): task for task in tasks}
        try:
            for future in as_completed(running):
                done(running[future], future)
        except BrokenProcessPool as error:
            raise ModelError(
                "a process was killed, most likely for want of memory; use fewer --workers; "
                "what was measured is kept"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)
