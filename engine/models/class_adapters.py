"""An adapter for each class: one folder that holds several, and which of them answers for an object.

The folder's ``card.json`` says in ``classes`` which class each of its sub-folders is for; these are adapters
like any other. An object whose class has none is answered by the base alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ModelError
from engine.models.lora import (
    CARD_FILE,
    check_base,
    lora_layers,
    put_adapter,
    read_card,
    read_fitting,
    without_adapter,
)
from engine.models.lora import adapter_hash as plain_hash
from engine.models.strength import FULL, strength_on
from engine.reading.attributes import class_of

if TYPE_CHECKING:
    from torch import nn

    from engine.models.base import Segmenter

CLASSES = "classes"
"""Field of the card: class to sub-folder."""
NO_CLASS = ""
"""How the card calls the objects without a class."""
MOST_CLASSES = 64
_HELD = "resam_classes"
"""Attribute of a network with class adapters: class to the name of its adapter."""


def folders_of(folder: Path, card: Mapping[str, Any] | None = None) -> dict[str, Path] | None:
    """The adapter of each class in a folder; None if it is a plain adapter.

    Raises:
        ModelError: what the card says of classes cannot be used.
    """
    stated = (read_card(folder) if card is None else card).get(CLASSES)
    if stated is None:
        return None
    limits = f"a sub-folder for each of 1 to {MOST_CLASSES} classes"
    problem = f"{folder / CARD_FILE}: {CLASSES} must name {limits}"
    if not isinstance(stated, Mapping) or not 1 <= len(stated) <= MOST_CLASSES:
        raise ModelError(problem)
    for name in stated.values():
        if not isinstance(name, str) or name in ("", ".", "..") or Path(name).name != name or "\\" in name:
            raise ModelError(problem)
    return {str(kind): folder / name for kind, name in stated.items()}


def classes_in(folder: str | Path | None) -> dict[str, Path] | None:
    """As :func:`folders_of`; None, too, without a folder, or without a card in it."""
    stated = folder is not None and (Path(folder) / CARD_FILE).is_file()
    return folders_of(Path(folder)) if folder is not None and stated else None


def adapter_hash(folder: str | Path | None) -> str:
    """SHA-256 of what decides the answers of an adapter, or of those of all classes; empty without one.

    Raises:
        ModelError: a file of one is missing, or the card is damaged.
    """
    folders = classes_in(folder)
    if folders is None:
        return plain_hash(folder)
    digest = sha256()
    for kind in sorted(folders):
        digest.update(f"{kind}\0{plain_hash(folders[kind])}\0".encode())
    return digest.hexdigest()


def load_classes(segmenter: Segmenter, folder: Path, folders: Mapping[str, Path]) -> None:
    """Put the adapters of all classes onto a segmenter's network, in place, after checking each.

    Raises:
        ModelError: one is no LoRA adapter, is damaged, or was trained on other weights.
    """
    check_base(segmenter, folder, read_card(folder))
    # All are read before the first goes on: it gives the layers other names.
    read = {kind: read_fitting(segmenter, path) for kind, path in folders.items()}
    held = {}
    for number, (kind, (config, state)) in enumerate(read.items()):
        held[kind] = f"class_{number}"
        put_adapter(segmenter.module, config, state, held[kind])
    setattr(segmenter.module, _HELD, held)


def classes_on(module: nn.Module) -> dict[str, str] | None:
    """Class to name of adapter of a network that has some, else None."""
    held: dict[str, str] | None = getattr(module, _HELD, None)
    return held


def class_named(attributes: Mapping[str, Any]) -> str:
    """The class of an object by its fields; :data:`NO_CLASS` if it has none."""
    return class_of(attributes) or NO_CLASS


@contextmanager
def answering_for(segmenter: Segmenter, kind: str) -> Iterator[None]:
    """Meanwhile the class's own adapter answers, or the base if it has none; others are not touched."""
    held = classes_on(segmenter.module)
    if held is None:
        yield
        return
    if kind not in held:
        with without_adapter(segmenter):
            yield
        return
    for layer in lora_layers(segmenter.module):  # One that the class leaves as it is passes on what it gets.
        layer.set_adapter([held[kind]], inference_mode=True)
    yield


def in_use(module: nn.Module) -> str | None:
    """What tells the network's present weights from others of the same files.

    Returns:
        The name of the adapter that answers, of one for each class, and how strongly, if not fully; empty
        where there is one for all or none; None where the base answers in the place of one that is on it.
    """
    layers = list(lora_layers(module))
    if layers and all(layer.disable_adapters for layer in layers):
        return None
    name = str(layers[0].active_adapters[0]) if layers and classes_on(module) is not None else ""
    strength = strength_on(module)
    return name if strength == FULL else f"{name}*{strength:g}"
