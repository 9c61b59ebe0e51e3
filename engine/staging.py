"""Files that belong together, replaced together: a kill, a full disk or Ctrl-C leaves the old or the new.

Everything is written into a hidden folder beside the target, synced to the disk, and moved into place at the
end. A list in that folder binds the files: what a kill leaves half moved is finished by the next run that
writes there, which also removes what dead runs had only begun. A run locks its folder while it lives.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

SUFFIX = ".partial"
OWNER, MOVES, OLD, NEW = "owner", "moves.json", "old", "new"
"""In a stage: the lock of who writes, what goes where, the files replaced, and those that replace them."""
_PART = re.compile(r"^\..+\.[0-9a-f]{1,8}\.part(\.[\w-]+)?$")
"""What :func:`engine.files.written_whole` writes to."""
_OURS = re.compile(r"^\..+\.[a-z0-9_]{8}\.partial$")
"""How a stage is named, and a file on its way to another disk; other hidden names may be anybody's."""
_MOST_BYTES = 1 << 20
"""What a list of moves may have: a layer has a dozen files."""
_STALE_SECONDS, _YOUNG_SECONDS = 3600, 5
"""What nobody locks is dead when that old, on disks without locks; when empty, sooner."""
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextmanager
def staged(target: Path, retired: Iterable[Path] = (), parts: bool = False) -> Iterator[Path]:
    """An empty folder whose files replace those beside ``target`` when all went well.

    Args:
        target: the file that the others belong to. Where one of them is a link, what it leads to is replaced.
            Without any new file nothing is moved.
        retired: files that must not outlive the old target, such as an index of it.
        parts: whether the target is worth nothing beside others than its own, as in a shapefile. It is then
            away while they change; otherwise it is replaced in one step, with no record beside it meanwhile.

    Raises:
        OSError: the disk refuses; the earlier files are then as they were.
    """
    final = Path(os.path.realpath(target))
    stage = Path(tempfile.mkdtemp(prefix=f".{final.name[:40]}.", suffix=SUFFIX, dir=final.parent))
    try:
        with _owned(stage):
            (stage / NEW).mkdir()
            yield stage / NEW
            for file in (stage / NEW).iterdir():
                sync(file)
            with uninterrupted():
                moves = _moves(stage, target, retired, parts)
                if moves.places:
                    _publish(stage, moves)
                _remove(stage)
    finally:
        # If not even the old files could be put back, they are still in it.
        if not (stage / MOVES).exists():
            _remove(stage)


