"""The cache of official weights: where they lie, whether they are what they claim, and fetching them."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import platformdirs

from engine.errors import WeightsError
from engine.files import read_object, written_whole
from engine.messages import message
from engine.staging import finish_dead_runs

if TYPE_CHECKING:
    from engine.models.download import Progress

CACHE_VARIABLE = "RESAM_CACHE"
MIRROR_VARIABLE = "RESAM_WEIGHTS_URL"
SHA256 = "sha256:"
"""May stand before the digits of a hash, to say what they are to readers and to scanners for keys."""


@dataclass(frozen=True)
class RemoteFile:
    """A published file of weights and how to recognise it.

    Attributes:
        published: full address at its publisher.
        sha256: in hexadecimal, perhaps with :data:`SHA256` before it, which is taken off.
        size: bytes, where they are known.
    """

    published: str
    sha256: str
    size: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", self.sha256.removeprefix(SHA256))

    @property
    def url_path(self) -> str:
        """Path below the publisher's server, and below a mirror."""
        return urlsplit(self.published).path.lstrip("/")

    @property
    def name(self) -> str:
        """File name, on the server and in the cache."""
        return PurePosixPath(self.url_path).name

    @property
    def url(self) -> str:
        """Where to fetch it from: its publisher, or the same path on the mirror of ``RESAM_WEIGHTS_URL``."""
        mirror = os.environ.get(MIRROR_VARIABLE)
        return f"{mirror.rstrip('/')}/{self.url_path}" if mirror else self.published

    @property
    def path(self) -> Path:
        """Where the file lies, or would lie, in the cache."""
        return cache_dir() / self.name


def cache_dir() -> Path:
    """Folder of the weights: ``models`` in the user's cache folder, or in ``RESAM_CACHE``."""
    chosen = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("resam", appauthor=False)
    return Path(chosen).expanduser() / "models"


def locate(remote: RemoteFile, model: str) -> Path:
    """Return the cached file, once its SHA-256 has been seen to match.

    Raises:
        WeightsError: the file is not there, or is not the published one.
    """
    return remote.path if _marked(remote) else verify(remote, model)


def verify(remote: RemoteFile, model: str) -> Path:
    """Hash the cached file again, whatever was found before, and return its path.

    Raises:
        WeightsError: the file is not there, or is not the published one.
    """
    path = remote.path
    if not os.path.isfile(path):
        raise WeightsError(message("weights-missing", model=model, file=remote.name, folder=cache_dir()))
    found = file_sha256(path)
    if found != remote.sha256:
        _marker(path).unlink(missing_ok=True)
        hashes = {"found": found[:12], "published": remote.sha256[:12]}
        raise WeightsError(message("weights-damaged", path=path, model=model, **hashes))
    _mark(remote)
    return path


def fetch(remote: RemoteFile, progress: Progress | None = None) -> Path:
    """Bring the file into the cache, resuming what an earlier try left, and return its path.

    The file appears under its name only when complete and verified. A second process that fetches the
    same file waits for the first one and then finds it done.

    Args:
        progress: called with (bytes done, bytes in all or None) as they arrive.

    Raises:
        WeightsError: the cache cannot be written, the disk is full, the server cannot be reached or does
            not have the file, or what it sent is not the published file.
    """
    # Here, since every start would wait for requests.
    from engine.models.download import download

    with _only_fetcher(remote.path):
        if os.path.isfile(remote.path) and (_marked(remote) or file_sha256(remote.path) == remote.sha256):
            _mark(remote)
            return remote.path
        part = remote.path.with_name(remote.name + ".part")
        download(remote.url, part, remote.size, progress)
        _accept(part, remote)
    return remote.path


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        WeightsError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}") from error


def _accept(part: Path, remote: RemoteFile) -> None:
    found = file_sha256(part)
    if found != remote.sha256:
        part.unlink()
        raise WeightsError(
            f"{remote.url} sent a file with SHA-256 {found[:12]}…, not the published {remote.sha256[:12]}…; "
            "it was deleted: try again, or check the proxy or mirror in between"
        )
    os.replace(part, remote.path)
    _mark(remote)


@contextmanager
def _only_fetcher(path: Path) -> Iterator[None]:
    """Hold the right to write ``path``; processes that want it too wait here."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Tried out before the lock, which on some systems waits for a folder to become writable.
        tempfile.TemporaryFile(dir=path.parent).close()
        finish_dead_runs([path.parent])
    except OSError as error:
        raise WeightsError(
            f"the model cache {path.parent} cannot be written ({error.strerror or error}); "
            f"set {CACHE_VARIABLE} to a folder that can"
        ) from error
    # Here, as above.
    from filelock import FileLock

    with FileLock(path.with_name(path.name + ".lock")):
        yield


def _marker(path: Path) -> Path:
    return path.with_name(path.name + ".verified")


def _fingerprint(remote: RemoteFile) -> dict[str, str | int]:
    """What a verified file looks like from outside: enough not to hash gigabytes at every start."""
    stat = remote.path.stat()
    return {"sha256": remote.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _marked(remote: RemoteFile) -> bool:
    try:
        return read_object(_marker(remote.path)) == _fingerprint(remote)
    except (OSError, ValueError):
        return False


def _mark(remote: RemoteFile) -> None:
    if _marked(remote):
        return
    try:
        with written_whole(_marker(remote.path)) as part:
            part.write_text(json.dumps(_fingerprint(remote)), "utf-8")
    except OSError:
        return  # A read-only cache serves all the same; it is hashed at every start.
