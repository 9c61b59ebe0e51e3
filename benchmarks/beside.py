"""What a run keeps of its speed when others run beside it, each with all processor threads.

Every run is a process of its own (``python -m benchmarks.beside MODEL THREADS SECONDS``).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import facts
from benchmarks.table import Table, rounded
from engine.threads import VARIABLES

TITLE = "Runs beside each other"
ABOUT = (
    "One, two and three processes embed tiles at the same time, each with a thread for every core. `kept` is "
    "the median rate of a process over that of one alone; of two that share the cores fairly each keeps 0.5, "
    "and more where one uses what the other leaves. `spinning` is OpenMP's own choice, in which threads that "
    "wait keep their core; `passive` is what every verb of the engine chooses."
)
MANNERS = {"spinning": {"OMP_WAIT_POLICY": "ACTIVE"}, "passive": VARIABLES}
TARGETS = {2: 0.58, 3: 0.3}
READY = "ready"
ROOT = Path(__file__).resolve().parents[1]


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("beside")
    group.add_argument("--beside-seconds", type=float, default=20.0, help="of each measurement (default: 20)")
    group.add_argument(
        "--beside-runs",
        type=int,
        nargs="+",
        default=[2, 3],
        help="at the same time, after one (default: 2 3)",
    )


def run(options: Namespace) -> Table:
    """Measure one run and several in both manners."""
    machine = facts(options.threads)
    rows: list[dict[str, Any]] = []
    for manner, variables in MANNERS.items():
        alone = None
        for count in (1, *options.beside_runs):
            rate = statistics.median(_rates(count, variables, options))
            alone = alone or rate
            kept = rounded(rate / alone)
            rows.append({"threads": manner, "runs": count, "tiles/s each": rounded(rate), "kept": kept})
    notes = [
        f"Target for {row['runs']}: {TARGETS[row['runs']]}, measured {row['kept']}."
        for row in rows
        if row["threads"] == "passive" and row["runs"] in TARGETS
    ]
    settings = {"model": options.model, "seconds": options.beside_seconds}
    return Table("beside", TITLE, ABOUT, rows, notes, settings, machine)


def _rates(count: int, variables: Mapping[str, str], options: Namespace) -> list[float]:
    """Tiles a second of each of some processes, which begin together once all are ready."""
    numbers = [str(options.threads), str(options.beside_seconds)]
    command = [sys.executable, "-m", "benchmarks.beside", options.model, *numbers]
    environment = {**os.environ, **variables, "OMP_NUM_THREADS": str(options.threads)}
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(count)
        ]
        for process in started:
            if process.stdout is None or process.stdout.readline().strip() != READY:
                raise RuntimeError("a run beside others did not begin")
        return [float(process.communicate()[0]) for process in _all_go(started)]


def _all_go(started: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """The same processes, started together."""
    for process in started:
        if process.stdin is not None:
            process.stdin.write("\n")
            process.stdin.flush()
    return started


def measure(name: str, threads: int, seconds: float) -> float:
    """Tiles a second that this process embeds after the start signal."""
    import torch

    from engine.models.registry import load

    torch.set_num_threads(threads)
    model = load(name, "cpu")
    tile = np.random.default_rng(0).integers(0, 256, (model.image_size, model.image_size, 3), dtype=np.uint8)
    model.encode(tile)
    print(READY, flush=True)
    sys.stdin.readline()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        model.encode(tile)
        count += 1
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    print(measure(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
