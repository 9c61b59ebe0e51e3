"""The whole recipe of the bundled ``nano`` in one command: ``python -m training.nano.recipe``.

It begins with the weights of the first ``nano``, grows them, trains on in two pieces, and calibrates. Started
again it goes on where it was, on another machine too: copy the work folder. How it is computed (device,
precision, workers, makers) may differ from call to call; what it learns from, the seeds and the stages are
fixed here.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.console import Parser, Reporter, run_command
from engine.errors import ConfigError
from engine.models.identity import FIRST_NANO
from engine.models.nano import load_nano
from engine.models.weights import file_sha256
from training.nano import calibrate
from training.pretrain import export
from training.pretrain import loop as pretrain
from training.pretrain.options import add_manner

FIRST = Path(__file__).parents[2] / "benchmarks" / "weights" / "first-nano.safetensors"
"""The weights that the recipe begins with."""
CARD = Path(__file__).parents[1] / "cards" / "nano.json"
SHAPE = ("depths=6,6", "stem_blocks=3", "global_blocks=3", "fine2=16", "reads_masks=yes", "rounds=2")
DOMAINS = (
    *("mixed",) * 5,
    *("quarters", "quarters", "works", "roofs"),
    *("airport", "harbour", "courts", "shapes"),
)
STAGES = ("256:8:150:tones:texture", "512:2:50:tones:texture")
"""Crops of 512 pixels teach how far large objects go."""
STEPS = 200
"""Of all stages together, once."""


@dataclass(frozen=True)
class Piece:
    """A run with a rate that rises and falls of its own, which goes on from the weights of the one before.

    Attributes:
        kinds: share of each of :data:`training.pretrain.simulated_clicks.KINDS`.
        times: how often all stages come.
    """

    name: str
    seed: int
    kinds: tuple[float, ...]
    times: int

    @property
    def steps(self) -> int:
        """Of the whole run."""
        return STEPS * self.times

    def arguments(self, data: Path, work: Path, init: Path) -> list[str]:
        """The options of :mod:`training.pretrain` that decide the weights."""
        return [
            *("--data", str(data), "--work", str(work / self.name), "--init", str(init)),
            *("--open-sets", "--real-share", "0.35", "--shape", *SHAPE, "--seed", str(self.seed)),
            *("--objects", "6", "--kinds", *map(str, self.kinds), "--domains", *DOMAINS),
            *("--rate", "3e-4", "--decay", "0.65", "--stages", *STAGES * self.times),
        ]


PIECES = (
    Piece("first", 12, (0.5, 0.15, 0.05, 0.12, 0.18), 19),
    Piece("second", 13, (0.45, 0.12, 0.13, 0.12, 0.18), 26),
)
"""3,800 and 5,200 steps; the second has more boxes with a click, which is what a requery asks."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.nano.recipe", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets, see docs/training.md")
    parser.add_argument("--work", type=Path, required=True, help="folder of the run and of what comes of it")
    parser.add_argument(
        "--init", type=Path, default=FIRST, help="the first nano (default: the project's file)"
    )
    add_manner(parser)
    options = parser.parse_args(argv)
    interrupted = "interrupted; started again it goes on from its last checkpoint"
    return run_command(lambda reporter: _work(options), Reporter("recipe"), interrupted)


def _work(options: argparse.Namespace) -> None:
    if load_nano(options.init, torch.device("cpu")).base_sha256 != FIRST_NANO:
        raise ConfigError(
            f"{options.init}: not the first nano (network {FIRST_NANO[:12]}…) that the recipe begins with; "
            "give that file as --init, docs/training.md says how it is made"
        )
    manner = [
        *("--device", options.device, "--precision", options.precision, "--workers", str(options.workers)),
        *("--makers", str(options.makers), "--save-every", str(options.save_every)),
    ]
    work: Path = options.work
    trained, left = options.init, options.stop_at
    for piece in PIECES:
        ends_here = left is not None and left <= piece.steps
        stop = ["--stop-at", str(left)] if ends_here else []
        _step(pretrain.main, [*piece.arguments(options.data, work, trained), *manner, *stop])
        trained = work / f"{piece.name}.safetensors"
        checkpoint = str(work / piece.name / "checkpoint.pt")
        _step(export.main, ["--checkpoint", checkpoint, "--card", str(CARD), "--out", str(trained)])
        if ends_here:
            return
        left = None if left is None else left - piece.steps
    rows = work / f"signals-{file_sha256(trained)[:12]}.jsonl"
    _step(
        calibrate.main,
        [
            *("--data", str(options.data), "--weights", str(trained), "--rows", str(rows)),
            *("--out", str(work / "nano.safetensors"), "--workers", str(options.workers)),
        ],
    )


def _step(main: Callable[[list[str]], int], arguments: Sequence[str]) -> None:
    """Run one command; its own line has said why if it fails.

    Raises:
        SystemExit: with the exit code of the command.
    """
    code = main(list(arguments))
    if code:
        raise SystemExit(code)


if __name__ == "__main__":
    sys.exit(main())
