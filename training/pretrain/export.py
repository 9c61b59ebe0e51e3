"""Turn a checkpoint of the pre-training into the file that ships: ``python -m training.pretrain.export``.

The averaged weights go to fp16 safetensors with the architecture and a card in the metadata; the same card
is written beside it as ``nano.card.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from engine.console import Parser, Reporter, run_command
from engine.errors import ConfigError
from engine.files import written_whole
from engine.inputs import check_apart
from engine.models.families import BUNDLED
from engine.models.nano import load_nano, save_nano
from engine.models.nano_net import NanoNet
from training.pretrain.checkpoint import network, read_checkpoint
from training.pretrain.options import share
from training.results import check_folder, write_whole


@dataclass(frozen=True)
class Blend:
    """A share of the weights that comes from an exported file, in place of the checkpoint's.

    A network that goes on from another's weights often does best between the two (Wortsman et al. 2022,
    *Robust fine-tuning of zero-shot models*).
    """

    path: Path
    share: float

    def into(self, net: NanoNet) -> dict[str, Any]:
        """Change the weights of ``net``; returns what the card says of it.

        Raises:
            ModelError: the file is damaged, or no model.
            ConfigError: it is of another architecture.
        """
        other = load_nano(self.path, torch.device("cpu"))
        if replace(other.module.shape, smoothing=0.0) != replace(net.shape, smoothing=0.0):
            raise ConfigError(f"{self.path}: of another architecture than the checkpoint; blend files alike")
        theirs = other.module.state_dict()
        for key, value in net.state_dict().items():
            value.lerp_(theirs[key], self.share)
        return {"sha256": f"sha256:{other.sha256}", "share": self.share}


def export(
    checkpoint: Path,
    out: Path,
    card: dict[str, Any],
    smoothing: float = 0.0,
    blend: Blend | None = None,
) -> str:
    """Write the averaged weights of ``checkpoint`` to ``out`` and the card beside it.

    Args:
        smoothing: of the images in front of the network, see
            :attr:`engine.models.nano_net.NanoArchitecture.smoothing`.

    Returns:
        The SHA-256 of the weights file, which the card beside it states too.
    """
    state = read_checkpoint(checkpoint)
    net = network(state | {"architecture": state["architecture"] | {"smoothing": smoothing}})
    begun = state.get("begun_with")
    blended = None if blend is None else blend.into(net)
    card = card | {
        "steps": state["step"] + (begun["steps"] if begun else 0),
        "begun_with": begun,
        "blended_with": blended,
        "parameters": sum(p.numel() for p in net.parameters()),
    }
    with written_whole(out) as part:
        save_nano(net, net.state_dict(), part, card)
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    stated = json.dumps(card | {"sha256": f"sha256:{digest}"}, indent=2)
    write_whole(out.with_suffix(".card.json"), stated + "\n")
    return digest


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.pretrain.export", description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--card", type=Path, help="JSON with what the card says besides steps and hash")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    parser.add_argument(
        "--smoothing",
        type=float,
        default=0.0,
        metavar="PX",
        help="smooth images by a Gaussian of this many pixels in front of the model (default: not at all)",
    )
    parser.add_argument(
        "--blend",
        type=Path,
        metavar="FILE",
        help="take a share of the weights from this exported file, such as that which the run began with",
    )
    parser.add_argument("--share", type=share, default=0.5, help="how much of --blend (default: 0.5)")
    options = parser.parse_args(argv)
    return run_command(lambda reporter: _work(options), Reporter("export"))


def _work(options: argparse.Namespace) -> None:
    check_apart([options.out, options.out.with_suffix(".card.json")], options)
    card = {} if options.card is None else _card(options.card)
    check_folder(options.out)
    blend = None if options.blend is None else Blend(options.blend, options.share)
    digest = export(options.checkpoint, options.out, card, options.smoothing, blend)
    size = options.out.stat().st_size
    print(f"{options.out}: {size / 1e6:.1f} MB, sha256 {digest}")


def _card(path: Path) -> dict[str, Any]:
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not a JSON file that can be read ({error})") from error
    return card


if __name__ == "__main__":
    sys.exit(main())
