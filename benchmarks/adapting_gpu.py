"""What a step of adaptation costs on a GPU, by precision, and with blocks kept or computed again."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from benchmarks.adapting import measured, notes
from benchmarks.machine import facts
from benchmarks.table import Table

TITLE = "Adapting on a GPU"
ABOUT = (
    "The same steps and layers as above on one GPU. `peak` is the most memory that torch gave out beyond the "
    "model. `blocks` are kept for the backward pass, or computed again in it, which is `train`'s choice for "
    "ViT-B. bf16 is its choice on a GPU. The layers are adapted to in the first row alone; in the others "
    "the time is that of a step by their number."
)
DEVICE = "cuda"
STEPS = 20


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("adapting_gpu")
    group.add_argument("--gpu-steps", type=int, default=STEPS, help=f"steps timed (default: {STEPS})")


def lacks() -> str | None:
    """Why it cannot be measured here."""
    import torch

    return None if torch.cuda.is_available() else "no NVIDIA GPU, or no CUDA build of torch"


def run(options: Namespace) -> Table:
    """Measure the embedded model, then ViT-B, on the GPU that :func:`lacks` looks for."""
    machine = facts(options.threads, DEVICE)
    steps = options.gpu_steps
    rows = [
        _row(options.model, steps, "bf16", False, options.adapted),
        _row(options.model, steps, "fp32", False),
    ]
    rows += [_row(None, steps, precision, again) for precision in ("bf16", "fp32") for again in (True, False)]
    return Table("adapting_gpu", TITLE, ABOUT, rows, notes(rows), {"steps": steps}, machine)


def _row(
    name: str | None, steps: int, precision: str, recompute: bool, layers: tuple[int, ...] = ()
) -> dict[str, Any]:
    found = measured(name, steps, layers, recompute, DEVICE, precision)
    label = f"{found.pop('model')}, {precision}, blocks {'computed again' if recompute else 'kept'}"
    return {"model": label} | found
