"""The user's adapters: listed by their cards, exported and imported as one file, removed."""

from __future__ import annotations

import lzma
import os
import shutil
import time
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import places
from .i18n import tr

CARD = "card.json"
NEEDED = {CARD, "adapter_config.json", "adapter_model.safetensors"}
"""Files without which a folder is no adapter."""
SUFFIX = ".resam-adapter"
MOST_BYTES = 200 << 20
"""An imported file that unpacks to more is refused."""
MOST_FILES = 1000
"""So is one that holds more."""
MOST_LETTERS = 80
"""What a folder takes of a name, and a list of a status."""
UNPACKED, REMOVED = ".part", ".removed"
"""How hidden folders end that are on their way into the list, and out of it."""
STALE_SECONDS = 3600
"""Nobody has been unpacking for that long."""
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,  # encrypted, or packed in a way that Python does not know
    MemoryError,  # a few bytes of LZMA may ask for gigabytes
    ValueError,  # names in no encoding, numbers that are none
    OverflowError,
    LookupError,  # an entry without a name
)
"""What reading a damaged archive raises, besides an OSError without a number."""


class BadAdapter(Exception):
    """A file or folder is no adapter, or cannot be written; the message says why."""


@dataclass(frozen=True)
class Adapter:
    """An adapter and what its card says."""

    folder: Path
    card: dict[str, Any]

    @property
    def base(self) -> str:
        """Name of the model it was made for."""
        return self._text("base", "")

    @property
    def status(self) -> str:
        """accepted, unproven or rejected."""
        return self._text("status", "unproven")

    def _text(self, name: str, otherwise: str) -> str:
        """What the card says, if it is a text; others may have written it."""
        value = self.card.get(name, otherwise)
        return value if isinstance(value, str) else otherwise

    @property
    def title(self) -> str:
        """Name and status, for a list."""
        words = {"accepted": tr("better"), "unproven": tr("no evidence"), "rejected": tr("worse")}
        return f"{self.folder.name} ({words.get(self.status, self.status[:MOST_LETTERS])})"


def listed(folder: Path) -> list[Adapter]:
    """All adapters in a folder: those that proved better first, then by name.

    What a kill left half saved or half removed there is finished first.
    """
    _sweep(folder)
    places.staging().finish_dead_runs(folder.glob("*/"))
    found = []
    for card in folder.glob(f"*/{CARD}"):
        try:
            found.append(Adapter(card.parent, places.files().read_object(card)))
        except (OSError, ValueError):
            continue
    order = {"accepted": 0, "unproven": 1}
    return sorted(found, key=lambda item: (order.get(item.status, 2), item.folder.name))


def free_folder(folder: Path, name: str) -> Path:
    """A folder of that name that is not there yet."""
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    while len(kept.encode()) > MOST_LETTERS:
        kept = kept[:-1]
    clean = kept.strip("-") or "adapter"
    path, number = folder / clean, 2
    while path.exists():
        path, number = folder / f"{clean}-{number}", number + 1
    return path


def reserved_folder(folder: Path, name: str) -> Path:
    """Make a :func:`free_folder`: no other run is given the same, in this QGIS or in another.

    Raises:
        BadAdapter: the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = free_folder(folder, name)
            with suppress(FileExistsError):  # Another was faster.
                path.mkdir()
                return path
    except OSError as error:
        raise BadAdapter(tr("{} cannot be written: {}").format(folder, _reason(error))) from error


def export(adapter: Path, file: Path) -> None:
    """Pack an adapter into one file, whole or not at all.

    Links are left out, for what they lead to is none of the adapter's, and so is what a run hides there.

    Raises:
        BadAdapter: the file cannot be written.
    """
    try:
        places.staging().finish_dead_runs([], [file])
        with places.files().written_whole(file) as part:
            _pack(adapter, part)
    except (OSError, ValueError) as error:
        raise BadAdapter(tr("{} cannot be written: {}").format(file, _reason(error))) from error


def _pack(adapter: Path, file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in _own_files(adapter):
            archive.write(path, path.relative_to(adapter).as_posix())


def _own_files(adapter: Path) -> list[Path]:
    found = []
    for folder, below, names in os.walk(adapter, followlinks=False):
        below[:] = [name for name in below if not name.startswith(".")]
        paths = [Path(folder) / name for name in names if not name.startswith(".")]
        found += [path for path in paths if path.is_file() and not path.is_symlink()]
    return sorted(found)


def import_file(file: Path, folder: Path) -> Path:
    """Unpack an exported adapter beside the others; its folder.

    Raises:
        BadAdapter: it is none, or the disk refuses.
    """
    target = free_folder(folder, file.stem)
    _sweep(folder)
    part = folder / f".{target.name}{UNPACKED}"
    nothing = BadAdapter(tr("{} is no adapter.").format(file))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            raise nothing
        with zipfile.ZipFile(file) as archive:
            names = _safe_names(archive)
            if not _holds_adapter(names):
                raise nothing
            shutil.rmtree(part, ignore_errors=True)
            archive.extractall(part, sorted(names))
        places.files().read_object(part / CARD)
        os.replace(part, target)
    except _DAMAGE as error:
        raise nothing from error
    except OSError as error:
        if error.errno is None:  # as bz2 reports damage
            raise nothing from error
        raise BadAdapter(tr("{} cannot be written: {}").format(target, _reason(error))) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def _holds_adapter(names: set[str]) -> bool:
    """Whether the files are those of an adapter, or of one for each class in sub-folders."""
    parts = {name.split("/")[0] for name in names if name.count("/") == 1}
    each = [{f"{part}/{name}" for name in NEEDED} for part in parts]
    return names >= NEEDED or (CARD in names and any(names >= wanted for wanted in each))


def _safe_names(archive: zipfile.ZipFile) -> set[str]:
    """The files to unpack; empty if there are too many, or one would land outside the folder."""
    items = archive.infolist()
    names = [item.filename for item in items]
    unsafe = any(
        name.startswith("/") or ".." in Path(name).parts or ":" in name or "\\" in name for name in names
    )
    if unsafe or len(items) > MOST_FILES or sum(item.file_size for item in items) > MOST_BYTES:
        return set()
    return {name for name in names if not name.endswith("/")}


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def remove(folder: Path) -> None:
    """Remove an adapter; of one that is half removed nothing is seen."""
    hidden = folder.with_name(f".{folder.name}{REMOVED}")
    shutil.rmtree(hidden, ignore_errors=True)
    with suppress(OSError):  # Where it cannot be moved, some of it can perhaps be removed.
        folder = folder.rename(hidden)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed imports, removals and runs left."""
    for end, seconds in ((UNPACKED, STALE_SECONDS), (REMOVED, 0)):
        for path in folder.glob(f".*{end}"):
            with suppress(OSError):
                if path.is_dir() and time.time() - path.stat().st_mtime >= seconds:
                    shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob("*/"):
        with suppress(OSError):  # It is an adapter, or a run that began.
            if time.time() - path.stat().st_mtime >= STALE_SECONDS:
                path.rmdir()
