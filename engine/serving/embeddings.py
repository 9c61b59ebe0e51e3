"""Embeddings that are kept: in memory for the next click, on disk for tomorrow.

An entry is named by what it was computed from: the SHA-256 of the tile's pixels (which hold raster, window,
bands and stretch), of the weights, of the adapter, and of the arithmetic. It can therefore never be stale,
only unused; those unused for longest go when the folder outgrows its limit. Each file carries a hash of its
own content: a damaged one is thrown away and computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from engine.errors import ConfigError
from engine.files import written_whole
from engine.models.class_adapters import in_use
from engine.models.precision import SINGLE
from engine.models.wrapper import Wrapper
from engine.schema import LIMIT_GB
from engine.staging import finish_dead_runs

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from engine.models.base import Embedding, Segmenter

FORMAT = "resam-embedding-2"
SUFFIX = ".embedding"
FOLDER_VARIABLE, LIMIT_VARIABLE = "RESAM_EMBEDDINGS", "RESAM_EMBEDDINGS_GB"
DEFAULT_BYTES = int(LIMIT_GB * 2**30)
KEPT_IN_MEMORY = 16
PARTIAL = "tmp"
"""How the names of folders begin in which earlier versions wrote an entry."""
STALE_SECONDS = 600
"""Such folders, once they are that old, are what a killed process left."""
_ORDER = ":"
"""Between a tensor's number and the order of its axes in memory."""


