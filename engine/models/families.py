"""The families of networks, an entry each: its code, its licence, its official files.

Importing this does not import torch; a family's own module does, once one of its networks is asked for.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from engine.models import weights
from engine.models.weights import RemoteFile

if TYPE_CHECKING:
    import torch

    from engine.models.base import Segmenter
    from engine.models.checkpoint import Checkpoint

BUNDLED = Path(__file__).with_name("nano.safetensors")
"""Weights that ship with this package."""


class FamilyCode(Protocol):
    """What the module of a family offers."""

    def recognises(self, checkpoint: Checkpoint) -> bool:
        """Whether a file holds a network of this family."""
        ...

    def load(self, checkpoint: Checkpoint, device: torch.device) -> Segmenter:
        """Put the network of a file on a device. ModelError if the file does not fit the family."""
        ...

    def sketch(self, spec: ModelSpec) -> Segmenter:
        """The model of that name without its official file, to ask for its sizes."""
        ...


@dataclass(frozen=True)
class Family:
    """Networks of one architecture.

    Attributes:
        title: what people call them.
        module: full name of the module that holds their code.
        licence: of their weights.
        files: the official file of each model by name; None for the one that ships with this package.
    """

    title: str
    module: str
    licence: str
    files: Mapping[str, RemoteFile | None]

    @property
    def code(self) -> FamilyCode:
        """The family's module; importing it may take seconds."""
        return cast(FamilyCode, importlib.import_module(self.module))


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

    def checkpoint(self) -> Checkpoint:
        """Its file; WeightsError if official weights are not fetched, or are not the published ones."""
        from engine.models.checkpoint import Checkpoint

        if self.remote is None:
            return Checkpoint(self.path)
        return Checkpoint(weights.locate(self.remote, self.name), self.remote.sha256)


META = "https://dl.fbaipublicfiles.com/"

NANO = Family("nano", "engine.models.nano", "GPL-3.0-or-later", {"nano": None})
SAM = Family(
    "SAM",
    "engine.models.sam",
    "Apache-2.0",
    {
        "sam_vit_b": RemoteFile(
            META + "segment_anything/sam_vit_b_01ec64.pth",
            "sha256:ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
            375_042_383,
        ),
        "sam_vit_l": RemoteFile(
            META + "segment_anything/sam_vit_l_0b3195.pth",
            "sha256:3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
            1_249_524_607,
        ),
        "sam_vit_h": RemoteFile(
            META + "segment_anything/sam_vit_h_4b8939.pth",
            "sha256:a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
            2_564_550_879,
        ),
    },
)
SAM2 = Family(
    "SAM 2.1",
    "engine.models.sam2",
    "Apache-2.0",
    {
        "sam2.1_hiera_t": RemoteFile(
            META + "segment_anything_2/092824/sam2.1_hiera_tiny.pt",
            "sha256:7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69",
            156_008_466,
        ),
        "sam2.1_hiera_s": RemoteFile(
            META + "segment_anything_2/092824/sam2.1_hiera_small.pt",
            "sha256:6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38",
            184_416_285,
        ),
        "sam2.1_hiera_b+": RemoteFile(
            META + "segment_anything_2/092824/sam2.1_hiera_base_plus.pt",
            "sha256:a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5",
            323_606_802,
        ),
        "sam2.1_hiera_l": RemoteFile(
            META + "segment_anything_2/092824/sam2.1_hiera_large.pt",
            "sha256:2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318",
            898_083_611,
        ),
    },
)
MOBILE_SAM = Family(
    "MobileSAM",
    "engine.models.mobile_sam",
    "Apache-2.0",
    {
        "mobile_sam": RemoteFile(
            "https://github.com/ChaoningZhang/MobileSAM/raw/"
            "f706ad9c4eb7f219c00d9050e46328518ffb65d2/weights/mobile_sam.pt",
            "sha256:6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
            40_728_226,
        )
    },
)

FAMILIES = (NANO, SAM, SAM2, MOBILE_SAM)
"""Every family, the bundled one first. A new one needs an entry here and a module that is a FamilyCode."""
