"""The folder of an adapter: what lies in it, whether a run may write there, and which one an adapter gets."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ModelError, OutputError
from engine.messages import message
from engine.models.lora import CARD_FILE, DOUBTFUL, doubtful, save_adapter
from training.run_lock import LOCK, only_run

if TYPE_CHECKING:
    from engine.models.base import Segmenter

WORK = ".run"
"""Folder inside the adapter's that holds what a stopped run needs to continue; gone when the run is done."""
CHECKPOINT = "checkpoint.pt"
PLAN = "classes.json"
"""In that folder: which classes a run is for that makes an adapter for each."""
KEPT = "keeps its adapter, because the new one is worse than none"
"""What a note says of a folder whose adapter :func:`folder_for` does not replace."""
OF_CLASS = "class-"
"""What the name of a sub-folder begins with that holds the adapter of one class; its number ends it."""
PAGE, CURVES_FILE, CHANGES = "report.html", "curves.png", "changes.png"
"""Files of the report."""


def checkpoint_of(out: Path) -> Path:
    """Where a run into ``out`` keeps its checkpoint."""
    return out / WORK / CHECKPOINT


def check_out(out: Path, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that cannot take the adapter.

    Raises:
        OutputError: it holds a finished adapter or an unfinished run, or cannot be read.
    """
    checkpoint = checkpoint_of(out)
    try:
        unfinished = checkpoint.exists() or (out / WORK / PLAN).exists()
        finished = (out / CARD_FILE).exists()
        other = out.is_dir() and any(path.name not in (WORK, LOCK) for path in out.iterdir())
    except OSError as error:
        raise OutputError(f"{out}: the folder cannot be read ({error.strerror})") from error
    if resume and not unfinished:
        raise OutputError(f"{out}: holds no unfinished run; start one without --resume")
    if not resume and not overwrite:
        if unfinished:
            raise OutputError(message("run-unfinished", folder=out))
        if finished:
            raise OutputError(message("adapter-exists", folder=out))
        if other:
            raise OutputError(f"{out}: the folder is not empty; choose another --out")


@contextmanager
def claimed(out: Path, resume: bool, overwrite: bool) -> Iterator[None]:
    """Hold a folder for one run alone, made ready before any work is done for it.

    A run that leaves nothing in a folder that this creates leaves no folder either.

    Raises:
        OutputError: another run is at work there, or see :func:`check_out`, or it cannot be written.
    """
    created = [] if out.is_dir() else [out]
    clean_up = partial(_remove_empty, [out / WORK, *created])
    # Ctrl-C may come in the middle of the clean-up below; at exit it is done again.
    atexit.register(clean_up)
    if created:
        check_out(out, resume, overwrite)  # Before the folder is created.
    try:
        with only_run(out, "--out"):
            check_out(out, resume, overwrite)
            try:
                if not resume:
                    shutil.rmtree(out / WORK, ignore_errors=True)
                (out / WORK).mkdir(exist_ok=True)
            except OSError as error:
                raise OutputError(f"{out}: the folder cannot be written ({error.strerror})") from error
            yield
    finally:
        clean_up()
        atexit.unregister(clean_up)


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in folders:
        with suppress(OSError):  # It holds something.
            folder.rmdir()


def folder_for(out: Path, status: str) -> Path:
    """The folder for a new adapter: ``out``, or one within it where a doubtful one would replace a sound one.

    Args:
        out: what the user asked for; it may hold an earlier adapter.
        status: of the new one.
    """
    return out / status if status in DOUBTFUL and _holds_a_sound_one(out) else out


def latest_in(out: Path) -> Path | None:
    """The folder of the adapter last saved into ``out``, see :func:`folder_for`; None if none was."""
    places = (out, *(out / status for status in DOUBTFUL))
    there = [place for place in places if (place / CARD_FILE).is_file()]
    return max(there, key=lambda place: (place / CARD_FILE).stat().st_mtime_ns, default=None)


def save_in(out: Path, model: Segmenter, card: Mapping[str, Any]) -> Path:
    """Save the model's adapter with its card, and remove what is left of the one that it replaces.

    Returns:
        The folder that :func:`folder_for` names.

    Raises:
        OutputError: it cannot be written.
    """
    folder = folder_for(out, card["status"])
    save_adapter(model, folder, card)
    for name in (PAGE, CURVES_FILE, CHANGES):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{folder / name}: cannot be removed ({error.strerror})") from error
    try:
        remove_classes(folder)
    except OSError as error:
        raise OutputError(f"{error.filename}: cannot be removed ({error.strerror})") from error
    return folder


def remove_classes(folder: Path) -> None:
    """Remove the adapters of single classes that lie in a folder; OSError if one cannot be."""
    for path in folder.glob(f"{OF_CLASS}*"):
        if path.name.removeprefix(OF_CLASS).isdecimal():
            shutil.rmtree(path)


def _holds_a_sound_one(folder: Path) -> bool:
    try:
        return doubtful(folder) is None
    except ModelError:  # No adapter, or a damaged one.
        return False
