"""The families of networks, made of the entries of :mod:`engine.schema`: code, licence, official files.

Importing this does not import torch; a family's own module does, once one of its networks is asked for.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from engine.models import weights
from engine.models.weights import RemoteFile
from engine.schema import FAMILIES, Family

if TYPE_CHECKING:
    import torch

    from engine.models.base import Segmenter
    from engine.models.weights_file import WeightsFile

BUNDLED = Path(__file__).with_name("nano.safetensors")
"""Weights that ship with this package."""


class FamilyCode(Protocol):
    """What the module of a family offers."""

    def recognises(self, file: WeightsFile) -> bool:
        """Whether a file holds a network of this family."""
        ...

    def load(self, file: WeightsFile, device: torch.device) -> Segmenter:
        """Put the network of a file on a device. ModelError if the file does not fit the family."""
        ...

    def sketch(self, spec: ModelSpec) -> Segmenter:
        """The model of that name without its official file, to ask for its sizes."""
        ...


def known_models() -> Iterator[ModelSpec]:
    """Every model of :mod:`engine.schema`, the bundled one first."""
    for family in FAMILIES:
        for name, file in family.files.items():
            remote = None if file is None else RemoteFile(file.url, file.sha256, file.size)
            yield ModelSpec(name, family, remote)


def code_of(family: Family) -> FamilyCode:
    """The module that :class:`engine.schema.Family` names; importing it may take seconds."""
    return cast(FamilyCode, importlib.import_module(family.module))


@dataclass(frozen=True)
class ModelSpec:
    """A model that can be asked for by name.

    Attributes:
        remote: its official weights; None for the model that ships with this package.
    """

    name: str
    family: Family
    remote: RemoteFile | None = None

    @property
    def licence(self) -> str:
        """Of the weights."""
        return self.family.licence

    @property
    def sha256(self) -> str:
        """Published hash of its file; empty for the model that ships with this package."""
        return "" if self.remote is None else self.remote.sha256

    @property
    def path(self) -> Path:
        """Where its weights lie, or would lie once fetched."""
        return BUNDLED if self.remote is None else self.remote.path

    @property
    def present(self) -> bool:
        """Whether a file is there; it may still turn out damaged."""
        return os.path.isfile(self.path)

    def weights_file(self) -> WeightsFile:
        """Its file; WeightsError if official weights are not fetched, or are not the published ones."""
        from engine.models.weights_file import WeightsFile

        if self.remote is None:
            return WeightsFile(self.path)
        return WeightsFile(weights.locate(self.remote, self.name), self.remote.sha256)
