"""The user's adapters: listed by their cards, exported and imported as one file, removed."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from .i18n import tr

CARD = "card.json"
SUFFIX = ".resam-adapter"
MOST_BYTES = 200 << 20
"""An imported file that unpacks to more is refused."""


class BadAdapter(Exception):
    """A file or folder is no adapter, or cannot be written; the message says why."""


@dataclass(frozen=True)
class Adapter:
    """An adapter and what its card says."""

    folder: Path
    card: dict

    @property
    def base(self) -> str:
        """Name of the model it was made for."""
        return str(self.card.get("base", ""))

    @property
    def status(self) -> str:
        """accepted, unproven or rejected."""
        return str(self.card.get("status", "unproven"))

    @property
    def title(self) -> str:
        """Name and status, for a list."""
        words = {"accepted": tr("better"), "unproven": tr("no evidence"), "rejected": tr("worse")}
        return f"{self.folder.name} ({words.get(self.status, self.status)})"


def listed(folder: Path) -> list[Adapter]:
    """All adapters in a folder: those that proved better first, then by name."""
    found = []
    for card in folder.glob(f"*/{CARD}"):
        try:
            content = json.loads(card.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict):
            found.append(Adapter(card.parent, content))
    order = {"accepted": 0, "unproven": 1}
    return sorted(found, key=lambda item: (order.get(item.status, 2), item.folder.name))


def free_folder(folder: Path, name: str) -> Path:
    """A folder of that name that is not there yet."""
    clean = (
        "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name).strip("-")
        or "adapter"
    )
    path, number = folder / clean, 2
    while path.exists():
        path, number = folder / f"{clean}-{number}", number + 1
    return path


def export(adapter: Path, file: Path) -> None:
    """Pack an adapter into one file, whole or not at all.

    Raises:
        BadAdapter: the file cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(adapter.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(adapter).as_posix())
        os.replace(part, file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadAdapter(tr("{} cannot be written: {}").format(file, error.strerror)) from error


def import_file(file: Path, folder: Path) -> Path:
    """Unpack an exported adapter beside the others; its folder.

    Raises:
        BadAdapter: it is none, or the disk refuses.
    """
    target = free_folder(folder, file.stem)
    part = folder / f".{target.name}.part"
    try:
        with zipfile.ZipFile(file) as archive:
            items = archive.infolist()
            names = [item.filename for item in items]
            unsafe = any(name.startswith("/") or ".." in Path(name).parts or ":" in name for name in names)
            if unsafe or CARD not in names or sum(item.file_size for item in items) > MOST_BYTES:
                raise BadAdapter(tr("{} is no adapter.").format(file))
            shutil.rmtree(part, ignore_errors=True)
            archive.extractall(part, [name for name in names if not name.endswith("/")])
        os.replace(part, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise BadAdapter(tr("{} is no adapter.").format(file)) from error
    except OSError as error:
        raise BadAdapter(tr("{} cannot be written: {}").format(target, error.strerror)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def remove(folder: Path) -> None:
    """Remove an adapter."""
    shutil.rmtree(folder, ignore_errors=True)
