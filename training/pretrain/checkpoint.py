"""What a training run leaves on disk: written whole, read with one clear line if it cannot be used."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.errors import ModelError, WeightsError
from engine.files import written_whole
from engine.models.nano_net import NanoArchitecture, NanoNet
from training.sealed import read_sealed, save_sealed

NEEDED = {"average", "step", "architecture"}
"""What every checkpoint holds, besides what its own script needs to go on."""


def write_checkpoint(
    path: Path, network: NanoNet, average: dict[str, Tensor], step: int, **rest: Any
) -> None:
    """Replace ``path`` whole: averaged weights of ``network`` after ``step`` steps, and the ``rest``."""
    state = {"average": average, "step": step, "architecture": asdict(network.shape), **rest}
    with written_whole(path) as part:
        save_sealed(state, part)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What :func:`write_checkpoint` wrote.

    Raises:
        WeightsError: there is no such file.
        ModelError: it is damaged or something else.
    """
    if not path.is_file():
        raise WeightsError(f"{path}: no such checkpoint; run training.pretrain first")
    state = read_sealed(path, bare=True)  # Runs that began before there was a hash go on.
    if not isinstance(state, dict) or not state.keys() >= NEEDED:
        raise ModelError(f"{path}: not a checkpoint of training.pretrain; give its checkpoint.pt")
    return state


def network(state: dict[str, Any]) -> NanoNet:
    """The network of a checkpoint with its averaged weights; ModelError if they do not fit."""
    try:
        net = NanoNet(NanoArchitecture(**state["architecture"]))
        net.load_state_dict(state["average"])
    except (RuntimeError, TypeError) as error:
        raise ModelError("the weights do not fit the architecture that the checkpoint states") from error
    return net