def sync(path: Path) -> None:
    """Have the disk keep a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() or os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C is too late in the few milliseconds in which files move."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# --- moving ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Moves:
    """Where each new file goes, by name; what else goes; and which file is the main one."""

    places: dict[str, str]
    gone: list[str]
    main: str
    parts: bool

    def old(self) -> list[tuple[str, str]]:
        """Name in the stage and place of all that is replaced, in the order in which it goes."""
        others = [(name, place) for name, place in self.places.items() if name != self.main]
        others += [(f"{number}.gone", place) for number, place in enumerate(self.gone)]
        main = [(self.main, self.places[self.main])] if self.main in self.places else []
        return [*main, *others] if self.parts else [*others, *main]

    def new(self) -> list[tuple[str, str]]:
        """Name and place of all that comes, in the order in which it comes."""
        return sorted(self.places.items(), key=lambda item: (item[0] == self.main) == self.parts)


def _moves(stage: Path, target: Path, retired: Iterable[Path], parts: bool) -> _Moves:
    places = {file.name: os.path.realpath(target.with_name(file.name)) for file in (stage / NEW).iterdir()}
    gone = {os.path.realpath(path) for path in retired} - set(places.values())
    return _Moves(places, sorted(gone), target.name, parts)


def _publish(stage: Path, moves: _Moves) -> None:
    """Move what is new into place; from the list on, a kill leads to the new files."""
    (stage / OLD).mkdir()
    part = stage / f"{MOVES}.part"
    part.write_text(json.dumps(asdict(moves)), encoding="utf-8")
    sync(part)
    os.replace(part, stage / MOVES)
    try:
        _move_all(stage, moves)
    except BaseException:
        _put_back(stage, moves)
        (stage / MOVES).unlink()
        raise
    (stage / MOVES).unlink()
    if os.name == "posix":
        sync(stage.parent)


def _move_all(stage: Path, moves: _Moves) -> None:
    """Also goes on where it was killed."""
    for name, place in moves.old():
        copy = stage / OLD / name
        waiting = name not in moves.places or (stage / NEW / name).exists()
        if not waiting or copy.exists() or not os.path.exists(place):
            continue
        if moves.parts or name != moves.main or not _linked(place, copy):
            _move(place, copy)
    for name, place in moves.new():
        if (stage / NEW / name).exists():
            _move(stage / NEW / name, place)


def _linked(place: str, copy: Path) -> bool:
    """Give a file a second name; False where the disk knows no such."""
    try:
        os.link(place, copy)
    except OSError:
        return False
    return True


def _move(source: str | Path, place: str | Path) -> None:
    try:
        os.replace(source, place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _move_across(Path(source), Path(place))


def _move_across(source: Path, place: Path) -> None:
    """To another disk, where a link led."""
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name[:40]}.", suffix=SUFFIX, dir=place.parent)
    os.close(descriptor)
    try:
        shutil.copy2(source, name)
        sync(Path(name))
        os.replace(name, place)
    finally:
        Path(name).unlink(missing_ok=True)
    source.unlink()


def _put_back(stage: Path, moves: _Moves) -> None:
    """The old files where they were; new ones that had no predecessor go. The main file comes back last."""
    for name, place in reversed(moves.old()):
        if (stage / OLD / name).exists():
            _move(stage / OLD / name, place)
        elif name in moves.places and not (stage / NEW / name).exists():
            Path(place).unlink(missing_ok=True)


# --- what dead runs left ---------------------------------------------------------------------------------


def finish_dead_runs(folders: Iterable[Path], targets: Iterable[Path] = ()) -> None:
    """Finish what killed runs left half moved in folders, and remove what they had only begun.

    Never raises: what cannot be done now, as where a folder is read only, stays for the next run. A folder
    may be a stranger's: what lies in it moves and removes files of that folder alone.

    Args:
        targets: files that the user named as outputs. The folder of one is looked through as well, and if it
            is a link, both the folder of the link and that of the file count as its own.
    """
    own = {Path(os.path.realpath(folder)): set[str]() for folder in folders}
    for target in targets:
        around = own.setdefault(Path(os.path.realpath(target)).parent, set())
        around.add(os.path.realpath(target.parent))
    for folder, others in own.items():
        with suppress(OSError):
            for path in sorted(folder.glob(".*")):
                with suppress(OSError):
                    _finish_or_remove(path, {str(folder), *others})


def _finish_or_remove(path: Path, own: set[str]) -> None:
    stage = _OURS.match(path.name) is not None
    if path.is_symlink():
        return  # Nobody here makes such links, and a stranger's may lead anywhere.
    if stage and path.is_dir():
        _finish(path, own)
    elif (stage or _PART.match(path.name)) and path.is_file():
        _remove_stale(path)


def _finish(stage: Path, own: set[str]) -> None:
    with _claim_of_dead(stage / OWNER, stage) as dead:
        if not dead:
            return
        if (stage / MOVES).exists():
            moves = _read_moves(stage, own)
            if moves is None or _changed_since(stage, moves):
                return
            _move_all(stage, moves)
            (stage / MOVES).unlink()
    _remove(stage)


def _read_moves(stage: Path, own: set[str]) -> _Moves | None:
    """The list in a stage; None if it is damaged, or none that a run of ours made for these folders."""
    file = stage / MOVES
    if not file.is_file() or file.stat().st_size > _MOST_BYTES:
        return None
    try:
        moves = _Moves(**json.loads(file.read_text(encoding="utf-8")))
        sound = isinstance(moves.parts, bool) and _stays_inside(stage, moves, own)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    return moves if sound else None


def _stays_inside(stage: Path, moves: _Moves, own: set[str]) -> bool:
    """Whether moves lead from the stage to some folders alone; TypeError if they are none."""
    names = {*moves.places, moves.main}
    return (
        not any((stage / name).is_symlink() for name in (MOVES, OWNER, OLD, NEW))
        and all(name == os.path.basename(name) and name not in ("", ".", "..") for name in names)
        and all(
            os.path.dirname(os.path.realpath(place)) in own for place in (*moves.places.values(), *moves.gone)
        )
    )


def _changed_since(stage: Path, moves: _Moves) -> bool:
    """Whether somebody wrote at a place since the kill: then nothing is touched."""
    begun = (stage / MOVES).stat().st_mtime
    waiting = [
        place for name, place in moves.old() if (stage / NEW / name).exists() or name.endswith(".gone")
    ]
    return any(os.path.exists(place) and os.stat(place).st_mtime > begun + 1 for place in waiting)


def _remove_stale(part: Path) -> None:
    """A part has no lock, since some writers make the file anew."""
    if time.time() - part.stat().st_mtime > _STALE_SECONDS:
        part.unlink(missing_ok=True)


# --- who lives -------------------------------------------------------------------------------------------


@contextmanager
def _owned(stage: Path) -> Iterator[None]:
    """A lock that the stage shows from the moment on in which it holds."""
    hidden = stage / f"{OWNER}.new"
    with claimed(hidden):
        if os.name == "posix":
            os.rename(hidden, stage / OWNER)
        yield


def _remove(stage: Path) -> None:
    """The lock last: with it what is left of a stage is known to be dead."""
    for path in stage.glob("*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != OWNER:
            with suppress(OSError):
                path.unlink()
    shutil.rmtree(stage, ignore_errors=True)


def claimed(file: Path) -> IO[str]:
    """An open file that no other process can claim; closed, by the system at the latest, it is free again.

    Raises:
        BlockingIOError: another process has it.
        OSError: the file cannot be made. A disk that knows no locks is no error: nothing is locked then.
    """
    while True:
        handle = file.open("a+")
        try:
            lock(handle.fileno())
        except OSError as error:
            if error.errno in _HELD:
                handle.close()
                raise BlockingIOError(error.errno, "another process works there", str(file)) from error
        if _has_name(handle, file):
            return handle
        handle.close()  # Whoever held it has removed it since it was opened; a third may have made another.


def _has_name(handle: IO[str], file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), os.stat(file))
    except FileNotFoundError:
        return False


@contextmanager
def _claim_of_dead(file: Path, made: Path) -> Iterator[bool]:
    """Whether who made something died; while the block runs nobody else finds it dead."""
    age = time.time() - made.stat().st_mtime
    try:
        handle = file.open("r+")
    except FileNotFoundError:
        # Of an older version, or not yet locked, or all but removed.
        empty = {path.name for path in made.iterdir()} <= {f"{OWNER}.new"}
        yield age > (_YOUNG_SECONDS if empty else _STALE_SECONDS)
        return
    with handle:
        try:
            lock(handle.fileno())
        except OSError as error:
            yield error.errno not in _HELD and age > _STALE_SECONDS
            return
        yield True


def lock(descriptor: int) -> None:
    """Lock an open file for this process alone; OSError if another one has it, or the disk knows no locks."""
    if os.name == "nt":
        import msvcrt

        windows: Any = msvcrt
        windows.locking(descriptor, windows.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