def default_folder() -> Path:
    """``$RESAM_EMBEDDINGS``, or a folder in the user's cache."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("resam")) / "embeddings"


def default_limit() -> int:
    """Bytes by ``$RESAM_EMBEDDINGS_GB``, or those of :data:`LIMIT_GB`; ConfigError if it is no size."""
    named = os.environ.get(LIMIT_VARIABLE)
    if not named:
        return DEFAULT_BYTES
    try:
        return int(float(named) * 2**30)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"{LIMIT_VARIABLE} must be a number of gigabytes, not {named!r}") from error


class EmbeddingStore:
    """Embeddings in a folder, least recently used ones first to go.

    A folder that cannot be written keeps nothing, and says so once through :attr:`problem`: a full disk
    must not stop anybody from clicking.
    """

    def __init__(self, folder: Path, limit: int = DEFAULT_BYTES) -> None:
        """ConfigError if ``limit``, in bytes, is negative."""
        if limit < 0:
            raise ConfigError(f"the embedding cache's limit must not be negative, not {limit}")
        self._folder, self._limit = folder, limit
        self._swept = False
        self.problem: str | None = None

    def get(self, key: str) -> Embedding | None:
        """The embedding of that key, or None; a damaged file is removed."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        embedding = _unpacked(content, key)
        with contextlib.suppress(OSError):
            os.utime(path) if embedding is not None else path.unlink()
        return embedding

    def put(self, key: str, embedding: Embedding) -> None:
        """Keep an embedding, whole or not at all, and make room for it."""
        content = _packed(embedding, key)
        if len(content) > self._limit:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._swept:
                self._remove_left_over()
                self._swept = True
            # Not synced: a damaged entry is noticed and made anew, and a click must not wait for the disk.
            with written_whole(self._path(key), synced=False) as part:
                part.write_bytes(content)
            self._trim()
        except OSError as error:
            self.problem = f"{self._folder}: embeddings cannot be kept there ({error.strerror})"

    def size(self) -> int:
        """Bytes that the entries take, and what killed processes left of some."""
        left = [file for folder in self._left_over() for file in folder.glob("*")]
        left += self._folder.glob(f".*{SUFFIX}")
        return sum(size for _, size, _ in self._entries()) + sum(map(_bytes_of, left))

    def clear(self) -> None:
        """Remove every entry, and what killed processes left of some."""
        self._remove_left_over()
        for _, _, path in self._entries():
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{SUFFIX}"

    def _entries(self) -> list[tuple[float, int, Path]]:
        """(time of last use, bytes, path) of every entry, the oldest first."""
        found = []
        for path in self._folder.glob(f"[!.]*{SUFFIX}"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        return sorted(found)

    def _left_over(self) -> list[Path]:
        """Folders in which nobody writes any more."""
        found = []
        for path in self._folder.glob(f"{PARTIAL}*"):
            with contextlib.suppress(OSError):
                if path.is_dir() and time.time() - path.stat().st_mtime > STALE_SECONDS:
                    found.append(path)
        return found

    def _remove_left_over(self) -> None:
        for path in self._left_over():
            shutil.rmtree(path, ignore_errors=True)
        finish_dead_runs([self._folder])

    def _trim(self) -> None:
        entries = self._entries()
        total = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if total <= self._limit:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size


class CachedEncoder(Wrapper):
    """A segmenter that embeds no tile twice.

    Attributes:
        computed: how many tiles the network itself has embedded.
    """

    def __init__(
        self,
        model: Segmenter,
        store: EmbeddingStore | None = None,
        adapter: str = "",
        kept: int = KEPT_IN_MEMORY,
    ) -> None:
        """
        Args:
            store: where embeddings are kept between runs; None keeps them in memory alone.
            adapter: hash of the adapter on the model, empty if there is none.
            kept: embeddings held in memory.
        """
        super().__init__(model)
        self.computed = 0
        self._store, self._adapter, self._kept = store, adapter, kept
        self._memory: OrderedDict[str, Embedding] = OrderedDict()

    def encode(self, image: np.ndarray) -> Embedding:
        """See :class:`engine.models.base.Segmenter`."""
        key = self.key(image)
        embedding = self._memory.get(key)
        if embedding is None and self._store is not None:
            embedding = self._store.get(key)
        if embedding is None:
            embedding = self._model.encode(image)
            self.computed += 1
            if self._store is not None:
                self._store.put(key, embedding)
        self._memory[key] = embedding
        self._memory.move_to_end(key)
        while len(self._memory) > self._kept:
            self._memory.popitem(last=False)
        return embedding

    def has(self, image: np.ndarray) -> bool:
        """Whether a tile's embedding is at hand, so that :meth:`encode` returns at once."""
        key = self.key(image)
        return key in self._memory or (self._store is not None and self._store.get(key) is not None)

    def key(self, image: np.ndarray) -> str:
        """What names the embedding of a tile by this model and the adapter that answers now."""
        used = in_use(self._model.module)
        adapter = "" if used is None else f"{self._adapter}{used}"
        parts = [FORMAT, self.base_sha256, adapter, str(image.shape), str(image.dtype)]
        if self.precision != SINGLE:
            parts.append(self.precision)
        digest = hashlib.sha256("\n".join(parts).encode())
        digest.update(image.tobytes())
        return digest.hexdigest()


def _packed(embedding: Embedding, key: str) -> bytes:
    """Hash of key and tensors, then the tensors."""
    from safetensors.torch import save
    from torch import contiguous_format

    tensors = {}
    for number, value in enumerate((embedding.features, *embedding.high_res)):
        order = _memory_order(value)
        name = f"{number}{_ORDER}{','.join(map(str, order))}"
        tensors[name] = value.detach().cpu().permute(order).clone(memory_format=contiguous_format)
    body = save(tensors)
    return _signature(body, key) + body


def _memory_order(value: Tensor) -> list[int]:
    """Axes from the one with the widest stride to that with the narrowest.

    Convolutions sum in the order of memory: the same numbers in another order give other last bits.
    """
    strides = value.stride()
    return sorted(range(value.ndim), key=lambda axis: -strides[axis])


def _unpacked(content: bytes, key: str) -> Embedding | None:
    """What :func:`_packed` packed under that key; None if it is damaged, or another one."""
    from safetensors.torch import load

    from engine.models.base import Embedding

    signature, body = content[:32], content[32:]
    if signature != _signature(body, key):
        return None
    levels: dict[int, Tensor] = {}
    for name, value in load(body).items():
        number, _, order = name.partition(_ORDER)
        axes = [int(axis) for axis in order.split(",")]
        levels[int(number)] = value.permute([axes.index(axis) for axis in range(value.ndim)])
    features, *high_res = (levels[number] for number in sorted(levels))
    return Embedding(features, tuple(high_res))


def _bytes_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _signature(body: bytes, key: str) -> bytes:
    return hashlib.sha256(key.encode() + body).digest()
