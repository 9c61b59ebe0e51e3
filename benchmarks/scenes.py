"""How fast scenes are generated."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from typing import Any

import numpy as np

from benchmarks.machine import facts
from benchmarks.table import Table, rounded
from training.scenes import DOMAINS, generate

TITLE = "Generated scenes"
ABOUT = (
    "Scenes of each domain generated one after another in one process with one thread; training draws "
    "`mixed`."
)
SIZES = (256, 512)


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("scenes")
    group.add_argument("--count", type=int, default=40, help="scenes a domain and size (default: 40)")
    group.add_argument("--domains", nargs="+", default=list(DOMAINS), choices=DOMAINS, metavar="DOMAIN")


def run(options: Namespace) -> Table:
    """Measure every domain at every size."""
    import cv2

    machine = facts(1)
    cv2.setNumThreads(1)
    generate(np.random.default_rng(0), min(SIZES))
    rows = [_measured(domain, options.count) for domain in options.domains]
    cv2.setNumThreads(options.threads)
    slowest = min(rows, key=lambda row: float(row["scenes/s at 512"]))
    notes = [f"Slowest: {slowest['domain']}, {slowest['scenes/s at 512']:g} scenes/s of 512 px."]
    return Table("scenes", TITLE, ABOUT, rows, notes, {"count": options.count}, machine)


def _measured(domain: str, count: int) -> dict[str, Any]:
    row: dict[str, Any] = {"domain": domain}
    for size in SIZES:
        objects = 0
        start = time.perf_counter()
        for number in range(count):
            objects += len(generate(np.random.default_rng((5, number)), size, domain=domain).classes)
        row[f"scenes/s at {size}"] = rounded(count / (time.perf_counter() - start))
        row[f"objects at {size}"] = rounded(objects / count)
    return row
